package ratelimit

import (
	"context"
	"errors"
	"fmt"
	"io"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/grpc/codes"

	errorsv1 "github.com/sheetreel/sheetreel/gen/sheetreel/errors/v1"
	ratelimitv1 "github.com/sheetreel/sheetreel/gen/sheetreel/ratelimit/v1"
	"github.com/sheetreel/sheetreel/kit/errs"
	client "github.com/sheetreel/sheetreel/kit/quota"
	"github.com/sheetreel/sheetreel/kit/redistest"
)

// wireLimits let a user do three things, a project five, in a time that no test lasts; and one thing a moment.
const wireLimits = `limits:
  - {name: project, match: {action: do}, keys: [project], algorithm: sliding_log, capacity: 5, period: 1h}
  - {name: trial, match: {action: do}, keys: [project], algorithm: sliding_log, capacity: 1, period: 1h, dry_run: true}
  - {name: user, match: {action: do}, keys: [project, user], algorithm: sliding_log, capacity: 3, period: 1h}
  - {name: moment, match: {action: tick}, keys: [project], algorithm: sliding_log, capacity: 1, period: 20ms}`

// overWire runs a test over real gRPC on each engine.
func overWire(t *testing.T, test func(t *testing.T, b bundle)) {
	t.Run("memory", func(t *testing.T) { test(t, setup(t, Config{Limits: limitsFile(t, wireLimits)}, Deps{})) })
	t.Run("redis", func(t *testing.T) {
		url, _ := redistest.Shared(t)
		test(t, setup(t, Config{Limits: limitsFile(t, wireLimits), Engine: "redis", Redis: url}, Deps{}))
	})
}

func do(user string, cost int32) *ratelimitv1.AcquireRequest {
	return &ratelimitv1.AcquireRequest{
		Descriptors: map[string]string{"action": "do", "project": "demo", "user": user}, Cost: cost,
	}
}

// wireProject gives each run a project of its own, as a given Redis may hold what an earlier run has counted.
func wireProject(req *ratelimitv1.AcquireRequest, project string) *ratelimitv1.AcquireRequest {
	req.Descriptors["project"] = project
	return req
}

// short says what was decided: the verdict, how much, and what refuses.
func short(d *ratelimitv1.Decision) string {
	text := d.GetVerdict().String()
	if d.GetVerdict() == ratelimitv1.Decision_PROCEED {
		text += fmt.Sprint(" ", d.GetGrantedCost())
	} else {
		text += " " + d.GetReason().String()
		for _, l := range d.GetLimits() {
			text += " " + l.GetLimit()
		}
	}
	for _, l := range d.GetDryRunRefusals() {
		text += " not " + l.GetLimit()
	}
	if d.GetDegraded() {
		text += " degraded"
	}
	return text
}

func shorts(all []*ratelimitv1.Decision) []string {
	list := make([]string, len(all))
	for i, d := range all {
		list[i] = short(d)
	}
	return list
}

func TestABatchDecidesEachCallByItself(t *testing.T) {
	overWire(t, func(t *testing.T, b bundle) {
		project := t.Name()
		partial := wireProject(do("ada", 3), project)
		partial.MinCost = 1
		named := wireProject(do("eve", 1), project)
		named.RequestId = project
		calls := []*ratelimitv1.AcquireRequest{
			wireProject(do("ada", 2), project), wireProject(do("ada", 2), project), partial, wireProject(do("ada", 4), project),
			named, named, wireProject(do("bob", 2), project), wireProject(do("bob", 1), project),
		}
		reply, err := b.quota.AcquireBatch(t.Context(), &ratelimitv1.AcquireBatchRequest{Requests: calls})
		if err != nil {
			t.Fatal(err)
		}
		want := []string{
			"PROCEED 2 not trial", "DEFER RATE_LIMITED user not trial", "PROCEED 1", "REJECT COST_ABOVE_CAPACITY user",
			"PROCEED 1 not trial", "PROCEED 1", "DEFER RATE_LIMITED project not trial", "PROCEED 1 not trial",
		}
		if diff := cmp.Diff(want, shorts(reply.GetDecisions())); diff != "" {
			t.Errorf("decisions (-want +got):\n%s", diff)
		}
		d := reply.GetDecisions()
		if d[4].GetPermit() == "" || d[4].GetPermit() != d[5].GetPermit() {
			t.Errorf("permits %q and %q under one id", d[4].GetPermit(), d[5].GetPermit())
		}
		if len(d[0].GetLimits()) != 2 || d[1].GetRetryDuration().AsDuration() <= 0 || d[3].GetMessage() == "" {
			t.Errorf("not all is said: %v", d)
		}
	})
}

