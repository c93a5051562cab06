package render

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"gocloud.dev/blob/memblob"
	"google.golang.org/grpc"

	schedulerv1 "github.com/sheetreel/sheetreel/gen/sheetreel/scheduler/v1"
)

// litter is a scheduler that knows of files to delete, and gives each again until it is confirmed.
type litter struct {
	mu        sync.Mutex
	keys      []string
	confirmed []string
	down      bool
	asked     int
}

var errDown = errors.New("down")

func (l *litter) LeaseBlobDeletions(ctx context.Context, in *schedulerv1.LeaseBlobDeletionsRequest, _ ...grpc.CallOption) (*schedulerv1.LeaseBlobDeletionsResponse, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.asked++
	if l.down {
		return nil, errDown
	}
	if len(l.keys) == 0 {
		l.mu.Unlock()
		pause(ctx, in.GetWaitDuration().AsDuration())
		l.mu.Lock()
	}
	return &schedulerv1.LeaseBlobDeletionsResponse{BlobKeys: slices.Clone(l.keys)}, ctx.Err()
}

func (l *litter) ConfirmBlobDeletions(_ context.Context, in *schedulerv1.ConfirmBlobDeletionsRequest, _ ...grpc.CallOption) (*schedulerv1.ConfirmBlobDeletionsResponse, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.confirmed = append(l.confirmed, in.GetBlobKeys()...)
	l.keys = slices.DeleteFunc(l.keys, func(k string) bool { return slices.Contains(in.GetBlobKeys(), k) })
	return &schedulerv1.ConfirmBlobDeletionsResponse{}, nil
}

func (l *litter) set(f func()) {
	l.mu.Lock()
	defer l.mu.Unlock()
	f()
}

func TestSweep(t *testing.T) {
	odd := errors.New("odd")
	tests := map[string]struct {
		keys, confirmed []string
		err             error
	}{
		"nothing to do":        {},
		"all of them":          {[]string{"a", "b"}, []string{"a", "b"}, nil},
		"some are gone":        {[]string{"a", "gone", "b"}, []string{"a", "gone", "b"}, nil},
		"one cannot be":        {[]string{"a", "locked", "b"}, []string{"a", "b"}, odd},
		"none of them can be":  {[]string{"locked"}, nil, odd},
		"a part of the prefix": {[]string{"folder"}, []string{"folder"}, nil},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				bucket := memblob.OpenBucket(nil)
				defer bucket.Close()
				for _, key := range []string{"a", "b", "locked", "kept", "folder/kept"} {
					if err := bucket.WriteAll(t.Context(), key, []byte("x"), nil); err != nil {
						t.Fatal(err)
					}
				}
				l := &litter{keys: slices.Clone(test.keys)}
				remove := remover(bucket)
				s := &sweeper{cleanup: l, log: slog.New(slog.DiscardHandler), remove: func(ctx context.Context, key string) error {
					if key == "locked" {
						return odd
					}
					return remove(ctx, key)
				}}
				if err := s.sweep(t.Context()); !errors.Is(err, test.err) {
					t.Errorf("sweep: %v, want %v", err, test.err)
				}
				if !slices.Equal(l.confirmed, test.confirmed) {
					t.Errorf("confirmed %v, want %v", l.confirmed, test.confirmed)
				}
				for _, key := range []string{"a", "b", "locked", "kept", "folder/kept"} {
					there, err := bucket.Exists(t.Context(), key)
					if err != nil || there == slices.Contains(test.confirmed, key) {
						t.Errorf("%s is there: %v, %v", key, there, err)
					}
				}
			})
		})
	}
}

func TestSweeperGoesOn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		l := &litter{down: true, keys: []string{"a"}}
		s := &sweeper{cleanup: l, log: slog.New(slog.DiscardHandler), remove: func(context.Context, string) error { return nil }}
		end := make(chan error, 1)
		go func() { end <- s.run(ctx) }()
		time.Sleep(time.Minute)
		l.set(func() {
			if l.asked < 5 || l.asked > 100 {
				t.Errorf("asked %d times in a minute while the scheduler was down", l.asked)
			}
			l.down = false
		})
		time.Sleep(10 * time.Second)
		l.set(func() {
			if !slices.Equal(l.confirmed, []string{"a"}) {
				t.Errorf("confirmed %v, want a", l.confirmed)
			}
			l.keys = append(l.keys, "b")
		})
		time.Sleep(sweepWait)
		synctest.Wait()
		l.set(func() {
			if !slices.Equal(l.confirmed, []string{"a", "b"}) {
				t.Errorf("confirmed %v, want a, b", l.confirmed)
			}
		})
		cancel()
		if err := <-end; err != nil {
			t.Errorf("the end: %v", err)
		}
	})
}
