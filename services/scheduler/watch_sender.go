package scheduler

import (
	"context"
	"time"

	"google.golang.org/grpc/codes"

	errorsv1 "github.com/sheetreel/sheetreel/gen/sheetreel/errors/v1"
	"github.com/sheetreel/sheetreel/kit/errs"
)

// stallMost is how long a watcher may take nothing of what is sent to it.
const stallMost = 30 * time.Second

// sender sends the messages of one watch. A reader that takes nothing fills the stream's flow control window, and
// then a send waits; after a while the watch ends, and the reader may come back with its token. So a frozen reader
// costs one window and one message.
type sender[M any] struct {
	most     time.Duration // that a send may take
	messages chan *M
	sent     chan error
	stalled  bool
}

// newSender starts the goroutine that sends. Its owner calls close.
func newSender[M any](most time.Duration, send func(*M) error) *sender[M] {
	s := &sender[M]{most: most, messages: make(chan *M), sent: make(chan error, 1)}
	go func() {
		defer close(s.sent)
		for m := range s.messages {
			s.sent <- send(m)
		}
	}()
	return s
}

// send returns when the message is on its way.
func (s *sender[M]) send(ctx context.Context, m *M) error {
	timer := time.NewTimer(s.most)
	defer timer.Stop()
	s.messages <- m
	select {
	case err := <-s.sent:
		return err
	case <-timer.C:
		s.stalled = true
		return errs.New(codes.Aborted, errorsv1.ErrorReason_WATCH_TOO_SLOW,
			"the watch took nothing for "+s.most.String()+"; watch again from the last token, and read faster")
	case <-ctx.Done():
		s.stalled = true
		return ctx.Err()
	}
}

// close ends the goroutine and waits for it. One whose send is stalled cannot be waited for here: it ends with the
// stream, which gRPC ends when the handler returns.
func (s *sender[M]) close() {
	close(s.messages)
	if s.stalled {
		return
	}
	for range s.sent {
	}
}
