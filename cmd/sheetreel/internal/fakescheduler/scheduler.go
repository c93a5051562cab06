// Package fakescheduler is a small scheduler in memory for tests of clients: real gRPC over loopback, the watch and
// resume tokens as the API promises them, and connections that break when a test asks for it.
package fakescheduler

import (
	"context"
	"fmt"
	"log/slog"
	"net"
	"slices"
	"strconv"
	"sync"
	"testing"

	"google.golang.org/protobuf/proto"

	errorsv1 "github.com/sheetreel/sheetreel/gen/sheetreel/errors/v1"
	ingestv1 "github.com/sheetreel/sheetreel/gen/sheetreel/ingest/v1"
	renderv1 "github.com/sheetreel/sheetreel/gen/sheetreel/render/v1"
	schedulerv1 "github.com/sheetreel/sheetreel/gen/sheetreel/scheduler/v1"
	"github.com/sheetreel/sheetreel/kit/errs"
	"github.com/sheetreel/sheetreel/kit/grpckit"
)

// Scheduler answers from its fields. Set them before Start.
type Scheduler struct {
	schedulerv1.UnimplementedSchedulerServiceServer
	schedulerv1.UnimplementedCostServiceServer
	schedulerv1.UnimplementedWebhookServiceServer
	ingestv1.UnimplementedIngestServiceServer
	renderv1.UnimplementedRenderServiceServer

	Jobs    []*schedulerv1.BulkJob         // newest first
	Letters []*schedulerv1.DeadLetter      // newest first
	Hooks   []*schedulerv1.WebhookEndpoint // newest first
	Sent    []*schedulerv1.WebhookDelivery // of all endpoints, newest first
	Videos  map[string][]*schedulerv1.VideoJob
	Events  map[string][]*schedulerv1.JobEvent
	Check   *ingestv1.CheckIdeasResponse
	Preview *renderv1.PreviewIdeaResponse
	Costs   *schedulerv1.SummarizeCostsResponse
	Budget  *schedulerv1.Budget
	// Cuts breaks the first watches: each after so many events.
	Cuts []int
	// Hold keeps watches open after their last event.
	Hold bool
	// Seen, if set, is told of every watch that has sent its last event.
	Seen chan struct{}

	mu       sync.Mutex
	requests []proto.Message
}

// Requests are the mutations that came, oldest first.
func (s *Scheduler) Requests() []proto.Message {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.requests)
}

// Start serves on loopback until the test ends and returns the address.
func (s *Scheduler) Start(t testing.TB) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	server, err := grpckit.NewServer(slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	schedulerv1.RegisterSchedulerServiceServer(server, s)
	schedulerv1.RegisterCostServiceServer(server, s)
	schedulerv1.RegisterWebhookServiceServer(server, s)
	ingestv1.RegisterIngestServiceServer(server, s)
	renderv1.RegisterRenderServiceServer(server, s)
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- server.Serve(ctx, listener) }()
	t.Cleanup(func() {
		cancel()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
	return listener.Addr().String()
}

// PreviewIdea answers as it was told to.
func (s *Scheduler) PreviewIdea(_ context.Context, r *renderv1.PreviewIdeaRequest) (*renderv1.PreviewIdeaResponse, error) {
	s.note(r)
	return s.Preview, nil
}

func (s *Scheduler) note(m proto.Message) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.requests = append(s.requests, proto.Clone(m))
}

func (s *Scheduler) job(name string) (*schedulerv1.BulkJob, error) {
	for _, job := range s.Jobs {
		if job.GetName() == name {
			job = proto.CloneOf(job)
			job.ResumeToken = strconv.Itoa(len(s.Events[name]))
			return job, nil
		}
	}
	return nil, errs.NotFound("sheetreel/BulkJob", name)
}

// CreateBulkJob gives the newest bulk job back.
func (s *Scheduler) CreateBulkJob(_ context.Context, r *schedulerv1.CreateBulkJobRequest) (*schedulerv1.BulkJob, error) {
	s.note(r)
	return s.job(s.Jobs[0].GetName())
}

// GetBulkJob gives a bulk job.
func (s *Scheduler) GetBulkJob(_ context.Context, r *schedulerv1.GetBulkJobRequest) (*schedulerv1.BulkJob, error) {
	return s.job(r.GetName())
}

// ListBulkJobs gives pages of bulk jobs; a page token is a position.
func (s *Scheduler) ListBulkJobs(_ context.Context, r *schedulerv1.ListBulkJobsRequest) (*schedulerv1.ListBulkJobsResponse, error) {
	from, to, next, err := window(r.GetPageToken(), r.GetPageSize(), len(s.Jobs))
	if err != nil {
		return nil, err
	}
	return &schedulerv1.ListBulkJobsResponse{BulkJobs: s.Jobs[from:to], NextPageToken: next}, nil
}

