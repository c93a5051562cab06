package scheduler

import (
	"context"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"

	errorsv1 "github.com/sheetreel/sheetreel/gen/sheetreel/errors/v1"
	schedulerv1 "github.com/sheetreel/sheetreel/gen/sheetreel/scheduler/v1"
	"github.com/sheetreel/sheetreel/kit/errs"
	"github.com/sheetreel/sheetreel/kit/grpckit"
	"github.com/sheetreel/sheetreel/services/scheduler/state"
	"github.com/sheetreel/sheetreel/services/scheduler/store"
)

const (
	bookmarkEvery = 15 * time.Second
	watchLifetime = 10 * time.Minute
	watchBatch    = 500
)

// WatchBulkJob implements schedulerv1.SchedulerServiceServer. It reads the history by sequence number, so nothing is
// buffered per watcher, and a slow one slows only itself.
func (s *Service) WatchBulkJob(in *schedulerv1.WatchBulkJobRequest, stream grpc.ServerStreamingServer[schedulerv1.WatchBulkJobResponse]) error {
	ctx := stream.Context()
	k, err := store.ParseBulk(in.GetName())
	if err != nil {
		return err
	}
	after, err := readResumeToken(k, in.GetResumeToken())
	if err != nil {
		return err
	}
	b, err := s.store.BulkJob(ctx, k)
	if err != nil {
		return answer(kindBulkJob, in.GetName(), err)
	}
	if after > b.LastSequence {
		return errs.New(codes.InvalidArgument, errorsv1.ErrorReason_RESUME_TOKEN_INVALID, "resume_token: lies after the end of this history")
	}
	w := &watch{service: s, stream: stream, key: k, after: after}
	// The first message at once: it carries the state and, over HTTP, the headers.
	if err := w.send(b, nil); err != nil {
		return err
	}
	// Spread the ends, so that watchers who came together do not come back together.
	lifetime := time.NewTimer(watchLifetime + time.Duration((s.random()-0.5)*0.2*float64(watchLifetime)))
	defer lifetime.Stop()
	return w.run(ctx, lifetime.C)
}

// watch is one running WatchBulkJob.
type watch struct {
	service *Service
	stream  grpc.ServerStreamingServer[schedulerv1.WatchBulkJobResponse]
	key     store.BulkKey
	after   int64 // sequence number of the last event that was sent
}

func (w *watch) run(ctx context.Context, lifetime <-chan time.Time) error {
	hub := w.service.store.Wake()
	bookmark := time.NewTicker(bookmarkEvery)
	defer bookmark.Stop()
	for {
		changed := hub.Wait(store.TopicBulk(w.key))
		done, err := w.catchUp(ctx)
		if err != nil || done {
			return err
		}
		select {
		case <-changed:
		case <-bookmark.C:
			b, err := w.service.store.BulkJob(ctx, w.key)
			if err != nil {
				return answer(kindBulkJob, w.key.Name(), err)
			}
			if err := w.send(b, nil); err != nil {
				return err
			}
		case <-lifetime:
			return nil
		case <-grpckit.Draining(ctx):
			return nil
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// catchUp sends what has happened since the last message. It is done when the bulk job is finished and told.
func (w *watch) catchUp(ctx context.Context) (done bool, err error) {
	for {
		// The bulk job first: then its events up to its sequence number are all there to read.
		b, err := w.service.store.BulkJob(ctx, w.key)
		if err != nil {
			return false, answer(kindBulkJob, w.key.Name(), err)
		}
		if b.LastSequence == w.after {
			return state.BulkFinished(b.State), nil
		}
		events, err := w.service.store.Events(ctx, w.key, w.after, watchBatch)
		if err != nil {
			return false, err
		}
		if len(events) == 0 {
			return false, nil
		}
		w.after = events[len(events)-1].GetSequence()
		if err := w.send(b, events); err != nil {
			return false, err
		}
	}
}

func (w *watch) send(b store.Bulk, events []*schedulerv1.JobEvent) error {
	job, err := w.service.bulkJob(b)
	if err != nil {
		return err
	}
	next, err := resumeToken(w.key, w.after)
	if err != nil {
		return err
	}
	return w.stream.Send(&schedulerv1.WatchBulkJobResponse{BulkJob: job, Events: events, ResumeToken: next})
}
