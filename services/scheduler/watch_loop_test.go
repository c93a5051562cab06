package scheduler

import (
	"context"
	"errors"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/sheetreel/sheetreel/services/scheduler/wake"
)

// diary is a history of numbers that a watch follows.
type diary struct {
	hub wake.Hub

	mu     sync.Mutex
	last   int
	held   bool
	ended  bool
	reads  int
	sent   []int
	marks  int
	broken error
}

func (d *diary) read(_ context.Context, after int) (step[int, int], error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.reads++
	to := min(d.last, after+2) // two at a time
	return step[int, int]{message: &to, next: to, news: to > after, held: d.held, ended: d.ended && to == after}, d.broken
}

func (d *diary) change(f func(), wake bool) {
	d.mu.Lock()
	f()
	d.mu.Unlock()
	if wake {
		d.hub.Broadcast("topic")
	}
	synctest.Wait()
}

// follow runs a watch of the diary in the bubble, and returns its end.
func (d *diary) follow(ctx context.Context) <-chan error {
	end := make(chan error, 1)
	go func() {
		s := newSender(stallMost, func(m *int) error {
			d.mu.Lock()
			defer d.mu.Unlock()
			if len(d.sent) > 0 && d.sent[len(d.sent)-1] == *m {
				d.marks++
				return nil
			}
			d.sent = append(d.sent, *m)
			return nil
		})
		defer s.close()
		w := &watch[int, int]{hub: &d.hub, topic: "topic", reader: newReader[int, int](), read: d.read, sender: s}
		end <- w.run(ctx, watchLifetime)
	}()
	synctest.Wait()
	return end
}

// count reads one of the numbers, when nothing moves.
func (d *diary) count(n *int) int {
	synctest.Wait()
	d.mu.Lock()
	defer d.mu.Unlock()
	return *n
}

func (d *diary) want(t *testing.T, sent ...int) {
	t.Helper()
	d.mu.Lock()
	defer d.mu.Unlock()
	if !slices.Equal(d.sent, sent) {
		t.Errorf("sent %v, want %v", d.sent, sent)
	}
}

func TestWatchFollows(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := &diary{last: 5}
		end := d.follow(t.Context())
		d.want(t, 2, 4, 5)
		d.change(func() { d.last = 6 }, true)
		d.want(t, 2, 4, 5, 6)

		d.change(func() { d.last = 7 }, false) // nobody is woken
		d.want(t, 2, 4, 5, 6)
		time.Sleep(bookmarkEvery)
		synctest.Wait()
		d.want(t, 2, 4, 5, 6, 7)
		time.Sleep(2 * bookmarkEvery)
		if n := d.count(&d.marks); n != 2 {
			t.Errorf("%d bookmarks in 30 s, want 2", n)
		}

		d.change(func() { d.ended = true }, true)
		if err := <-end; err != nil {
			t.Errorf("the end: %v", err)
		}
	})
}

func TestWatchAsksAgainWhileEventsAreHeld(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := &diary{}
		d.follow(t.Context())
		d.change(func() { d.held = true }, true)
		before := d.count(&d.reads)
		time.Sleep(5 * time.Second)
		if n := d.count(&d.reads) - before; n < 5 || n > 12 {
			t.Errorf("asked %d times in 5 s, want first soon and then each second", n)
		}
		d.change(func() { d.last, d.held = 1, false }, false)
		time.Sleep(heldMost)
		synctest.Wait()
		d.want(t, 1)
		d.change(func() { d.ended = true }, true)
	})
}

func TestWatchEnds(t *testing.T) {
	for name, test := range map[string]struct {
		stop func(d *diary, cancel func())
		want error
	}{
		"in peace after its lifetime": {func(*diary, func()) { time.Sleep(watchLifetime) }, nil},
		"when the caller goes away":   {func(_ *diary, cancel func()) { cancel() }, context.Canceled},
		"when the store fails":        {func(d *diary, _ func()) { d.change(func() { d.broken = errors.ErrUnsupported }, true) }, errors.ErrUnsupported},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				ctx, cancel := context.WithCancel(t.Context())
				defer cancel()
				d := &diary{}
				end := d.follow(ctx)
				test.stop(d, cancel)
				if err := <-end; !errors.Is(err, test.want) {
					t.Errorf("the end: %v, want %v", err, test.want)
				}
			})
		})
	}
}