// ListVideoJobs gives pages of video jobs.
func (s *Scheduler) ListVideoJobs(_ context.Context, r *schedulerv1.ListVideoJobsRequest) (*schedulerv1.ListVideoJobsResponse, error) {
	videos := s.Videos[r.GetParent()]
	from, to, next, err := window(r.GetPageToken(), r.GetPageSize(), len(videos))
	if err != nil {
		return nil, err
	}
	return &schedulerv1.ListVideoJobsResponse{VideoJobs: videos[from:to], NextPageToken: next}, nil
}

func window(token string, size int32, count int) (from, to int, next string, err error) {
	if token != "" {
		if from, err = strconv.Atoi(token); err != nil || from > count {
			return 0, 0, "", errs.New(3, errorsv1.ErrorReason_PAGE_TOKEN_INVALID, "no such page")
		}
	}
	to = min(count, from+int(size))
	if to < count {
		next = strconv.Itoa(to)
	}
	return from, to, next, nil
}

// PauseBulkJob notes the request.
func (s *Scheduler) PauseBulkJob(_ context.Context, r *schedulerv1.PauseBulkJobRequest) (*schedulerv1.BulkJob, error) {
	return s.steer(r, r.GetName(), schedulerv1.BulkJob_PAUSED)
}

// ResumeBulkJob notes the request.
func (s *Scheduler) ResumeBulkJob(_ context.Context, r *schedulerv1.ResumeBulkJobRequest) (*schedulerv1.BulkJob, error) {
	return s.steer(r, r.GetName(), schedulerv1.BulkJob_RUNNING)
}

// CancelBulkJob notes the request; a finished bulk job refuses.
func (s *Scheduler) CancelBulkJob(_ context.Context, r *schedulerv1.CancelBulkJobRequest) (*schedulerv1.BulkJob, error) {
	job, err := s.job(r.GetName())
	if err == nil && job.GetState() == schedulerv1.BulkJob_COMPLETED {
		return nil, errs.StateConflict(r.GetName(), "COMPLETED", "the bulk job is finished; there is nothing to cancel")
	}
	return s.steer(r, r.GetName(), schedulerv1.BulkJob_CANCELLED)
}

// RetryBulkJob notes the request.
func (s *Scheduler) RetryBulkJob(_ context.Context, r *schedulerv1.RetryBulkJobRequest) (*schedulerv1.BulkJob, error) {
	return s.steer(r, r.GetName(), schedulerv1.BulkJob_RUNNING)
}

// ChangeBulkJobPriority notes the request.
func (s *Scheduler) ChangeBulkJobPriority(_ context.Context, r *schedulerv1.ChangeBulkJobPriorityRequest) (*schedulerv1.BulkJob, error) {
	return s.steer(r, r.GetName(), schedulerv1.BulkJob_RUNNING)
}

func (s *Scheduler) steer(r proto.Message, name string, state schedulerv1.BulkJob_State) (*schedulerv1.BulkJob, error) {
	s.note(r)
	job, err := s.job(name)
	if err != nil {
		return nil, err
	}
	job.State = state
	return job, nil
}

// WatchBulkJob sends a snapshot, then events two at a time; a token is the newest sequence.
func (s *Scheduler) WatchBulkJob(r *schedulerv1.WatchBulkJobRequest, stream schedulerv1.SchedulerService_WatchBulkJobServer) error {
	job, err := s.job(r.GetName())
	if err != nil {
		return err
	}
	events := s.Events[r.GetName()]
	position := 0
	if r.GetResumeToken() != "" {
		if position, err = strconv.Atoi(r.GetResumeToken()); err != nil {
			return errs.New(3, errorsv1.ErrorReason_RESUME_TOKEN_INVALID, "not a resume token of this bulk job")
		}
	}
	left := s.cut()
	if err := stream.Send(&schedulerv1.WatchBulkJobResponse{BulkJob: job, ResumeToken: fmt.Sprint(position)}); err != nil {
		return err
	}
	for position < len(events) {
		batch := events[position:min(len(events), position+2)]
		if left -= len(batch); left < 0 {
			return errs.Unavailable(errorsv1.ErrorReason_SHUTTING_DOWN, "this server is draining", 0)
		}
		position += len(batch)
		if err := stream.Send(&schedulerv1.WatchBulkJobResponse{Events: batch, ResumeToken: fmt.Sprint(position)}); err != nil {
			return err
		}
	}
	if s.Seen != nil {
		s.Seen <- struct{}{}
	}
	if s.Hold {
		select {
		case <-stream.Context().Done():
		case <-grpckit.Draining(stream.Context()):
		}
	}
	return nil
}

// cut takes the number of events after which the next watch breaks.
func (s *Scheduler) cut() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.Cuts) == 0 {
		return 1 << 30
	}
	n := s.Cuts[0]
	s.Cuts = s.Cuts[1:]
	return n
}

// CheckIdeas gives the prepared answer.
func (s *Scheduler) CheckIdeas(_ context.Context, r *ingestv1.CheckIdeasRequest) (*ingestv1.CheckIdeasResponse, error) {
	s.note(r)
	return s.Check, nil
}
