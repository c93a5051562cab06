package ingest

import (
	"context"
	"fmt"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/types/known/durationpb"

	errorsv1 "github.com/sheetreel/sheetreel/gen/sheetreel/errors/v1"
	ingestv1 "github.com/sheetreel/sheetreel/gen/sheetreel/ingest/v1"
	ratelimitv1 "github.com/sheetreel/sheetreel/gen/sheetreel/ratelimit/v1"
	schedulerv1 "github.com/sheetreel/sheetreel/gen/sheetreel/scheduler/v1"
	"github.com/sheetreel/sheetreel/kit/errs"
	"github.com/sheetreel/sheetreel/kit/grpckit"
	"github.com/sheetreel/sheetreel/services/ingest/source"
)

// fakeScheduler is an import service in memory. A bulk job has one valid lease token at a time.
type fakeScheduler struct {
	schedulerv1.UnimplementedImportServiceServer

	length time.Duration // of a lease
	// before runs ahead of every call but LeaseImport, and may answer in its place. Its text names the call.
	before func(call string) error

	mu       sync.Mutex
	waiting  chan *fakeJob
	held     map[string]*fakeJob // by lease token
	leases   int
	renewals []time.Time
	ended    chan *fakeJob
	memory   fakeMemory
}

type fakeJob struct {
	job       *schedulerv1.BulkJob
	videoJobs []*schedulerv1.NewVideoJob
	batches   []int
	completed *schedulerv1.CompleteImportRequest
	failed    *schedulerv1.FailImportRequest
}

func newFakeScheduler() *fakeScheduler {
	return &fakeScheduler{
		length: time.Minute, before: func(string) error { return nil },
		waiting: make(chan *fakeJob, 8), held: map[string]*fakeJob{}, ended: make(chan *fakeJob, 8), memory: fakeMemory{},
	}
}

// add queues a bulk job.
func (f *fakeScheduler) add(spreadsheet, area string) {
	f.addSource(googleSheet(spreadsheet, area))
}

func (f *fakeScheduler) addSource(source *ingestv1.Source) {
	f.waiting <- &fakeJob{job: &schedulerv1.BulkJob{Name: "projects/demo/bulkJobs/b1", User: "ada", Source: source}}
}

// steal ends all leases and queues their bulk jobs again. The caller holds no lock.
func (f *fakeScheduler) steal() {
	f.mu.Lock()
	defer f.mu.Unlock()
	for token, job := range f.held {
		delete(f.held, token)
		f.waiting <- job
	}
}

