package progress

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/genproto/googleapis/rpc/status"
	"google.golang.org/protobuf/types/known/durationpb"
	"google.golang.org/protobuf/types/known/timestamppb"

	schedulerv1 "github.com/sheetreel/sheetreel/gen/sheetreel/scheduler/v1"

	"github.com/sheetreel/sheetreel/cmd/sheetreel/columns"
)

var update = flag.Bool("update", false, "write the golden files anew")

func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s (-want +got):\n%s", name, diff)
	}
}

// history is a small batch with everything that can happen to a video.
func history() []*schedulerv1.JobEvent {
	start := time.Date(2026, 11, 24, 9, 0, 0, 0, time.UTC)
	var events []*schedulerv1.JobEvent
	add := func(e *schedulerv1.JobEvent) {
		e.Sequence = int64(len(events) + 1)
		e.EventTime = timestamppb.New(start.Add(time.Duration(len(events)) * time.Second))
		events = append(events, e)
	}
	bulk := func(kind schedulerv1.JobEvent_Type, state schedulerv1.BulkJob_State) {
		add(&schedulerv1.JobEvent{Type: kind, BulkJobState: state})
	}
	video := func(row int32, title string, state schedulerv1.VideoJob_State, change func(*schedulerv1.JobEvent)) {
		e := &schedulerv1.JobEvent{
			Type: schedulerv1.JobEvent_VIDEO_JOB_STATE_CHANGED, VideoJob: fmt.Sprintf("v%d", row),
			RowNumber: row, Title: title, VideoJobState: state, Attempt: 1,
		}
		if state == schedulerv1.VideoJob_QUEUED {
			e.Type = schedulerv1.JobEvent_VIDEO_JOB_CREATED
		}
		if change != nil {
			change(e)
		}
		add(e)
	}
	at := func(percent float64, stage string, eta time.Duration) func(*schedulerv1.JobEvent) {
		return func(e *schedulerv1.JobEvent) {
			e.Type = schedulerv1.JobEvent_VIDEO_JOB_PROGRESS
			e.Progress = &schedulerv1.RenderProgress{Percent: percent, Stage: stage}
			if eta > 0 {
				e.Progress.Eta = durationpb.New(eta)
			}
		}
	}
	failed := func(message string) func(*schedulerv1.JobEvent) {
		return func(e *schedulerv1.JobEvent) {
			e.Error = &status.Status{Message: message}
			if e.GetVideoJobState() == schedulerv1.VideoJob_RETRYING {
				e.NextAttemptTime = timestamppb.New(start.Add(90 * time.Second))
			}
		}
	}
	titles := map[int32]string{
		2: "Why cats purr", 3: "富士山はどうしてあんなに美しいのか、三つの理由", 4: "لماذا السماء زرقاء؟",
		5: "हर सुबह पाँच मिनट", 6: "Ein sehr langer Titel, der auf keinem schmalen Terminal Platz findet, so lang ist er",
		7: "Coffee \x1b[31mbreak\n", 8: "Out of quota",
	}
	bulk(schedulerv1.JobEvent_BULK_JOB_CREATED, schedulerv1.BulkJob_PENDING)
	bulk(schedulerv1.JobEvent_BULK_JOB_STATE_CHANGED, schedulerv1.BulkJob_INGESTING)
	for row := int32(2); row <= 8; row++ {
		video(row, titles[row], schedulerv1.VideoJob_QUEUED, nil)
	}
	bulk(schedulerv1.JobEvent_BULK_JOB_STATE_CHANGED, schedulerv1.BulkJob_RUNNING)
	for row := int32(2); row <= 7; row++ {
		video(row, titles[row], schedulerv1.VideoJob_DISPATCHED, nil)
	}
	video(8, titles[8], schedulerv1.VideoJob_RATE_LIMITED, func(e *schedulerv1.JobEvent) {
		e.NextAttemptTime = timestamppb.New(start.Add(time.Minute))
	})
	video(2, titles[2], schedulerv1.VideoJob_IN_PROGRESS, nil)
	video(2, titles[2], schedulerv1.VideoJob_IN_PROGRESS, at(40, "frames", 70*time.Second))
	video(2, titles[2], schedulerv1.VideoJob_COMPLETED, nil)
	video(3, titles[3], schedulerv1.VideoJob_IN_PROGRESS, at(62.5, "frames", 9*time.Second))
	video(4, titles[4], schedulerv1.VideoJob_IN_PROGRESS, at(3.9, "speech", 0))
	video(6, titles[6], schedulerv1.VideoJob_IN_PROGRESS, at(99.9, "publish", 3723*time.Second))
	video(7, titles[7], schedulerv1.VideoJob_RETRYING, failed("ffmpeg ended with status 1."))
	video(7, titles[7], schedulerv1.VideoJob_FAILED, failed("ffmpeg ended with status 1"))
	return events
}

