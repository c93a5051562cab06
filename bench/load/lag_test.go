package load

import (
	"context"
	"testing"
	"testing/synctest"
	"time"
)

func TestLag(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := NewLag()
		for i := range Pace(t.Context(), 20, 20) {
			l.Queued(i)
			go func() {
				<-time.After(time.Duration(i) * time.Millisecond)
				l.Started(i)
				l.Started(i) // the second time does not count
			}()
		}
		if err := l.Wait(t.Context(), time.Minute); err != nil {
			t.Fatal(err)
		}
		var sum time.Duration
		for _, d := range l.Times() {
			sum += d
		}
		if n := len(l.Times()); n != 20 || sum != 190*time.Millisecond {
			t.Errorf("%d jobs waited %v in all; want 20 and 190ms", n, sum)
		}
	})
}

func TestLagSaysWhatHasNotStarted(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := NewLag()
		l.Queued(1)
		if err := l.Wait(t.Context(), time.Minute); err == nil {
			t.Error("no error")
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if err := l.Wait(ctx, time.Minute); err != context.DeadlineExceeded {
			t.Errorf("after the context's end: %v", err)
		}
	})
}

func TestPace(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		start := time.Now()
		n := 0
		for i := range Pace(t.Context(), 1000, 20) {
			if i != n {
				t.Fatalf("%d came as number %d", i, n)
			}
			n++
		}
		// The gaps are 25 to 75 ms, 50 on average.
		if took := time.Since(start); n != 1000 || took < 45*time.Second || took > 55*time.Second {
			t.Errorf("%d in %v", n, took)
		}
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		for range Pace(ctx, 1000, 20) {
			cancel()
			n++
		}
		if n != 1001 {
			t.Errorf("%d more came after the end of the context", n-1001)
		}
	})
}