func (f *fakeScheduler) LeaseImport(ctx context.Context, req *schedulerv1.LeaseImportRequest) (*schedulerv1.LeaseImportResponse, error) {
	timer := time.NewTimer(req.GetWaitDuration().AsDuration())
	defer timer.Stop()
	select {
	case job := <-f.waiting:
		f.mu.Lock()
		defer f.mu.Unlock()
		f.leases++
		token := fmt.Sprint("lease-", f.leases)
		f.held[token] = job
		return &schedulerv1.LeaseImportResponse{LeaseToken: token, BulkJob: job.job, LeaseDuration: durationpb.New(f.length)}, nil
	case <-timer.C:
		return &schedulerv1.LeaseImportResponse{}, nil
	case <-grpckit.Draining(ctx):
		return &schedulerv1.LeaseImportResponse{}, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// with runs fn on the bulk job of a lease.
func (f *fakeScheduler) with(call, token string, fn func(*fakeJob)) error {
	if err := f.before(call); err != nil {
		return err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	job, ok := f.held[token]
	if !ok {
		return errs.LeaseLost()
	}
	fn(job)
	return nil
}

func (f *fakeScheduler) RenewImport(_ context.Context, req *schedulerv1.RenewImportRequest) (*schedulerv1.RenewImportResponse, error) {
	err := f.with("renew", req.GetLeaseToken(), func(*fakeJob) { f.renewals = append(f.renewals, time.Now()) })
	return &schedulerv1.RenewImportResponse{LeaseDuration: durationpb.New(f.length)}, err
}

func (f *fakeScheduler) AppendVideoJobs(_ context.Context, req *schedulerv1.AppendVideoJobsRequest) (*schedulerv1.AppendVideoJobsResponse, error) {
	appended := 0
	var found []*schedulerv1.ComparedRow
	err := f.with("append", req.GetLeaseToken(), func(job *fakeJob) {
		job.batches = append(job.batches, len(req.GetVideoJobs()))
		known := map[string]bool{}
		for _, v := range job.videoJobs {
			known[v.GetIdea().GetRowKey()] = true
		}
		for _, v := range req.GetVideoJobs() {
			if req.GetMemory() != nil {
				row := f.memory.compare(req.GetMemory(), v.GetIdea().GetRowKey(), v.GetContentHash())
				found = append(found, row)
				if !row.GetSubmitted() {
					continue
				}
				f.memory.put(req.GetMemory(), v)
			}
			if !known[v.GetIdea().GetRowKey()] {
				job.videoJobs = append(job.videoJobs, v)
				appended++
			}
		}
	})
	return &schedulerv1.AppendVideoJobsResponse{AppendedCount: int32(appended), Rows: found}, err
}

func (f *fakeScheduler) CompleteImport(_ context.Context, req *schedulerv1.CompleteImportRequest) (*schedulerv1.CompleteImportResponse, error) {
	err := f.with("complete", req.GetLeaseToken(), func(job *fakeJob) { job.completed = req; f.memory.remove(req); f.end(req.GetLeaseToken()) })
	return &schedulerv1.CompleteImportResponse{}, err
}

func (f *fakeScheduler) FailImport(_ context.Context, req *schedulerv1.FailImportRequest) (*schedulerv1.FailImportResponse, error) {
	err := f.with("fail", req.GetLeaseToken(), func(job *fakeJob) { job.failed = req; f.end(req.GetLeaseToken()) })
	return &schedulerv1.FailImportResponse{}, err
}

func (f *fakeScheduler) end(token string) {
	f.ended <- f.held[token]
	delete(f.held, token)
}

// inProcess makes a client that calls the fake without a network, for tests in fake time.
type inProcess struct{ *fakeScheduler }

func (c inProcess) LeaseImport(ctx context.Context, r *schedulerv1.LeaseImportRequest, _ ...grpc.CallOption) (*schedulerv1.LeaseImportResponse, error) {
	return c.fakeScheduler.LeaseImport(ctx, r)
}

func (c inProcess) RenewImport(ctx context.Context, r *schedulerv1.RenewImportRequest, _ ...grpc.CallOption) (*schedulerv1.RenewImportResponse, error) {
	return c.fakeScheduler.RenewImport(ctx, r)
}

func (c inProcess) AppendVideoJobs(ctx context.Context, r *schedulerv1.AppendVideoJobsRequest, _ ...grpc.CallOption) (*schedulerv1.AppendVideoJobsResponse, error) {
	return c.fakeScheduler.AppendVideoJobs(ctx, r)
}

func (c inProcess) CompleteImport(ctx context.Context, r *schedulerv1.CompleteImportRequest, _ ...grpc.CallOption) (*schedulerv1.CompleteImportResponse, error) {
	return c.fakeScheduler.CompleteImport(ctx, r)
}

func (c inProcess) FailImport(ctx context.Context, r *schedulerv1.FailImportRequest, _ ...grpc.CallOption) (*schedulerv1.FailImportResponse, error) {
	return c.fakeScheduler.FailImport(ctx, r)
}

// granting is a quota service without limits that counts what it grants.
type granting struct {
	ratelimitv1.QuotaServiceClient // the methods that nobody here calls

	mu      sync.Mutex
	granted []map[string]string
}

func (g *granting) Acquire(_ context.Context, req *ratelimitv1.AcquireRequest, _ ...grpc.CallOption) (*ratelimitv1.AcquireResponse, error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.granted = append(g.granted, req.GetDescriptors())
	return &ratelimitv1.AcquireResponse{}, nil
}

func (g *granting) Cancel(context.Context, *ratelimitv1.CancelRequest, ...grpc.CallOption) (*ratelimitv1.CancelResponse, error) {
	return &ratelimitv1.CancelResponse{}, nil
}

// sourceFunc is a source that is a function.
type sourceFunc func(context.Context) (*source.Table, error)

func (f sourceFunc) Read(ctx context.Context) (*source.Table, error) { return f(ctx) }

// serve serves what register registers in memory until the test ends.
func serve(t *testing.T, register func(grpc.ServiceRegistrar)) *grpc.ClientConn {
	t.Helper()
	server, err := grpckit.NewServer(testLog(t))
	if err != nil {
		t.Fatal(err)
	}
	register(server)
	listener := grpckit.NewInProcess()
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- server.Serve(ctx, net.Listener(listener.Listener)) }()
	conn, err := listener.Dial()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		conn.Close()
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
	return conn
}

func googleSheet(spreadsheet, area string) *ingestv1.Source {
	return &ingestv1.Source{Kind: &ingestv1.Source_GoogleSheet{GoogleSheet: &ingestv1.GoogleSheet{Spreadsheet: spreadsheet, Range: area}}}
}

// rows makes rows of a tab; cells are separated by "|".
func rows(lines ...string) [][]any {
	var out [][]any
	for _, line := range lines {
		var row []any
		for text := range strings.SplitSeq(line, "|") {
			row = append(row, text)
		}
		out = append(out, row)
	}
	return out
}

func unavailable() error {
	return errs.Unavailable(errorsv1.ErrorReason_STORE_UNAVAILABLE, "the store is away", 0)
}

func internal() error {
	return errs.New(codes.Internal, errorsv1.ErrorReason_INTERNAL_ERROR, "a defect")
}