func snapshot() *schedulerv1.BulkJob {
	return &schedulerv1.BulkJob{
		DisplayName: "Ideas of the content team", State: schedulerv1.BulkJob_RUNNING,
		Progress: &schedulerv1.BulkJobProgress{
			Percent: 52.3, TotalCount: 7, CompletedCount: 1, FailedCount: 1, RunningCount: 4, PendingCount: 1,
			RateLimited: true, Eta: durationpb.New(65 * time.Second),
		},
	}
}

func TestLines(t *testing.T) {
	var batch Batch
	batch.Apply(&schedulerv1.WatchBulkJobResponse{BulkJob: snapshot(), Events: history()})
	for _, width := range []int{20, 40, 80, 120} {
		for _, ascii := range []bool{false, true} {
			style := Style{Width: width, Height: 12, ASCII: ascii}
			name := fmt.Sprintf("lines-%d", width)
			if ascii {
				name += "-ascii"
			}
			t.Run(name, func(t *testing.T) {
				lines := batch.Lines(style)
				golden(t, name+".golden", strings.Join(lines, "\n")+"\n")
				for _, line := range lines {
					if columns.Width(line) > width {
						t.Errorf("%d columns, at most %d: %q", columns.Width(line), width, line)
					}
				}
			})
		}
	}
}

func TestLinesStayInTheHeight(t *testing.T) {
	var batch Batch
	batch.Apply(&schedulerv1.WatchBulkJobResponse{BulkJob: snapshot(), Events: history()})
	lines := batch.Lines(Style{Width: 80, Height: 5})
	if len(lines) != 5 || !strings.Contains(lines[4], "and 3 more") {
		t.Errorf("lines = %q, want 5 of them, the last one counting the 3 hidden videos", lines)
	}
}

func TestColourChangesNoText(t *testing.T) {
	var batch Batch
	batch.Apply(&schedulerv1.WatchBulkJobResponse{BulkJob: snapshot(), Events: history()})
	plain := strings.Join(batch.Lines(Style{Width: 80, Height: 12}), "\n")
	colour := strings.Join(batch.Lines(Style{Width: 80, Height: 12, Color: true}), "\n")
	for _, code := range []string{"\x1b[1m", "\x1b[2m", "\x1b[36m", "\x1b[0m"} {
		if !strings.Contains(colour, code) {
			t.Errorf("colour code %q is missing", code)
		}
		colour = strings.ReplaceAll(colour, code, "")
	}
	if diff := cmp.Diff(plain, colour); diff != "" {
		t.Errorf("colour changes the text (-plain +colour):\n%s", diff)
	}
}

func TestPlainLinesTellEachChangeOnce(t *testing.T) {
	var batch Batch
	var out strings.Builder
	tell := func(message *schedulerv1.WatchBulkJobResponse) {
		for _, event := range batch.Apply(message) {
			if line := Line(event, time.UTC); line != "" {
				out.WriteString(line + "\n")
			}
		}
	}
	events := history()
	tell(&schedulerv1.WatchBulkJobResponse{BulkJob: snapshot(), Events: events[:12]})
	tell(&schedulerv1.WatchBulkJobResponse{Events: events[5:]}) // overlaps, as after a lost connection
	tell(&schedulerv1.WatchBulkJobResponse{Events: events})
	golden(t, "plain.golden", out.String())
}

func TestLength(t *testing.T) {
	tests := []struct {
		in   time.Duration
		want string
	}{
		{400 * time.Millisecond, "0 s"},
		{59 * time.Second, "59 s"},
		{59600 * time.Millisecond, "1:00 min"},
		{125 * time.Second, "2:05 min"},
		{2*time.Hour + 3*time.Minute, "2:03 h"},
	}
	for _, tt := range tests {
		if got := Length(tt.in); got != tt.want {
			t.Errorf("Length(%v) = %q, want %q", tt.in, got, tt.want)
		}
	}
}
