package main

import (
	"context"
	"fmt"
	"sync/atomic"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"

	ratelimitv1 "github.com/sheetreel/sheetreel/gen/sheetreel/ratelimit/v1"

	"github.com/sheetreel/sheetreel/bench/measure"
	"github.com/sheetreel/sheetreel/bench/wire"
)

// unary measures single decisions beside a method that does nothing.
func (b *bench) unary(ctx context.Context) error {
	ours, nothing := system{limiter, inMemory, shape{}}, system{program: noop}
	others := []system{{limiter, inMemory, shape{lean: true}}, {limiter, inSQLite, shape{}}, {program: bare}}
	c, err := b.compete(ctx, append([]system{ours, nothing}, others...))
	if err != nil {
		return err
	}
	for _, sys := range others {
		fmt.Printf("  CPU time of %s as a multiple of %s: %.2f\n", sys, nothing, c.Ratio(sys.String(), nothing.String(), figure.cost))
	}
	b.goals = append(b.goals, measure.Goal{
		Name: "unary-cpu-vs-noop", Value: c.Ratio(ours.String(), nothing.String(), figure.cost), AtMost: 1.15,
	})
	return nil
}

// redis measures single decisions with counters in Redis beside those in memory. It has no goal.
func (b *bench) redis(ctx context.Context) error {
	_, err := b.compete(ctx, []system{{limiter, inRedis, shape{}}, {limiter, inMemory, shape{}}})
	return err
}

// compete lets systems take turns with single decisions. Each round begins with another one.
func (b *bench) compete(ctx context.Context, systems []system) (c contest, err error) {
	for round := range b.rounds {
		for i := range systems {
			sys := systems[(round+i)%len(systems)]
			f, err := b.acquire(ctx, sys)
			if err != nil {
				return c, fmt.Errorf("%s: %w", sys, err)
			}
			c.add(round, sys.String(), f)
		}
	}
	c.print()
	return c, nil
}

// acquire makes calls of all users in turn, which are all granted unless the project is a hot one. One that does nothing
// has nothing to check.
func (b *bench) acquire(ctx context.Context, sys system) (f figure, err error) {
	err = b.with(ctx, sys, func(s server) error {
		conns, err := dial(s.address, func(conn grpc.ClientConnInterface) grpc.ClientConnInterface { return conn })
		if err != nil {
			return err
		}
		defer conns.close()
		reqs := sys.shape.requests()
		encoded := make([][]byte, users)
		for u, r := range reqs {
			if encoded[u], err = proto.Marshal(r); err != nil {
				return err
			}
		}
		var refused atomic.Int64
		l := load{warm: b.warmCalls, calls: b.calls, decisions: 1, call: func(ctx context.Context, caller, i int) error {
			_, err := wire.Invoke(ctx, conns.of(caller), ratelimitv1.QuotaService_Acquire_FullMethodName, encoded[i%users])
			if sys.shape.hot && status.Code(err) == codes.ResourceExhausted {
				refused.Add(1)
				return nil
			}
			return err
		}}
		start := time.Now()
		if f, err = l.drive(ctx, s.cpu); err != nil || sys.program != limiter {
			return err
		}
		if sys.shape.hot {
			return checkHot(l.all()-int(refused.Load()), time.Since(start))
		}
		return checkCharges(ctx, toQuota(conns.of(0)), reqs, l.all())
	})
	return f, err
}
