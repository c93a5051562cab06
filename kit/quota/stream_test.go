package quota_test

import (
	"context"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/sheetreel/sheetreel/kit/quota"
)

// batched runs a batched client until the test ends.
func batched(t *testing.T, l *limiter) *quota.Batched {
	t.Helper()
	b := quota.NewBatched(serve(t, l), quota.Config{Random: none})
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- b.Run(ctx) }()
	t.Cleanup(func() {
		stop()
		if err := <-ended; err != nil {
			t.Errorf("run: %v", err)
		}
	})
	return b
}

func TestCallsAtTheSameTimeShareMessages(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := &limiter{hold: make(chan struct{})}
		b := batched(t, l)
		var wg sync.WaitGroup
		for i := range 500 {
			wg.Go(func() {
				p, err := b.Acquire(t.Context(), quota.Call{Descriptors: read, Cost: i%7 + 1})
				if err != nil || p.Granted != i%7+1 {
					t.Errorf("call %d: %v, %v", i, p, err)
				}
			})
		}
		synctest.Wait()
		close(l.hold)
		wg.Wait()
		if len(l.asked) != 500 || len(l.batches) > 20 {
			t.Errorf("%d calls in %d messages", len(l.asked), len(l.batches))
		}
	})
}

func TestAStreamThatEndsIsOpenedAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := &limiter{endAfter: 2}
		b := batched(t, l)
		for i := range 4 {
			if _, err := b.Acquire(t.Context(), quota.Call{Descriptors: read}); err != nil {
				t.Fatalf("call %d: %v", i, err)
			}
		}
		if !slices.Equal(l.batches, []int{1, 1, 1, 1, 1}) || len(l.asked) != 4 {
			t.Errorf("batches %v for %d decisions", l.batches, len(l.asked))
		}
	})
}

// A call that is wrong fails alone, though it ends the stream for those that share a message with it.
func TestAWrongCallFailsAlone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := batched(t, &limiter{})
		var wg sync.WaitGroup
		for i := range 20 {
			descriptors, want := read, codes.OK
			if i == 10 {
				descriptors, want = map[string]string{"Bad": "x"}, codes.InvalidArgument
			}
			wg.Go(func() {
				if _, err := b.Acquire(t.Context(), quota.Call{Descriptors: descriptors}); status.Code(err) != want {
					t.Errorf("call %d: %v", i, err)
				}
			})
		}
		wg.Wait()
	})
}

func TestWhatNobodyWaitsForIsGivenBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := &limiter{hold: make(chan struct{})}
		b := batched(t, l)
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if _, err := b.Acquire(ctx, quota.Call{Descriptors: read}); err == nil {
			t.Fatal("granted without an answer")
		}
		close(l.hold)
		synctest.Wait()
		if len(l.asked) != 1 || !slices.Contains(l.cancelled, "p-"+l.asked[0].GetRequestId()) {
			t.Errorf("cancelled %v", l.cancelled)
		}
	})
}

// Whenever a caller leaves, its permit is its own or is given back.
func TestNoPermitIsLostToACallerThatLeaves(t *testing.T) {
	l := &limiter{}
	b := batched(t, l)
	var granted int
	for range 500 {
		ctx, cancel := context.WithCancel(t.Context())
		go cancel()
		if _, err := b.Acquire(ctx, quota.Call{Descriptors: read}); err == nil {
			granted++
		}
	}
	for range 2 { // the last is answered after what was unwanted before is given back
		if _, err := b.Acquire(t.Context(), quota.Call{Descriptors: read}); err != nil {
			t.Fatal(err)
		}
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	back := 0
	for _, id := range l.cancelled {
		if id != "" {
			back++
		}
	}
	if asked := len(l.asked) - 2; granted+back != asked {
		t.Errorf("%d granted and %d given back of %d", granted, back, asked)
	}
}

func TestCallsEndWithTheClient(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := &limiter{hold: make(chan struct{})}
		b := quota.NewBatched(serve(t, l), quota.Config{Random: none})
		ctx, stop := context.WithCancel(t.Context())
		ended := make(chan error, 1)
		go func() { ended <- b.Run(ctx) }()
		waiting, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		failed := make(chan error, 1)
		go func() {
			_, err := b.Acquire(waiting, quota.Call{Descriptors: read})
			failed <- err
		}()
		synctest.Wait()
		stop()
		if err := <-ended; err != nil {
			t.Errorf("run: %v", err)
		}
		if err := <-failed; err == nil {
			t.Error("granted without an answer")
		}
		close(l.hold)
	})
}
