package scheduler

import (
	"context"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"

	errorsv1 "github.com/sheetreel/sheetreel/gen/sheetreel/errors/v1"
	schedulerv1 "github.com/sheetreel/sheetreel/gen/sheetreel/scheduler/v1"
	"github.com/sheetreel/sheetreel/kit/errs"
	"github.com/sheetreel/sheetreel/services/scheduler/state"
	"github.com/sheetreel/sheetreel/services/scheduler/store"
)

// bulkReader reads for the watches of bulk jobs; a place is a sequence number.
type bulkReader = reader[int64, schedulerv1.WatchBulkJobResponse]

// bulkStep is what follows after an event of a bulk job.
type bulkStep = step[int64, schedulerv1.WatchBulkJobResponse]

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
	out := newSender(s.stall, stream.Send)
	defer out.close()
	// The first message at once: it carries the state and, over HTTP, the headers.
	first, err := s.bulkMessage(b, nil, after)
	if err != nil {
		return err
	}
	if err := out.send(ctx, first); err != nil {
		return err
	}
	w := &watch[int64, schedulerv1.WatchBulkJobResponse]{
		hub: s.store.Wake(), topic: store.TopicBulk(k), reader: s.bulkReader, sender: out, after: after,
		read: func(ctx context.Context, after int64) (bulkStep, error) { return s.readBulk(ctx, k, after) },
	}
	return w.run(ctx, s.lifetime())
}

// readBulk reads what follows after an event of a bulk job.
func (s *Service) readBulk(ctx context.Context, k store.BulkKey, after int64) (out bulkStep, err error) {
	// The bulk job first: then its events up to its sequence number are all there to read.
	b, err := s.store.BulkJob(ctx, k)
	if err != nil {
		return out, answer(kindBulkJob, k.Name(), err)
	}
	out.next = after
	var events []*schedulerv1.JobEvent
	if b.LastSequence > after {
		events, err = s.store.Events(ctx, k, after, watchBatch)
		if err != nil {
			return out, err
		}
		events = fitting(events)
		out.next = b.LastSequence // what is not there any more is progress that was dropped
		if len(events) > 0 {
			out.next = events[len(events)-1].GetSequence()
		}
	}
	out.news = out.next > after
	out.ended = !out.news && state.BulkFinished(b.State)
	out.message, err = s.bulkMessage(b, events, out.next)
	return out, err
}

func (s *Service) bulkMessage(b store.Bulk, events []*schedulerv1.JobEvent, after int64) (*schedulerv1.WatchBulkJobResponse, error) {
	job, err := s.bulkJob(b)
	if err != nil {
		return nil, err
	}
	next, err := resumeToken(b.BulkKey, after)
	if err != nil {
		return nil, err
	}
	return &schedulerv1.WatchBulkJobResponse{BulkJob: job, Events: events, ResumeToken: next}, nil
}
