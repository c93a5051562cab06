package main

import (
	"context"
	"fmt"
	"sync/atomic"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/sheetreel/sheetreel/bench/measure"
)

// lean is the limiter when nobody wants to know what is left.
const lean = limiter + ", omit_limits"

// unary measures single decisions beside a method that does nothing.
func (b *bench) unary(ctx context.Context) error {
	var c contest
	for round := range b.rounds {
		for _, system := range []struct {
			name, program string
			shape         shape
		}{{limiter, limiter, shape{}}, {noop, noop, shape{}}, {lean, limiter, shape{lean: true}}, {bare, bare, shape{}}} {
			f, err := b.acquire(ctx, system.program, system.shape)
			if err != nil {
				return fmt.Errorf("%s: %w", system.name, err)
			}
			c.add(round, system.name, f)
		}
	}
	c.print()
	fmt.Printf("  CPU time as a multiple of %s: %s %.2f, %s %.2f, %s %.2f\n", noop, limiter, c.Ratio(limiter, noop, figure.cost), lean,
		c.Ratio(lean, noop, figure.cost), bare, c.Ratio(bare, noop, figure.cost))
	b.goals = append(b.goals, measure.Goal{
		Name: "unary-cpu-vs-noop", Value: c.Ratio(limiter, noop, figure.cost), AtMost: 1.15,
	})
	return nil
}

// acquire makes calls of all users in turn, which are all granted unless the project is a hot one. One that does nothing
// has nothing to check.
func (b *bench) acquire(ctx context.Context, program string, sh shape) (f figure, err error) {
	err = b.with(ctx, program, nil, func(s server) error {
		quota, err := dial(s.address, toQuota)
		if err != nil {
			return err
		}
		defer quota.close()
		reqs := sh.requests()
		var refused atomic.Int64
		l := load{calls: b.calls, decisions: 1, call: func(ctx context.Context, caller, i int) error {
			_, err := quota.of(caller).Acquire(ctx, reqs[i%users], grpc.WaitForReady(true))
			if sh.hot && status.Code(err) == codes.ResourceExhausted {
				refused.Add(1)
				return nil
			}
			return err
		}}
		start := time.Now()
		if f, err = l.drive(ctx, s.cpu); err != nil || program != limiter {
			return err
		}
		if sh.hot {
			return checkHot(l.all()-int(refused.Load()), time.Since(start))
		}
		return checkCharges(ctx, quota.of(0), reqs, l.all())
	})
	return f, err
}
