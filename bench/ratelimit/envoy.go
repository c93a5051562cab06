package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"google.golang.org/grpc"

	"github.com/sheetreel/sheetreel/bench/envoy"
	"github.com/sheetreel/sheetreel/bench/measure"
)

// rival is who the limiter is compared with.
const rival = "envoyproxy/ratelimit with Redis"

// envoy measures single decisions beside envoyproxy/ratelimit. Without it there is no goal.
func (b *bench) envoy(ctx context.Context) error {
	folder, err := module(ctx)
	if err != nil {
		return err
	}
	program, err := envoy.Build(ctx, folder)
	if err != nil {
		fmt.Printf("  envoyproxy/ratelimit takes no part, so cpu-vs-envoy is not measured: %v\n", err)
		return nil
	}
	fmt.Printf("  envoyproxy/ratelimit %s\n", program.Version)
	ours := system{limiter, inMemory, shape{}}
	var c contest
	for round := range b.rounds {
		f, err := b.acquire(ctx, ours)
		if err != nil {
			return err
		}
		c.add(round, ours.String(), f)
		if f, err = b.askEnvoy(ctx, program); err != nil {
			return err
		}
		c.add(round, rival, f)
	}
	c.print()
	b.goals = append(b.goals, measure.Goal{Name: "cpu-vs-envoy", Value: c.Ratio(ours.String(), rival, figure.cost), AtMost: 0.25})
	return nil
}

// askEnvoy makes the same calls as acquire.
func (b *bench) askEnvoy(ctx context.Context, program envoy.Program) (f figure, err error) {
	folder, err := b.emptyFolder()
	if err != nil {
		return f, err
	}
	s, err := program.Start(ctx, folder)
	if err != nil {
		return f, err
	}
	defer func() { err = errors.Join(err, s.Stop()) }()
	conns, err := dial(s.Address, func(conn grpc.ClientConnInterface) grpc.ClientConnInterface { return conn })
	if err != nil {
		return f, err
	}
	defer conns.close()
	reqs := make([]envoy.Request, users)
	for u := range reqs {
		reqs[u] = envoy.NewRequest(projectName(u), userName(u))
	}
	decide := func(ctx context.Context, caller, u int) (envoy.Decision, error) {
		d, err := envoy.Decide(ctx, conns.of(caller), reqs[u])
		if err == nil && !d.Allowed {
			err = fmt.Errorf("%s was refused: %v left", userName(u), d.Left)
		}
		return d, err
	}
	minute := time.Now().Unix() / 60 // its windows begin with it
	l := load{warm: b.warmCalls, calls: b.calls, decisions: 1, call: func(ctx context.Context, caller, i int) error {
		_, err := decide(ctx, caller, i%users)
		return err
	}}
	if f, err = l.drive(ctx, s.CPU); err != nil {
		return f, err
	}
	d, err := decide(ctx, 0, 0)
	charged := (l.all()+users-1)/users + 1 // user 0 has the first call of each turn
	if want := uint64(userCapacity - charged); err == nil && time.Now().Unix()/60 == minute && !slices.Contains(d.Left, want) {
		err = fmt.Errorf("%s was granted %d, but %v is left, not %d", userName(0), charged, d.Left, want)
	}
	return f, err
}
