package ingest

import (
	"context"
	"fmt"
	"net/http"
	"sync"
	"testing"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/durationpb"
	"google.golang.org/protobuf/types/known/timestamppb"

	ingestv1 "github.com/sheetreel/sheetreel/gen/sheetreel/ingest/v1"
	ratelimitv1 "github.com/sheetreel/sheetreel/gen/sheetreel/ratelimit/v1"
	schedulerv1 "github.com/sheetreel/sheetreel/gen/sheetreel/scheduler/v1"
	"github.com/sheetreel/sheetreel/kit/errs"
	"github.com/sheetreel/sheetreel/services/ingest/mapping"
	"github.com/sheetreel/sheetreel/services/ingest/source/sheets"
	"github.com/sheetreel/sheetreel/services/ingest/validate"
)

// results are one bulk job of a scheduler in memory, whose results are written back. One lease is valid at a time.
type resultsFake struct {
	mu      sync.Mutex
	job     *schedulerv1.BulkJob
	videos  []*schedulerv1.ListResultsResponse_Result
	events  []int // the video job of each event; -1 for those of the bulk job
	written int64
	lease   int
	held    bool
	due     time.Time
	report  *schedulerv1.ReportWriteBackRequest
}

// newResults makes a bulk job with the rows that an import has appended.
func newResults(name string, source *ingestv1.Source, rows []*schedulerv1.NewVideoJob, report *ingestv1.ImportReport) *resultsFake {
	f := &resultsFake{job: &schedulerv1.BulkJob{Name: name, User: "ada", Source: source, State: schedulerv1.BulkJob_RUNNING, ImportReport: report}, events: []int{-1}}
	for i, row := range rows {
		v := &schedulerv1.VideoJob{Name: fmt.Sprintf("%s/videoJobs/%04d", name, i), State: schedulerv1.VideoJob_QUEUED, CreateTime: timestamppb.Now()}
		if row.GetSkipReason() != nil {
			v.State, v.Error = schedulerv1.VideoJob_SKIPPED, row.GetSkipReason()
		}
		f.videos = append(f.videos, &schedulerv1.ListResultsResponse_Result{VideoJob: v, RowKey: row.GetIdea().GetRowKey(), RowNumber: row.GetIdea().GetRowNumber()})
		f.events = append(f.events, i)
	}
	return f
}

// move brings a video job one state further, and reports whether that was possible.
func (f *resultsFake) move(i int) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	v := proto.CloneOf(f.videos[i].GetVideoJob())
	switch v.GetState() {
	case schedulerv1.VideoJob_QUEUED:
		v.State, v.StartTime = schedulerv1.VideoJob_IN_PROGRESS, timestamppb.Now()
	case schedulerv1.VideoJob_IN_PROGRESS:
		v.State, v.EndTime, v.VideoDuration = schedulerv1.VideoJob_COMPLETED, timestamppb.Now(), durationpb.New(12500*time.Millisecond)
		v.Artifacts = []*schedulerv1.Artifact{{FileName: "video.mp4", ContentType: "video/mp4"}}
	default:
		return false
	}
	f.videos[i] = &schedulerv1.ListResultsResponse_Result{VideoJob: v, RowKey: f.videos[i].GetRowKey(), RowNumber: f.videos[i].GetRowNumber()}
	f.events = append(f.events, i)
	return true
}

// finish ends the bulk job with all that is unfinished.
func (f *resultsFake) finish() {
	for i := range f.videos {
		for f.move(i) {
			continue
		}
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.job = proto.CloneOf(f.job)
	f.job.State, f.job.EndTime = schedulerv1.BulkJob_COMPLETED, timestamppb.Now()
	f.events = append(f.events, -1)
}

// done tells whether everything was reported as written.
func (f *resultsFake) done() bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.written == int64(len(f.events)) && !f.held
}

// steal ends the lease, as if its holder had been lost.
func (f *resultsFake) steal() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.held, f.lease = false, f.lease+1
}

func (f *resultsFake) token() string { return fmt.Sprint("lease-", f.lease) }

func (f *resultsFake) check(token string) error {
	if !f.held || token != f.token() {
		return errs.LeaseLost()
	}
	return nil
}

