package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/http"
	"net/http/httptest"
	"path"
	"testing"
	"time"

	"google.golang.org/genproto/googleapis/rpc/status"
	"google.golang.org/protobuf/types/known/durationpb"
	"google.golang.org/protobuf/types/known/timestamppb"

	ingestv1 "github.com/sheetreel/sheetreel/gen/sheetreel/ingest/v1"
	schedulerv1 "github.com/sheetreel/sheetreel/gen/sheetreel/scheduler/v1"

	"github.com/sheetreel/sheetreel/cmd/sheetreel/internal/fakescheduler"
	"github.com/sheetreel/sheetreel/cmd/sheetreel/screen"
)

const (
	jobID   = "01935c7a-0000-7000-8000-0000000000aa"
	jobName = "projects/default/bulkJobs/" + jobID
)

// bundle is a program under test with a server that it can talk to.
type bundle struct {
	fake           *fakescheduler.Scheduler
	stdout, stderr bytes.Buffer
	env            *environment
	server, http   string
}

// setup starts a fake server that has one bulk job of three videos in the given state.
func setup(t *testing.T, state schedulerv1.BulkJob_State) *bundle {
	t.Helper()
	b := &bundle{fake: sample(state)}
	files := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprint(w, "content of "+path.Base(r.URL.Path))
	}))
	t.Cleanup(files.Close)
	b.http = files.URL
	b.server = b.fake.Start(t)
	b.env = &environment{
		ctx: t.Context(), stdout: &b.stdout, stderr: &b.stderr, zone: time.UTC,
		screen: screen.Screen{Size: func() (int, int) { return 0, 0 }},
	}
	return b
}

// run executes a command that talks to the fake server.
func (b *bundle) run(args ...string) int {
	b.stdout.Reset()
	b.stderr.Reset()
	return execute(append(args, "--server", b.server, "--http", b.http), b.env)
}

// interruptible gives the program a context that the returned function ends, as a signal does.
func (b *bundle) interruptible() context.CancelFunc {
	ctx, cancel := context.WithCancel(b.env.ctx)
	b.env.ctx = ctx
	return cancel
}

// sample is a server with one bulk job: a finished video, a failed one, a cancelled one, and an invalid row. In
// state COMPLETED all three are finished.
func sample(state schedulerv1.BulkJob_State) *fakescheduler.Scheduler {
	start := timestamppb.New(time.Date(2026, 11, 24, 9, 0, 0, 0, time.UTC))
	states := []schedulerv1.VideoJob_State{schedulerv1.VideoJob_COMPLETED, schedulerv1.VideoJob_COMPLETED, schedulerv1.VideoJob_COMPLETED}
	titles := []string{"Why cats purr", "富士山の朝", "لماذا السماء زرقاء؟"}
	job := &schedulerv1.BulkJob{
		Name: jobName, DisplayName: "Ideas", State: state, CreateTime: start,
		Progress: &schedulerv1.BulkJobProgress{Percent: 100, TotalCount: 3, CompletedCount: 3, ProcessingDuration: durationpb.New(95 * time.Second)},
		ImportReport: &ingestv1.ImportReport{
			RowCount: 4, ValidRowCount: 3, InvalidRowCount: 1,
			Findings: []*ingestv1.Finding{
				{RowNumber: 3, Cell: "B3", Severity: ingestv1.Finding_WARNING, Message: "the style is not known", Suggestion: "write modern"},
				{RowNumber: 7, Cell: "I7", Severity: ingestv1.Finding_ERROR, Message: `duration "soon" is not a duration`, Suggestion: "write 45 or 0:45"},
			},
		},
	}
	if state == schedulerv1.BulkJob_CANCELLED {
		states[2] = schedulerv1.VideoJob_CANCELLED
		job.Progress.CompletedCount, job.Progress.CancelledCount = 2, 1
	}
	fake := &fakescheduler.Scheduler{
		Jobs: []*schedulerv1.BulkJob{job}, Videos: map[string][]*schedulerv1.VideoJob{}, Events: map[string][]*schedulerv1.JobEvent{},
	}
	add := func(event *schedulerv1.JobEvent) {
		event.Sequence = int64(len(fake.Events[jobName]) + 1)
		event.EventTime = start
		fake.Events[jobName] = append(fake.Events[jobName], event)
	}
	add(&schedulerv1.JobEvent{Type: schedulerv1.JobEvent_BULK_JOB_CREATED, BulkJobState: schedulerv1.BulkJob_PENDING})
	for i, title := range titles {
		row := int32(i + 2)
		name := fmt.Sprintf("%s/videoJobs/01935c7a-0000-7000-8000-00000000000%d", jobName, row)
		video := &schedulerv1.VideoJob{Name: name, State: states[i], Idea: &ingestv1.Idea{RowNumber: row, Title: title}}
		if states[i] == schedulerv1.VideoJob_COMPLETED {
			video.VideoDuration = durationpb.New(12 * time.Second)
			video.Artifacts = []*schedulerv1.Artifact{artifact("video.mp4", "video/mp4"), artifact("poster.jpg", "image/jpeg")}
		}
		fake.Videos[jobName] = append(fake.Videos[jobName], video)
		for _, s := range []schedulerv1.VideoJob_State{schedulerv1.VideoJob_QUEUED, schedulerv1.VideoJob_DISPATCHED, states[i]} {
			add(&schedulerv1.JobEvent{Type: schedulerv1.JobEvent_VIDEO_JOB_STATE_CHANGED, VideoJob: name, VideoJobState: s, RowNumber: row, Title: title})
		}
	}
	add(&schedulerv1.JobEvent{Type: schedulerv1.JobEvent_BULK_JOB_STATE_CHANGED, BulkJobState: state})
	return fake
}

// failOne turns the second video into a dead letter.
func failOne(fake *fakescheduler.Scheduler) {
	video := fake.Videos[jobName][1]
	video.State, video.Artifacts, video.VideoDuration = schedulerv1.VideoJob_FAILED, nil, nil
	video.Error = &status.Status{Message: "the font is missing"}
	fake.Jobs[0].Progress.CompletedCount, fake.Jobs[0].Progress.FailedCount = 2, 1
}

func artifact(name, contentType string) *schedulerv1.Artifact {
	content := "content of " + name
	sum := sha256.Sum256([]byte(content))
	return &schedulerv1.Artifact{FileName: name, ContentType: contentType, SizeBytes: int64(len(content)), Sha256: hex.EncodeToString(sum[:])}
}
