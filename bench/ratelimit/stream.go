package main

import (
	"context"
	"fmt"
	"sync/atomic"
	"time"

	"google.golang.org/grpc"

	ratelimitv1 "github.com/sheetreel/sheetreel/gen/sheetreel/ratelimit/v1"

	"github.com/sheetreel/sheetreel/bench/measure"
)

// batch is how many decisions a message of a stream asks for.
const batch = 64

// stream measures batches on streams beside single decisions.
func (b *bench) stream(ctx context.Context) error {
	var c contest
	single := func(sys system) string { return sys.String() + ", single" }
	streamed := func(sys system) string { return sys.String() + ", stream" }
	ours := system{limiter, inMemory, shape{}}
	systems := []system{ours, {limiter, inMemory, shape{lean: true}}, {limiter, inSQLite, shape{}}}
	for round := range b.rounds {
		for _, sys := range systems {
			one, err := b.acquire(ctx, sys)
			if err != nil {
				return err
			}
			c.add(round, single(sys), one)
			many, err := b.acquireStream(ctx, sys)
			if err != nil {
				return err
			}
			c.add(round, streamed(sys), many)
		}
	}
	c.print()
	for _, sys := range systems[1:] {
		fmt.Printf("  decisions of a CPU second on a stream as a multiple of single ones, %s: %.2f\n", sys,
			c.Ratio(streamed(sys), single(sys), figure.yield))
	}
	b.goals = append(b.goals, measure.Goal{
		Name: "stream-vs-unary", Value: c.Ratio(streamed(ours), single(ours), figure.yield), AtLeast: 10,
	})
	return nil
}

// acquireStream asks as acquire does, but in batches: each caller has a stream of its own.
func (b *bench) acquireStream(ctx context.Context, sys system) (f figure, err error) {
	err = b.with(ctx, sys, func(s server) error {
		quota, err := dial(s.address, toQuota)
		if err != nil {
			return err
		}
		defer quota.close()
		ctx, cancel := context.WithCancel(ctx)
		defer cancel()
		var streams []ratelimitv1.QuotaService_AcquireStreamClient
		for caller := range callers {
			stream, err := quota.of(caller).AcquireStream(ctx, grpc.WaitForReady(true))
			if err != nil {
				return err
			}
			streams = append(streams, stream)
		}
		reqs := sys.shape.requests()
		var granted atomic.Int64
		l := load{warm: b.warmMessages, calls: b.messages, decisions: batch, call: func(_ context.Context, caller, i int) error {
			from := i * batch % users // users are a multiple of a batch
			message := &ratelimitv1.AcquireStreamRequest{Sequence: int64(i), Requests: reqs[from : from+batch]}
			if err := streams[caller].Send(message); err != nil {
				return err
			}
			reply, err := streams[caller].Recv()
			if err != nil {
				return err
			}
			n, err := count(message, reply)
			granted.Add(int64(n))
			return err
		}}
		start := time.Now()
		if f, err = l.drive(ctx, s.cpu); err != nil {
			return err
		}
		if sys.shape.hot {
			return checkHot(int(granted.Load()), time.Since(start))
		}
		if all := l.all() * batch; int(granted.Load()) != all {
			return fmt.Errorf("%d of %d were granted", granted.Load(), all)
		}
		return checkCharges(ctx, quota.of(0), reqs, l.all()*batch)
	})
	return f, err
}

// count counts the grants, and fails if the answer is not one to the message.
func count(message *ratelimitv1.AcquireStreamRequest, reply *ratelimitv1.AcquireStreamResponse) (granted int, err error) {
	if got, want := reply.GetSequence(), message.GetSequence(); got != want {
		return 0, fmt.Errorf("an answer to message %d, not %d", got, want)
	}
	if got, want := len(reply.GetDecisions()), len(message.GetRequests()); got != want {
		return 0, fmt.Errorf("%d decisions, not %d", got, want)
	}
	for _, d := range reply.GetDecisions() {
		switch d.GetVerdict() {
		case ratelimitv1.Decision_PROCEED:
			granted++
		case ratelimitv1.Decision_DEFER:
		default:
			return 0, fmt.Errorf("%s: %s", d.GetVerdict(), d.GetMessage())
		}
	}
	return granted, nil
}
