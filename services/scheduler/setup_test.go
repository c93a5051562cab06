package scheduler_test

import (
	"context"
	"log/slog"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/protobuf/types/known/durationpb"

	ingestv1 "github.com/sheetreel/sheetreel/gen/sheetreel/ingest/v1"
	ratelimitv1 "github.com/sheetreel/sheetreel/gen/sheetreel/ratelimit/v1"
	schedulerv1 "github.com/sheetreel/sheetreel/gen/sheetreel/scheduler/v1"
	"github.com/sheetreel/sheetreel/kit/errs"
	"github.com/sheetreel/sheetreel/kit/grpckit"
	"github.com/sheetreel/sheetreel/services/scheduler"
	"github.com/sheetreel/sheetreel/services/scheduler/order"
	"github.com/sheetreel/sheetreel/services/scheduler/store/ledger"
	"github.com/sheetreel/sheetreel/services/scheduler/store/sqlite"
	"github.com/sheetreel/sheetreel/services/scheduler/webhook"
)

// bundle is a scheduler behind real gRPC, on a real store.
type bundle struct {
	*testing.T
	jobs    schedulerv1.SchedulerServiceClient
	leases  schedulerv1.LeaseServiceClient
	imports schedulerv1.ImportServiceClient
	costs   schedulerv1.CostServiceClient
	hooks   schedulerv1.WebhookServiceClient
	run     func(context.Context) error
	quota   *quota
}

func setup(t *testing.T) *bundle {
	t.Helper()
	return setupWith(t, webhook.Config{})
}

// setupWith is setup with settings of webhooks; run has the service's loops.
func setupWith(t *testing.T, webhooks webhook.Config) *bundle {
	t.Helper()
	store, err := sqlite.Open(t.Context(), filepath.Join(t.TempDir(), "test.db"), ledger.Options{Rates: imagesCost(t)})
	if err != nil {
		t.Fatal(err)
	}
	log := slog.New(slog.DiscardHandler)
	server, err := grpckit.NewServer(log)
	if err != nil {
		t.Fatal(err)
	}
	q := &quota{refuse: map[string]time.Duration{}}
	config := scheduler.Config{
		Offsets:       order.Offsets{Normal: 4 * time.Hour, Low: 6 * time.Hour},
		LeaseDuration: 30 * time.Second,
		Webhooks:      webhooks,
	}
	service, err := scheduler.New(config, scheduler.Deps{Store: store, Quota: q, Log: log})
	if err != nil {
		t.Fatal(err)
	}
	service.Register(server)
	listener := grpckit.NewInProcess()
	ctx, cancel := context.WithCancel(context.Background())
	var owner sync.WaitGroup
	owner.Go(func() { _ = server.Serve(ctx, listener) })
	conn, err := listener.Dial()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		conn.Close()
		cancel()
		owner.Wait()
		store.Close()
	})
	return &bundle{
		T: t, quota: q, jobs: schedulerv1.NewSchedulerServiceClient(conn),
		leases: schedulerv1.NewLeaseServiceClient(conn), imports: schedulerv1.NewImportServiceClient(conn),
		costs: schedulerv1.NewCostServiceClient(conn), hooks: schedulerv1.NewWebhookServiceClient(conn), run: service.Run,
	}
}

// quota is a limiter that refuses the users it is told to.
type quota struct {
	ratelimitv1.QuotaServiceClient // the methods that nobody here calls

	mu        sync.Mutex
	refuse    map[string]time.Duration
	granted   int
	cancelled int
}

func (q *quota) Acquire(_ context.Context, in *ratelimitv1.AcquireRequest, _ ...grpc.CallOption) (*ratelimitv1.AcquireResponse, error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if wait, ok := q.refuse[in.GetDescriptors()["user"]]; ok {
		return nil, errs.RateLimited(wait, "too many", errs.Exhausted{Limit: "test"})
	}
	q.granted++
	return &ratelimitv1.AcquireResponse{Permit: "p"}, nil
}

func (q *quota) Cancel(context.Context, *ratelimitv1.CancelRequest, ...grpc.CallOption) (*ratelimitv1.CancelResponse, error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.cancelled++
	return &ratelimitv1.CancelResponse{}, nil
}

func (b *bundle) must(err error) {
	b.Helper()
	if err != nil {
		b.Fatal(err)
	}
}

func request(user string) *schedulerv1.CreateBulkJobRequest {
	return &schedulerv1.CreateBulkJobRequest{Parent: "projects/demo", BulkJob: &schedulerv1.BulkJob{
		User:   user,
		Source: &ingestv1.Source{Kind: &ingestv1.Source_GoogleSheet{GoogleSheet: &ingestv1.GoogleSheet{Spreadsheet: "demo"}}},
	}}
}

// imported makes a bulk job with the given rows, all read.
func (b *bundle) imported(user string, rows ...string) *schedulerv1.BulkJob {
	b.Helper()
	return b.importedFrom(request(user), rows...)
}

func (b *bundle) importedFrom(in *schedulerv1.CreateBulkJobRequest, rows ...string) *schedulerv1.BulkJob {
	b.Helper()
	job, err := b.jobs.CreateBulkJob(b.Context(), in)
	b.must(err)
	lease, err := b.imports.LeaseImport(b.Context(), &schedulerv1.LeaseImportRequest{Worker: "reader"})
	b.must(err)
	add := &schedulerv1.AppendVideoJobsRequest{LeaseToken: lease.GetLeaseToken()}
	for i, row := range rows {
		add.VideoJobs = append(add.VideoJobs, &schedulerv1.NewVideoJob{Idea: &ingestv1.Idea{RowKey: row, RowNumber: int32(i + 2), Title: row}})
	}
	_, err = b.imports.AppendVideoJobs(b.Context(), add)
	b.must(err)
	_, err = b.imports.CompleteImport(b.Context(), &schedulerv1.CompleteImportRequest{
		LeaseToken: lease.GetLeaseToken(), Report: &ingestv1.ImportReport{SpreadsheetTitle: "Ideas", ValidRowCount: int32(len(rows))},
	})
	b.must(err)
	return job
}

func (b *bundle) lease(count int32) []*schedulerv1.Lease {
	b.Helper()
	out, err := b.leases.LeaseVideoJobs(b.Context(), &schedulerv1.LeaseVideoJobsRequest{Worker: "w", MaxCount: count})
	b.must(err)
	return out.GetLeases()
}

func (b *bundle) complete(l *schedulerv1.Lease) {
	b.Helper()
	_, err := b.leases.CompleteVideoJob(b.Context(), &schedulerv1.CompleteVideoJobRequest{
		LeaseToken: l.GetLeaseToken(), VideoDuration: durationpb.New(9 * time.Second),
		Artifacts: []*schedulerv1.Artifact{{FileName: "video.mp4", BlobKey: "k"}},
	})
	b.must(err)
}
