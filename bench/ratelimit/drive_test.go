package main

import (
	"context"
	"errors"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

func TestEveryCallIsMadeOnce(t *testing.T) {
	made := make([]atomic.Int32, 110)
	var clock atomic.Int64
	l := load{warm: 10, calls: 100, decisions: 64, call: func(_ context.Context, caller, i int) error {
		made[i].Add(1)
		clock.Add(int64(time.Microsecond))
		return nil
	}}
	f, err := l.drive(t.Context(), func() (time.Duration, error) { return time.Duration(clock.Load()), nil })
	if err != nil {
		t.Fatal(err)
	}
	for i := range made {
		if n := made[i].Load(); n != 1 {
			t.Errorf("call %d was made %d times", i, n)
		}
	}
	if f.decisions != 6400 || f.cpu != 100*time.Microsecond {
		t.Errorf("got %d decisions in %v of CPU time; to warm up counts as nothing", f.decisions, f.cpu)
	}
}

func TestAFailureEndsTheRun(t *testing.T) {
	l := load{calls: 1000, decisions: 1, call: func(_ context.Context, _, i int) error {
		if i == 500 {
			return errors.New("refused")
		}
		return nil
	}}
	_, err := l.drive(t.Context(), func() (time.Duration, error) { return 0, nil })
	if err == nil || !strings.Contains(err.Error(), "call 500: refused") {
		t.Errorf("error %v", err)
	}
}

func TestFigure(t *testing.T) {
	f := figure{decisions: 6400, wall: 2 * time.Second, cpu: 16 * time.Millisecond}
	if f.rate() != 3200 || f.cost() != 2.5 || f.yield() != 400_000 {
		t.Errorf("rate %v, cost %v, yield %v", f.rate(), f.cost(), f.yield())
	}
}