func TestAStreamAnswersBatchAfterBatch(t *testing.T) {
	overWire(t, func(t *testing.T, b bundle) {
		project := t.Name()
		stream, err := b.quota.AcquireStream(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		for i := range int64(4) { // all are sent before the first answer is read
			call := wireProject(do("ada", 1), project)
			call.OmitLimits = true
			if err := stream.Send(&ratelimitv1.AcquireStreamRequest{Sequence: 10 + i, Requests: []*ratelimitv1.AcquireRequest{call, wireProject(do("bob", 9), project)}}); err != nil {
				t.Fatal(err)
			}
		}
		if err := stream.CloseSend(); err != nil {
			t.Fatal(err)
		}
		for i := range int64(4) {
			reply, err := stream.Recv()
			if err != nil {
				t.Fatal(err)
			}
			first := "PROCEED 1"
			if i > 0 {
				first += " not trial"
			}
			if i == 3 {
				first = "DEFER RATE_LIMITED user not trial"
			}
			want := []string{first, "REJECT COST_ABOVE_CAPACITY project user"}
			if diff := cmp.Diff(want, shorts(reply.GetDecisions())); reply.GetSequence() != 10+i || diff != "" {
				t.Errorf("batch %d (-want +got):\n%s", reply.GetSequence(), diff)
			}
			if d := reply.GetDecisions()[0]; d.GetVerdict() == ratelimitv1.Decision_PROCEED && len(d.GetLimits()) > 0 {
				t.Errorf("limits were told that were not wanted: %v", d)
			}
		}
		if _, err := stream.Recv(); !errors.Is(err, io.EOF) {
			t.Errorf("the end: %v", err)
		}
	})
}

func TestAWrongBatchEndsItsStream(t *testing.T) {
	b := setup(t, Config{}, Deps{})
	stream, err := b.quota.AcquireStream(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if err := stream.Send(&ratelimitv1.AcquireStreamRequest{Requests: []*ratelimitv1.AcquireRequest{do("ada", -1)}}); err != nil {
		t.Fatal(err)
	}
	_, err = stream.Recv()
	wantCode(t, err, codes.InvalidArgument)
}

func TestLessUseGivesTheRestBack(t *testing.T) {
	overWire(t, func(t *testing.T, b bundle) {
		project := t.Name()
		permit := b.mustAcquire(t, wireProject(do("ada", 3), project)).GetPermit()
		_, err := b.quota.Acquire(t.Context(), wireProject(do("ada", 2), project))
		wantCode(t, err, codes.ResourceExhausted)
		reply, err := b.quota.Commit(t.Context(), &ratelimitv1.CommitRequest{
			Settlements: []*ratelimitv1.Settlement{{Reservation: permit, UsedCost: 1}, {Reservation: "unknown", UsedCost: 1}},
		})
		if err != nil || !cmp.Equal(reply.GetNotCommitted(), []string{"unknown"}) {
			t.Fatalf("commit: %v, %v", reply, err)
		}
		b.mustAcquire(t, wireProject(do("ada", 2), project))
	})
}

func TestPeekChargesNothing(t *testing.T) {
	overWire(t, func(t *testing.T, b bundle) {
		project := t.Name()
		peek := func(cost int32) string {
			reply, err := b.quota.Peek(t.Context(), &ratelimitv1.PeekRequest{
				Descriptors: wireProject(do("ada", 0), project).GetDescriptors(), Cost: cost,
			})
			if err != nil {
				t.Fatal(err)
			}
			if waits := reply.GetRetryDuration().AsDuration() > 0; waits != (reply.GetVerdict() == ratelimitv1.Decision_DEFER) {
				t.Errorf("%v", reply)
			}
			return reply.GetVerdict().String()
		}
		got := []string{peek(3), peek(3), peek(4)}
		b.mustAcquire(t, wireProject(do("ada", 2), project))
		got = append(got, peek(1), peek(2))
		if diff := cmp.Diff([]string{"PROCEED", "PROCEED", "REJECT", "PROCEED", "DEFER"}, got); diff != "" {
			t.Errorf("verdicts (-want +got):\n%s", diff)
		}
	})
}

// What an upstream refuses is refused to everybody whom its limit counts, and its true limit is taken over.
func TestAReportStopsEverybody(t *testing.T) {
	overWire(t, func(t *testing.T, b bundle) {
		project := t.Name()
		reply, err := b.quota.Report(t.Context(), &ratelimitv1.ReportRequest{
			Descriptors: wireProject(do("ada", 0), project).GetDescriptors(), Dimensions: []string{"user", "project"}, TrueCapacity: 2,
		})
		if err != nil {
			t.Fatal(err)
		}
		if l := reply.GetLimits(); len(l) != 1 || l[0].GetLimit() != "user" || l[0].GetRemaining() != 0 || l[0].GetCapacity() != 2 {
			t.Errorf("reply %v, want the limit of the user, empty, of 2", reply)
		}
		_, err = b.quota.Acquire(t.Context(), wireProject(do("ada", 1), project))
		wantCode(t, err, codes.ResourceExhausted)
		_, err = b.quota.Acquire(t.Context(), wireProject(do("ada", 3), project))
		wantCode(t, err, codes.InvalidArgument)
		b.mustAcquire(t, wireProject(do("bob", 1), project))
		if _, err := b.quota.Report(t.Context(), &ratelimitv1.ReportRequest{
			Descriptors: wireProject(do("ada", 0), project).GetDescriptors(), Limit: "project",
		}); err != nil {
			t.Fatal(err)
		}
		_, err = b.quota.Acquire(t.Context(), wireProject(do("bob", 1), project))
		wantCode(t, err, codes.ResourceExhausted)
	})
}

func TestAllWhoWaitAreGranted(t *testing.T) {
	overWire(t, func(t *testing.T, b bundle) {
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		var wg sync.WaitGroup
		for i := range 20 {
			wg.Go(func() {
				reply, err := b.quota.Wait(ctx, &ratelimitv1.WaitRequest{Request: &ratelimitv1.AcquireRequest{Descriptors: map[string]string{
					"action": "tick", "project": t.Name(), "user": fmt.Sprint("u", i%3),
				}}})
				if err != nil || reply.GetAcquired().GetPermit() == "" {
					t.Errorf("call %d: %v, %v", i, reply, err)
				}
			})
		}
		wg.Wait()
	})
}

// The common client works with the real service, one call at a time and over a stream.
func TestTheCommonClient(t *testing.T) {
	overWire(t, func(t *testing.T, b bundle) {
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		batched := client.NewBatched(b.quota, client.Config{})
		running, stop := context.WithCancel(ctx)
		ended := make(chan error, 1)
		go func() { ended <- batched.Run(running) }()
		var wg sync.WaitGroup
		for i, c := range []*client.Client{client.New(b.quota, client.Config{}), batched.Client} {
			tick := map[string]string{"action": "tick", "project": fmt.Sprint(t.Name(), i), "user": "ada"}
			for range 10 {
				wg.Go(func() {
					if p, err := c.Acquire(ctx, client.Call{Descriptors: tick}); err != nil || p.ID == "" || p.Granted != 1 {
						t.Errorf("client %d: %v, %v", i, p, err)
					}
				})
			}
			once := wireProject(do("ada", 0), fmt.Sprint(t.Name(), i)).GetDescriptors()
			p, err := c.Acquire(ctx, client.Call{Descriptors: once, Cost: 3})
			if err != nil {
				t.Fatal(err)
			}
			_, err = c.Acquire(ctx, client.Call{Descriptors: once})
			if errs.ReasonOf(err) != errorsv1.ErrorReason_RATE_LIMITED {
				t.Errorf("client %d, no quota within its time: %v", i, err)
			}
			if err := c.Commit(ctx, p, 2); err != nil {
				t.Errorf("commit: %v", err)
			}
			if p, err = c.Acquire(ctx, client.Call{Descriptors: once}); err != nil {
				t.Errorf("what was given back: %v", err)
			}
			if err := c.Cancel(ctx, p); err != nil {
				t.Errorf("cancel: %v", err)
			}
		}
		wg.Wait()
		stop()
		if err := <-ended; err != nil {
			t.Errorf("run: %v", err)
		}
	})
}
