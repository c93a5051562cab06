// Package fake is a scheduler in memory, small enough to be read, for the gateway's tests. It keeps the promises that
// the gateway relies on: an event log per bulk job with resume tokens, a first watch message at once, and an end with
// OK when a finished bulk job has been told to its end.
package fake

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/metadata"
	"google.golang.org/protobuf/proto"

	errorsv1 "github.com/sheetreel/sheetreel/gen/sheetreel/errors/v1"
	schedulerv1 "github.com/sheetreel/sheetreel/gen/sheetreel/scheduler/v1"
	"github.com/sheetreel/sheetreel/kit/errs"
	"github.com/sheetreel/sheetreel/kit/grpckit"
	"github.com/sheetreel/sheetreel/kit/token"
)

// Scheduler is the fake. Its zero value is not ready; see New.
type Scheduler struct {
	schedulerv1.UnimplementedSchedulerServiceServer
	schedulerv1.UnimplementedLeaseServiceServer
	schedulerv1.UnimplementedImportServiceServer
	schedulerv1.UnimplementedCostServiceServer
	schedulerv1.UnimplementedWebhookServiceServer
	schedulerv1.UnimplementedConnectedSheetServiceServer

	mu      sync.Mutex
	jobs    map[string]*job
	order   []string
	log     []*schedulerv1.JobEvent // of all bulk jobs
	calls   []Call
	fail    map[string]error
	changed chan struct{} // closed and replaced at every change
}

type job struct {
	bulk   *schedulerv1.BulkJob
	videos []*schedulerv1.VideoJob
	events []*schedulerv1.JobEvent
}

// Call is a call that the fake has seen.
type Call struct {
	Request  proto.Message
	Metadata metadata.MD
	// Deadline is zero when the call has none.
	Deadline time.Time
}

// New makes an empty scheduler.
func New() *Scheduler {
	return &Scheduler{jobs: map[string]*job{}, fail: map[string]error{}, changed: make(chan struct{})}
}

// Register registers the public service, and the internal ones as a real scheduler does.
func (s *Scheduler) Register(r grpc.ServiceRegistrar) {
	schedulerv1.RegisterSchedulerServiceServer(r, s)
	schedulerv1.RegisterLeaseServiceServer(r, s)
	schedulerv1.RegisterImportServiceServer(r, s)
	schedulerv1.RegisterCostServiceServer(r, s)
	schedulerv1.RegisterWebhookServiceServer(r, s)
	schedulerv1.RegisterConnectedSheetServiceServer(r, s)
}

// Put adds or replaces a bulk job with its video jobs.
func (s *Scheduler) Put(bulk *schedulerv1.BulkJob, videos ...*schedulerv1.VideoJob) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, ok := s.jobs[bulk.GetName()]; !ok {
		s.order = append(s.order, bulk.GetName())
	}
	s.jobs[bulk.GetName()] = &job{bulk: proto.CloneOf(bulk), videos: videos}
	s.notify()
}

// Update changes a bulk job and one of its video jobs (nil when the event is the bulk job's own) and appends the event.
func (s *Scheduler) Update(bulkName string, event *schedulerv1.JobEvent, change func(*schedulerv1.BulkJob, []*schedulerv1.VideoJob)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	j, ok := s.jobs[bulkName]
	if !ok {
		return // deleted
	}
	if change != nil {
		change(j.bulk, j.videos)
	}
	event.Sequence, event.BulkJob = int64(len(j.events)+1), bulkName
	j.events = append(j.events, event)
	s.log = append(s.log, event)
	s.notify()
}

// Fail lets every call of a method fail with err, until err is nil. Method is its bare name.
func (s *Scheduler) Fail(method string, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.fail[method] = err
	s.notify()
}

// Last returns the last call that was seen.
func (s *Scheduler) Last() Call {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.calls[len(s.calls)-1]
}

func (s *Scheduler) notify() {
	close(s.changed)
	s.changed = make(chan struct{})
}

// enter notes a call and finds its bulk job, unless the call is scripted to fail. s.mu must be held.
func (s *Scheduler) enter(ctx context.Context, method string, request proto.Message, name string) (*job, error) {
	md, _ := metadata.FromIncomingContext(ctx)
	deadline, _ := ctx.Deadline()
	s.calls = append(s.calls, Call{proto.Clone(request), md, deadline})
	if err := s.fail[method]; err != nil {
		return nil, err
	}
	if name == "" {
		return nil, nil
	}
	j, ok := s.jobs[name]
	if !ok {
		return nil, errs.NotFound("sheetreel/BulkJob", name)
	}
	return j, nil
}

// Token is the resume token of a bulk job after a number of events.
func Token(bulkName string, sequence int) string {
	text, err := token.Encode(sequence, "watch", bulkName)
	if err != nil {
		panic(err) // an int is always JSON
	}
	return text
}

func (j *job) snapshot() *schedulerv1.BulkJob {
	b := proto.CloneOf(j.bulk)
	b.ResumeToken = Token(b.GetName(), len(j.events))
	return b
}

func (j *job) finished() bool {
	return slices.Contains([]schedulerv1.BulkJob_State{
		schedulerv1.BulkJob_COMPLETED, schedulerv1.BulkJob_FAILED, schedulerv1.BulkJob_CANCELLED,
	}, j.bulk.GetState())
}

