package main

import (
	"context"
	"fmt"

	"google.golang.org/grpc"

	ratelimitv1 "github.com/sheetreel/sheetreel/gen/sheetreel/ratelimit/v1"

	"github.com/sheetreel/sheetreel/bench/measure"
)

// unary measures single decisions beside a method that does nothing.
func (b *bench) unary(ctx context.Context) error {
	var c contest
	for round := range b.rounds {
		for _, name := range []string{limiter, noop, bare} {
			f, err := b.acquire(ctx, name)
			if err != nil {
				return fmt.Errorf("%s: %w", name, err)
			}
			c.add(round, name, f)
		}
	}
	c.print()
	b.goals = append(b.goals, measure.Goal{
		Name: "unary-cpu-vs-noop", Value: c.Ratio(limiter, noop, figure.cost), AtMost: 1.15,
	})
	return nil
}

// acquire makes calls of all users in turn, which are all granted. One that does nothing has nothing to check.
func (b *bench) acquire(ctx context.Context, name string) (f figure, err error) {
	err = b.with(ctx, name, nil, func(s server) error {
		quota, err := dial(s.address, func(conn grpc.ClientConnInterface) ratelimitv1.QuotaServiceClient {
			return ratelimitv1.NewQuotaServiceClient(conn)
		})
		if err != nil {
			return err
		}
		defer quota.close()
		reqs := requests()
		l := load{calls: b.calls, decisions: 1, call: func(ctx context.Context, caller, i int) error {
			_, err := quota.of(caller).Acquire(ctx, reqs[i%users], grpc.WaitForReady(true))
			return err
		}}
		if f, err = l.drive(ctx, s.cpu); err != nil || name != limiter {
			return err
		}
		return checkCharges(ctx, quota.of(0), reqs, l.all())
	})
	return f, err
}
