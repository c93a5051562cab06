package notice

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/timestamppb"

	errorsv1 "github.com/sheetreel/sheetreel/gen/sheetreel/errors/v1"
	schedulerv1 "github.com/sheetreel/sheetreel/gen/sheetreel/scheduler/v1"
	"github.com/sheetreel/sheetreel/kit/errs"
	"github.com/sheetreel/sheetreel/services/scheduler/state"
)

func TestNumbersStay(t *testing.T) {
	want := map[string]Type{
		"webhook_endpoint.test": 0, "video_job.completed": 1, "video_job.failed": 2, "bulk_job.completed": 4, "bulk_job.failed": 8,
		"bulk_job.cancelled": 16, "bulk_job.paused": 32,
	}
	got := map[string]Type{Test.String(): Test}
	for _, kind := range All() {
		got[kind.String()] = kind
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("the numbers are stored and must not change (-want +got):\n%s", diff)
	}
}

func TestSets(t *testing.T) {
	names := []string{"video_job.completed", "bulk_job.paused"}
	s, bad := ParseSet(append(names, "video_job.complete", "webhook_endpoint.test"))
	if diff := cmp.Diff(names, s.Names()); diff != "" {
		t.Errorf("names (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"video_job.complete", "webhook_endpoint.test"}, bad); diff != "" {
		t.Errorf("bad (-want +got):\n%s", diff)
	}
	if all, bad := ParseSet(nil); all != 0 || bad != nil || all.Names() != nil {
		t.Errorf("no names give %v, %v", all, bad)
	}
}

func TestWhatIsWorthANotice(t *testing.T) {
	want := map[string]Type{
		"COMPLETED": VideoJobCompleted, "FAILED": VideoJobFailed,
		"bulk COMPLETED": BulkJobCompleted, "bulk FAILED": BulkJobFailed, "bulk CANCELLED": BulkJobCancelled, "bulk PAUSED": BulkJobPaused,
	}
	got := map[string]Type{}
	add := func(name string, e *schedulerv1.JobEvent) {
		if kind, ok := Of(e); ok {
			got[name] = kind
		}
	}
	for n, name := range schedulerv1.VideoJob_State_name {
		add(name, &schedulerv1.JobEvent{Type: schedulerv1.JobEvent_VIDEO_JOB_STATE_CHANGED, VideoJobState: state.Video(n)})
	}
	for n, name := range schedulerv1.BulkJob_State_name {
		add("bulk "+name, &schedulerv1.JobEvent{Type: schedulerv1.JobEvent_BULK_JOB_STATE_CHANGED, BulkJobState: state.Bulk(n)})
	}
	add("progress", &schedulerv1.JobEvent{Type: schedulerv1.JobEvent_VIDEO_JOB_PROGRESS, VideoJobState: state.Completed})
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("worth a notice (-want +got):\n%s", diff)
	}
}

const (
	bulkName  = "projects/demo/bulkJobs/0199f0c2-0000-7000-8000-000000000001"
	videoName = bulkName + "/videoJobs/0199f0c2-0000-7000-8000-000000000002"
)

func TestBodies(t *testing.T) {
	at := time.Date(2026, 11, 24, 9, 0, 0, 123e6, time.UTC)
	failure := status.Convert(errs.New(codes.Unavailable, errorsv1.ErrorReason_RENDER_FAILED, `no "luck"`)).Proto()
	tests := map[string]struct {
		kind  Type
		event *schedulerv1.JobEvent
		want  string
	}{
		"a video job": {VideoJobFailed, &schedulerv1.JobEvent{
			Sequence: 7, EventTime: timestamppb.New(at), Type: schedulerv1.JobEvent_VIDEO_JOB_STATE_CHANGED, BulkJob: bulkName, VideoJob: videoName,
			VideoJobState: state.Failed, Attempt: 3, RowNumber: 2, Title: "Köln <b>", Error: failure,
		}, `{"type":"video_job.failed","timestamp":"2026-11-24T09:00:00.123Z","data":{"project":"projects/demo","bulkJob":"` + bulkName + `","videoJob":"` +
			videoName + `","state":"FAILED","sequence":7,"attempt":3,"rowNumber":2,"title":"Köln \u003cb\u003e",` +
			`"error":{"code":"UNAVAILABLE","reason":"RENDER_FAILED","message":"no \"luck\""}}}`},
		"a bulk job": {BulkJobCompleted, &schedulerv1.JobEvent{
			Sequence: 8, EventTime: timestamppb.New(at), Type: schedulerv1.JobEvent_BULK_JOB_STATE_CHANGED, BulkJob: bulkName, BulkJobState: state.BulkCompleted,
		}, `{"type":"bulk_job.completed","timestamp":"2026-11-24T09:00:00.123Z","data":{"project":"projects/demo","bulkJob":"` + bulkName +
			`","state":"COMPLETED","sequence":8,"progress":{"totalCount":3,"pendingCount":0,"runningCount":0,"completedCount":2,"failedCount":1,` +
			`"skippedCount":0,"cancelledCount":0}}}`},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			got, err := Body(test.kind, "projects/demo", test.event, Counts{Total: 3, Completed: 2, Failed: 1})
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(test.want, string(got)); diff != "" {
				t.Errorf("body (-want +got):\n%s", diff)
			}
		})
	}
	t.Run("a test", func(t *testing.T) {
		got, err := TestBody("projects/demo", "projects/demo/webhookEndpoints/e", at)
		want := `{"type":"webhook_endpoint.test","timestamp":"2026-11-24T09:00:00.123Z","data":{"project":"projects/demo","webhookEndpoint":"projects/demo/webhookEndpoints/e"}}`
		if err != nil || string(got) != want {
			t.Errorf("%s, %v; want %s", got, err, want)
		}
	})
}

// FuzzBody: whatever an idea or an error says, the body is valid JSON and short.
func FuzzBody(f *testing.F) {
	f.Add("title", "message")
	f.Add(strings.Repeat("\x00", 100_000), strings.Repeat("\u2028", 100_000))
	f.Add("\xff\xfe<&>", strings.Repeat("\"\\", 50_000))
	f.Fuzz(func(t *testing.T, title, message string) {
		failure := status.Convert(errs.New(codes.Internal, errorsv1.ErrorReason_RENDER_FAILED, message)).Proto()
		raw, err := Body(VideoJobFailed, "projects/demo", &schedulerv1.JobEvent{
			Type: schedulerv1.JobEvent_VIDEO_JOB_STATE_CHANGED, BulkJob: bulkName, VideoJob: videoName, Title: title, Error: failure,
		}, Counts{})
		if err != nil || len(raw) > BodyMost || !json.Valid(raw) {
			t.Errorf("%d bytes, %v: %.200s", len(raw), err, raw)
		}
	})
}