func (f *resultsFake) LeaseSheet(ctx context.Context, in *schedulerv1.LeaseSheetRequest, _ ...grpc.CallOption) (*schedulerv1.LeaseSheetResponse, error) {
	for end := time.Now().Add(in.GetWaitDuration().AsDuration()); time.Now().Before(end); {
		f.mu.Lock()
		if !f.held && f.written < int64(len(f.events)) && !time.Now().Before(f.due) {
			f.held = true
			f.lease++
			defer f.mu.Unlock()
			return &schedulerv1.LeaseSheetResponse{LeaseToken: f.token(), Spreadsheet: "demo", LeaseDuration: durationpb.New(time.Minute), LeasedCount: 1}, nil
		}
		f.mu.Unlock()
		wait(ctx, time.Second)
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
	}
	return &schedulerv1.LeaseSheetResponse{}, nil
}

func (f *resultsFake) RenewSheet(_ context.Context, in *schedulerv1.RenewSheetRequest, _ ...grpc.CallOption) (*schedulerv1.RenewSheetResponse, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	return &schedulerv1.RenewSheetResponse{LeaseDuration: durationpb.New(time.Minute), LeasedCount: 1}, f.check(in.GetLeaseToken())
}

func (f *resultsFake) ReleaseSheet(_ context.Context, in *schedulerv1.ReleaseSheetRequest, _ ...grpc.CallOption) (*schedulerv1.ReleaseSheetResponse, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	err := f.check(in.GetLeaseToken())
	if err == nil {
		f.held, f.due = false, time.Now().Add(in.GetPauseDuration().AsDuration())
	}
	return &schedulerv1.ReleaseSheetResponse{}, err
}

func (f *resultsFake) ListWriteBacks(_ context.Context, in *schedulerv1.ListWriteBacksRequest, _ ...grpc.CallOption) (*schedulerv1.ListWriteBacksResponse, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	out := &schedulerv1.ListWriteBacksResponse{}
	if last := int64(len(f.events)); f.written < last {
		out.Entries = append(out.Entries, &schedulerv1.ListWriteBacksResponse_Entry{BulkJob: f.job, LastSequence: last, WrittenSequence: f.written})
	}
	return out, f.check(in.GetLeaseToken())
}

func (f *resultsFake) ListResults(_ context.Context, in *schedulerv1.ListResultsRequest, _ ...grpc.CallOption) (*schedulerv1.ListResultsResponse, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	out := &schedulerv1.ListResultsResponse{Sequence: int64(len(f.events))}
	seen := map[int]bool{}
	for _, i := range f.events[min(in.GetAfterSequence(), int64(len(f.events))):] {
		if i < 0 || seen[i] {
			continue
		}
		seen[i] = true
		out.Results = append(out.Results, f.videos[i])
		if f.videos[i].GetVideoJob().GetState() == schedulerv1.VideoJob_COMPLETED {
			out.Costs = append(out.Costs, &schedulerv1.ListResultsResponse_Cost{
				VideoJob: f.videos[i].GetVideoJob().GetName(), Attempt: 1, Amount: &schedulerv1.Amount{Micros: 1_250_000, CurrencyCode: "EUR"},
			})
		}
	}
	return out, f.check(in.GetLeaseToken())
}

func (f *resultsFake) ReportWriteBack(_ context.Context, in *schedulerv1.ReportWriteBackRequest, _ ...grpc.CallOption) (*schedulerv1.ReportWriteBackResponse, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if err := f.check(in.GetLeaseToken()); err != nil {
		return nil, err
	}
	f.written, f.report = in.GetWrittenSequence(), in
	return &schedulerv1.ReportWriteBackResponse{}, nil
}

// newWriting makes a service that reaches Google Sheets by a transport, for tests in fake time.
func newWriting(t *testing.T, transport http.RoundTripper, quota ratelimitv1.QuotaServiceClient, imports schedulerv1.ImportServiceClient, writeBacks schedulerv1.WriteBackServiceClient) *Service {
	t.Helper()
	cfg, err := Config{PublicURL: "https://videos.example", Sheets: sheets.Config{Endpoint: "http://emulator"}}.withDefaults()
	if err != nil {
		t.Fatal(err)
	}
	client, err := sheets.New(cfg.Sheets, sheets.Deps{Quota: quota, Transport: transport})
	if err != nil {
		t.Fatal(err)
	}
	catalog, err := mapping.Load()
	if err != nil {
		t.Fatal(err)
	}
	rules, err := validate.Load()
	if err != nil {
		t.Fatal(err)
	}
	return &Service{
		cfg: cfg, deps: Deps{Imports: imports, WriteBacks: writeBacks, Quota: quota, Log: testLog(t)}, sheets: client,
		reader: reader{open: opener(client, nil), catalog: catalog, rules: rules, prices: prices(nil, testLog(t))},
	}
}
