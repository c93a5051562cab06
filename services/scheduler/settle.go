package scheduler

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	ratelimitv1 "github.com/sheetreel/sheetreel/gen/sheetreel/ratelimit/v1"
)

const (
	// maxUnsettled bounds the queue of reservations. Dispatching waits when it is full.
	maxUnsettled = 10_000
	// settleBatch is how many reservations go into one call.
	settleBatch = 1000
	// settleTimeout bounds one call.
	settleTimeout = 2 * time.Second
	// settlePause is between tries to commit.
	settlePause = 500 * time.Millisecond
	// settleTries is how often a commit is tried: for less time than a reservation lasts.
	settleTries = 8
)

// settler tells the limiter what became of reservations, after the worker has its answer. What waits goes out
// together: a commit and a cancel at most. What is committed too late is a dispatch that was not counted; a
// reservation that is not cancelled runs out by itself.
type settler struct {
	quota   ratelimitv1.QuotaServiceClient
	log     *slog.Logger
	closing chan struct{} // closed when nothing is tried again

	mu             sync.Mutex
	room           *sync.Cond // the queue has become shorter
	commit, cancel []string
	working        bool // somebody empties the queue
	closed         bool
	owner          sync.WaitGroup // of the goroutine that does
}

func newSettler(quota ratelimitv1.QuotaServiceClient, log *slog.Logger) *settler {
	s := &settler{quota: quota, log: log, closing: make(chan struct{})}
	s.room = sync.NewCond(&s.mu)
	return s
}

// run waits for ctx, then until the queue is empty. After it, add settles before it returns.
func (s *settler) run(ctx context.Context) error {
	<-ctx.Done()
	s.mu.Lock()
	s.closed = true
	s.mu.Unlock()
	close(s.closing)
	s.owner.Wait()
	return nil
}

// add puts reservations into the queue.
func (s *settler) add(commit, cancel []string) {
	if len(commit)+len(cancel) == 0 {
		return
	}
	s.mu.Lock()
	for len(s.commit)+len(s.cancel) >= maxUnsettled {
		s.room.Wait()
	}
	s.commit = append(s.commit, commit...)
	s.cancel = append(s.cancel, cancel...)
	if s.working {
		s.mu.Unlock()
		return
	}
	s.working = true
	if !s.closed {
		s.owner.Go(s.work)
		s.mu.Unlock()
		return
	}
	s.mu.Unlock()
	s.work()
}

// work empties the queue.
func (s *settler) work() {
	for {
		s.mu.Lock()
		commit, cancel := batchOf(&s.commit), batchOf(&s.cancel)
		s.working = len(commit)+len(cancel) > 0
		s.room.Broadcast()
		s.mu.Unlock()
		if len(commit)+len(cancel) == 0 {
			return
		}
		if len(commit) > 0 {
			s.sendCommit(commit)
		}
		if len(cancel) > 0 {
			s.sendCancel(cancel)
		}
	}
}

// batchOf takes a batch from the front of a queue.
func batchOf(queue *[]string) []string {
	n := min(len(*queue), settleBatch)
	batch := (*queue)[:n:n]
	*queue = (*queue)[n:]
	return batch
}

// sendCommit commits, and tries again while the limiter does not answer. To commit twice is harmless.
func (s *settler) sendCommit(batch []string) {
	for try := 1; ; try++ {
		ctx, stop := context.WithTimeout(context.Background(), settleTimeout)
		out, err := s.quota.Commit(ctx, &ratelimitv1.CommitRequest{Reservations: batch})
		stop()
		if err == nil {
			if late := len(out.GetNotCommitted()); late > 0 {
				s.log.Warn("dispatches were not counted: their reservations had ended", "count", late)
			}
			return
		}
		passing := status.Code(err) == codes.Unavailable || status.Code(err) == codes.DeadlineExceeded
		if !passing || try == settleTries || !s.pause() {
			s.log.Warn("dispatches may not have been counted", "count", len(batch), "error", err)
			return
		}
	}
}

// pause waits before another try; false means that there shall be none.
func (s *settler) pause() bool {
	timer := time.NewTimer(settlePause)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-s.closing:
		return false
	}
}

// sendCancel cancels once.
func (s *settler) sendCancel(batch []string) {
	ctx, stop := context.WithTimeout(context.Background(), settleTimeout)
	defer stop()
	if _, err := s.quota.Cancel(ctx, &ratelimitv1.CancelRequest{Reservations: batch}); err != nil {
		s.log.Debug("reservations run out by themselves", "count", len(batch), "error", err)
	}
}