// CreateBulkJob stores a pending bulk job.
func (s *Scheduler) CreateBulkJob(ctx context.Context, r *schedulerv1.CreateBulkJobRequest) (*schedulerv1.BulkJob, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, err := s.enter(ctx, "CreateBulkJob", r, ""); err != nil {
		return nil, err
	}
	bulk := proto.CloneOf(r.GetBulkJob())
	bulk.Name = fmt.Sprintf("%s/bulkJobs/00000000-0000-7000-8000-%012d", r.GetParent(), len(s.jobs)+1)
	bulk.State = schedulerv1.BulkJob_PENDING
	bulk.Progress = &schedulerv1.BulkJobProgress{}
	s.jobs[bulk.Name] = &job{bulk: bulk}
	s.order = append(s.order, bulk.Name)
	s.notify()
	return s.jobs[bulk.Name].snapshot(), nil
}

// GetBulkJob returns a bulk job.
func (s *Scheduler) GetBulkJob(ctx context.Context, r *schedulerv1.GetBulkJobRequest) (*schedulerv1.BulkJob, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	j, err := s.enter(ctx, "GetBulkJob", r, r.GetName())
	if err != nil {
		return nil, err
	}
	return j.snapshot(), nil
}

// ListBulkJobs returns all bulk jobs of a project, newest first.
func (s *Scheduler) ListBulkJobs(ctx context.Context, r *schedulerv1.ListBulkJobsRequest) (*schedulerv1.ListBulkJobsResponse, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, err := s.enter(ctx, "ListBulkJobs", r, ""); err != nil {
		return nil, err
	}
	out := &schedulerv1.ListBulkJobsResponse{}
	for _, name := range slices.Backward(s.order) {
		if strings.HasPrefix(name, r.GetParent()+"/") {
			out.BulkJobs = append(out.BulkJobs, s.jobs[name].snapshot())
		}
	}
	return out, nil
}

// PauseBulkJob pauses a bulk job, or refuses when it is finished.
func (s *Scheduler) PauseBulkJob(ctx context.Context, r *schedulerv1.PauseBulkJobRequest) (*schedulerv1.BulkJob, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	j, err := s.enter(ctx, "PauseBulkJob", r, r.GetName())
	if err != nil {
		return nil, err
	}
	if j.finished() {
		return nil, errs.StateConflict(r.GetName(), j.bulk.GetState().String(), "a finished bulk job cannot be paused")
	}
	j.bulk.State = schedulerv1.BulkJob_PAUSED
	s.notify()
	return j.snapshot(), nil
}

// GetVideoJob returns a video job.
func (s *Scheduler) GetVideoJob(ctx context.Context, r *schedulerv1.GetVideoJobRequest) (*schedulerv1.VideoJob, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	bulkName, _, _ := strings.Cut(r.GetName(), "/videoJobs/")
	j, err := s.enter(ctx, "GetVideoJob", r, bulkName)
	if err != nil {
		return nil, err
	}
	for _, v := range j.videos {
		if v.GetName() == r.GetName() {
			return proto.CloneOf(v), nil
		}
	}
	return nil, errs.NotFound("sheetreel/VideoJob", r.GetName())
}

// ListVideoJobs returns all video jobs of a bulk job.
func (s *Scheduler) ListVideoJobs(ctx context.Context, r *schedulerv1.ListVideoJobsRequest) (*schedulerv1.ListVideoJobsResponse, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	j, err := s.enter(ctx, "ListVideoJobs", r, r.GetParent())
	if err != nil {
		return nil, err
	}
	out := &schedulerv1.ListVideoJobsResponse{ResumeToken: Token(r.GetParent(), len(j.events))}
	for _, v := range j.videos {
		out.VideoJobs = append(out.VideoJobs, proto.CloneOf(v))
	}
	return out, nil
}

// WatchBulkJob streams the events after the resume token.
func (s *Scheduler) WatchBulkJob(r *schedulerv1.WatchBulkJobRequest, stream grpc.ServerStreamingServer[schedulerv1.WatchBulkJobResponse]) error {
	ctx := stream.Context()
	seen := 0
	if t := r.GetResumeToken(); t != "" && token.Decode(t, &seen, "watch", r.GetName()) != nil {
		return errs.New(codes.InvalidArgument, errorsv1.ErrorReason_RESUME_TOKEN_INVALID, "resume_token: not one of this watch")
	}
	s.mu.Lock()
	j, err := s.enter(ctx, "WatchBulkJob", r, r.GetName())
	expired := j != nil && seen > len(j.events) // a token of an earlier life
	s.mu.Unlock()
	if err != nil {
		return err
	}
	if expired {
		return errs.New(codes.OutOfRange, errorsv1.ErrorReason_RESUME_TOKEN_EXPIRED, "resume_token: its events are gone")
	}
	first := true
	for {
		s.mu.Lock()
		events := slices.Clone(j.events[seen:])
		bulk, finished, changed, failure := j.snapshot(), j.finished(), s.changed, s.fail["WatchBulkJob"]
		s.mu.Unlock()
		if failure != nil {
			return failure
		}
		if first || len(events) > 0 {
			first = false
			seen += len(events)
			m := &schedulerv1.WatchBulkJobResponse{BulkJob: bulk, Events: events, ResumeToken: Token(r.GetName(), seen)}
			if err := stream.Send(m); err != nil {
				return err
			}
		}
		if finished {
			return nil
		}
		select {
		case <-changed:
		case <-grpckit.Draining(ctx):
			return nil
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}
