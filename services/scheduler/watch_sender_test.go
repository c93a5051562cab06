package scheduler

import (
	"context"
	"errors"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	errorsv1 "github.com/sheetreel/sheetreel/gen/sheetreel/errors/v1"
	"github.com/sheetreel/sheetreel/kit/errs"
)

func TestSenderSendsInOrder(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var got []int
		away := errors.New("away")
		s := newSender(stallMost, func(m *int) error {
			got = append(got, *m)
			if *m == 3 {
				return away
			}
			return nil
		})
		for m := range 4 {
			err := s.send(t.Context(), &m)
			if (m == 3) != errors.Is(err, away) {
				t.Errorf("send %d: %v", m, err)
			}
		}
		s.close()
		if want := []int{0, 1, 2, 3}; !slices.Equal(got, want) {
			t.Errorf("sent %v, want %v", got, want)
		}
	})
}

func TestSenderEndsAStalledWatch(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		stream, end := context.WithCancel(t.Context())
		sends := 0
		s := newSender(stallMost, func(*int) error {
			sends++
			<-stream.Done() // the window is full
			return stream.Err()
		})
		began := time.Now()
		err := s.send(t.Context(), new(int))
		if errs.ReasonOf(err) != errorsv1.ErrorReason_WATCH_TOO_SLOW || time.Since(began) != stallMost {
			t.Errorf("after %v: %v, want WATCH_TOO_SLOW after %v", time.Since(began), err, stallMost)
		}
		s.close() // does not wait for it
		end()     // what gRPC does when the handler has returned; nothing is left then, or the bubble would complain
		synctest.Wait()
		if sends != 1 {
			t.Errorf("%d sends", sends)
		}
	})
}

func TestSenderHeedsItsContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		s := newSender(stallMost, func(*int) error { <-ctx.Done(); return ctx.Err() })
		if err := s.send(ctx, new(int)); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("send: %v, want the context's end", err)
		}
		s.close()
	})
}
