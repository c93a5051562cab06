package scheduler

import (
	"context"
	"time"

	"google.golang.org/protobuf/proto"

	schedulerv1 "github.com/sheetreel/sheetreel/gen/sheetreel/scheduler/v1"
	"github.com/sheetreel/sheetreel/kit/grpckit"
	"github.com/sheetreel/sheetreel/services/scheduler/wake"
)

const (
	bookmarkEvery = 15 * time.Second
	watchLifetime = 10 * time.Minute
)

// A message has so many events at most, and about so many bytes: it is what a frozen watcher costs beside its window.
const (
	watchBatch = 100
	watchBytes = 24 << 10 // with all else it fits into a buffer of 32 kB; the next larger one of gRPC has 1 MB
)

// Those who are told that more is held back ask again by themselves, first soon and then less so.
const (
	heldFirst = 20 * time.Millisecond
	heldMost  = time.Second
)

// watch is one running watch: it follows a history whose places are of type P by messages of type M. Nothing is kept
// for it but its place: what it sends is read from the store, together with others that are at the same place.
type watch[P comparable, M any] struct {
	hub    *wake.Hub
	topic  string
	reader *reader[P, M]
	read   func(ctx context.Context, after P) (step[P, M], error)
	sender *sender[M]
	after  P
}

// step is what follows after a place.
type step[P comparable, M any] struct {
	message *M // shared: not to be changed
	next    P
	news    bool // the message tells something; otherwise it is a bookmark
	held    bool // more will come without a wake-up
	ended   bool // nothing will ever follow
}

// run follows until the end of the history, or of the watch, which is no error.
func (w *watch[P, M]) run(ctx context.Context, lifetime time.Duration) error {
	end := time.NewTimer(lifetime)
	defer end.Stop()
	bookmark := time.NewTicker(bookmarkEvery)
	defer bookmark.Stop()
	defer w.hub.Watch(w.topic)()
	var again <-chan time.Time
	wait := heldFirst
	for {
		changed := w.hub.Wait(w.topic)
		last, err := w.catchUp(ctx, changed)
		if err != nil || last.ended {
			return err
		}
		again = nil
		if last.held {
			again = time.After(wait)
			wait = min(2*wait, heldMost)
		} else {
			wait = heldFirst
		}
		select {
		case <-changed:
		case <-again:
			if err := w.look(ctx, false); err != nil {
				return err
			}
		case <-bookmark.C:
			if err := w.look(ctx, true); err != nil {
				return err
			}
		case <-end.C:
			return nil
		case <-grpckit.Draining(ctx):
			return nil
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// catchUp sends what is new, and returns the step that has nothing new.
func (w *watch[P, M]) catchUp(ctx context.Context, changed <-chan struct{}) (step[P, M], error) {
	for {
		s, err := w.reader.step(ctx, w.topic, w.after, changed, w.read)
		if err != nil || !s.news {
			return s, err
		}
		if err := w.send(ctx, s); err != nil {
			return s, err
		}
	}
}

// look asks the store itself, whatever others have read, should a wake-up be lost.
func (w *watch[P, M]) look(ctx context.Context, always bool) error {
	s, err := w.read(ctx, w.after)
	if err != nil || !s.news && !always {
		return err
	}
	return w.send(ctx, s)
}

func (w *watch[P, M]) send(ctx context.Context, s step[P, M]) error {
	if err := w.sender.send(ctx, s.message); err != nil {
		return err
	}
	w.after = s.next
	return nil
}

// lifetime is how long a watch lasts. The ends are spread, so that watchers who came together do not come back
// together.
func (s *Service) lifetime() time.Duration {
	return watchLifetime + time.Duration((s.random()-0.5)*0.2*float64(watchLifetime))
}

// fitting cuts events to what a message may hold, which is one at least.
func fitting(events []*schedulerv1.JobEvent) []*schedulerv1.JobEvent {
	size := 0
	for i, e := range events {
		if size += proto.Size(e); size > watchBytes && i > 0 {
			return events[:i]
		}
	}
	return events
}
