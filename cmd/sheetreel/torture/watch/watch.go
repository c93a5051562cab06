// Package watch follows every bulk job of a campaign through everything that goes wrong: it reconnects with the last
// resume token and notes each sequence number, so that an event that is missed or comes twice is seen.
package watch

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"sync"
	"sync/atomic"
	"time"

	"google.golang.org/grpc"

	schedulerv1 "github.com/sheetreel/sheetreel/gen/sheetreel/scheduler/v1"

	"github.com/sheetreel/sheetreel/cmd/sheetreel/torture/check"
	"github.com/sheetreel/sheetreel/cmd/sheetreel/torture/replicas"
)

// Watcher watches all bulk jobs of a project.
type Watcher struct {
	jobs   schedulerv1.SchedulerServiceClient
	parent string

	completed, finished, reconnects atomic.Int64

	mu   sync.Mutex
	seen map[string]*check.Seen // by bulk job; each is written by its own goroutine until Run has returned
}

// New makes a watcher of the project called parent.
func New(conn grpc.ClientConnInterface, parent string) *Watcher {
	return &Watcher{jobs: schedulerv1.NewSchedulerServiceClient(conn), parent: parent, seen: map[string]*check.Seen{}}
}

// Completed is how many video jobs were seen to complete.
func (w *Watcher) Completed() int { return int(w.completed.Load()) }

// Finished is how many bulk jobs were seen to the end.
func (w *Watcher) Finished() int { return int(w.finished.Load()) }

// Reconnects is how often a watch began again.
func (w *Watcher) Reconnects() int { return int(w.reconnects.Load()) }

// Seen is what was seen of each bulk job, after Run has returned.
func (w *Watcher) Seen() map[string]check.Seen {
	w.mu.Lock()
	defer w.mu.Unlock()
	all := map[string]check.Seen{}
	for name, s := range maps.All(w.seen) {
		all[name] = *s
	}
	return all
}

const (
	lookEvery = 500 * time.Millisecond
	pageSize  = 1000
)

// Run looks for bulk jobs and watches each until ctx ends.
func (w *Watcher) Run(ctx context.Context) error {
	var watches sync.WaitGroup
	defer watches.Wait()
	for {
		names, err := w.list(ctx)
		if err != nil && ctx.Err() == nil {
			return err
		}
		for _, name := range names {
			if s := w.begin(name); s != nil {
				watches.Go(func() { w.follow(ctx, name, s) })
			}
		}
		if !replicas.Pause(ctx, lookEvery) {
			return nil
		}
	}
}

// begin gives the notes of a bulk job that is not watched yet.
func (w *Watcher) begin(name string) *check.Seen {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.seen[name] != nil {
		return nil
	}
	s := &check.Seen{}
	w.seen[name] = s
	return s
}

// list names all bulk jobs.
func (w *Watcher) list(ctx context.Context) (names []string, err error) {
	page := ""
	for {
		var out *schedulerv1.ListBulkJobsResponse
		err := replicas.Insist(ctx, func(ctx context.Context) (err error) {
			out, err = w.jobs.ListBulkJobs(ctx, &schedulerv1.ListBulkJobsRequest{Parent: w.parent, PageSize: pageSize, PageToken: page})
			return err
		})
		if err != nil {
			return names, fmt.Errorf("list bulk jobs: %w", err)
		}
		for _, b := range out.GetBulkJobs() {
			names = append(names, b.GetName())
		}
		if page = out.GetNextPageToken(); page == "" {
			return names, nil
		}
	}
}

// follow watches a bulk job to its end, connecting again as often as needed.
func (w *Watcher) follow(ctx context.Context, name string, s *check.Seen) {
	token := ""
	for first := true; ; first = false {
		if !first {
			w.reconnects.Add(1)
			if !replicas.Pause(ctx, 100*time.Millisecond) {
				return
			}
		}
		var job *schedulerv1.BulkJob
		job, token = w.watch(ctx, name, token, s)
		if job.GetState() != schedulerv1.BulkJob_COMPLETED {
			continue
		}
		if job.GetProgress().GetFailedCount() == 0 {
			w.finished.Add(1)
			return
		}
		w.again(ctx, name, s.Last)
	}
}

// watch watches once. It returns the bulk job as it was told last, if the scheduler ended the stream in good order: then
// everything up to there was told. And it returns the token to go on from.
func (w *Watcher) watch(ctx context.Context, name, token string, s *check.Seen) (*schedulerv1.BulkJob, string) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	stream, err := w.jobs.WatchBulkJob(ctx, &schedulerv1.WatchBulkJobRequest{Name: name, ResumeToken: token})
	if err != nil {
		return nil, token
	}
	var job *schedulerv1.BulkJob
	for {
		m, err := stream.Recv()
		if errors.Is(err, io.EOF) {
			return job, token
		}
		if err != nil {
			return nil, token
		}
		for _, e := range m.GetEvents() {
			s.See(e.GetSequence())
			if e.GetType() == schedulerv1.JobEvent_VIDEO_JOB_STATE_CHANGED && e.GetVideoJobState() == schedulerv1.VideoJob_COMPLETED {
				w.completed.Add(1)
			}
		}
		token = m.GetResumeToken()
		if m.GetBulkJob() != nil {
			job = m.GetBulkJob()
		}
	}
}

// again queues the video jobs again that were set aside because their workers were lost too often, as an operator would.
func (w *Watcher) again(ctx context.Context, name string, sequence int64) {
	_ = replicas.Insist(ctx, func(ctx context.Context) error { // tried again if they are still there
		_, err := w.jobs.RetryBulkJob(ctx, &schedulerv1.RetryBulkJobRequest{Name: name, RequestId: fmt.Sprintf("again-%s-%d", name[len(name)-12:], sequence)})
		return err
	})
}
