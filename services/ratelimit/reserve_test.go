package ratelimit

import (
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/testing/protocmp"
	"google.golang.org/protobuf/types/known/durationpb"

	errorsv1 "github.com/sheetreel/sheetreel/gen/sheetreel/errors/v1"
	ratelimitv1 "github.com/sheetreel/sheetreel/gen/sheetreel/ratelimit/v1"
	"github.com/sheetreel/sheetreel/kit/errs"
)

func entry(key, user string, cost int32) *ratelimitv1.ReserveEntry {
	return &ratelimitv1.ReserveEntry{Key: key, Cost: cost, Descriptors: map[string]string{
		"action": "render.dispatch", "project": "demo", "user": user, "provider": "studio",
	}}
}

func (b bundle) mustReserve(t *testing.T, req *ratelimitv1.ReserveRequest) []*ratelimitv1.ReserveResult {
	t.Helper()
	reply, err := b.quota.Reserve(t.Context(), req)
	if err != nil {
		t.Fatalf("reserve: %v", err)
	}
	return reply.GetResults()
}

func granted(cost int32, remaining, unlimited time.Duration) *ratelimitv1.ReserveResult {
	g := &ratelimitv1.Reservation{GrantedCost: cost}
	if remaining > 0 {
		g.RemainingDuration = durationpb.New(remaining)
	}
	if unlimited > 0 {
		g.UnlimitedDuration = durationpb.New(unlimited)
	}
	return &ratelimitv1.ReserveResult{Outcome: &ratelimitv1.ReserveResult_Granted{Granted: g}}
}

func deferred(d *ratelimitv1.Deferral) *ratelimitv1.ReserveResult {
	return &ratelimitv1.ReserveResult{Outcome: &ratelimitv1.ReserveResult_Deferred{Deferred: d}}
}

func TestReserveAnswersEachEntry(t *testing.T) {
	b := setup(t, Config{}, standing())
	free := &ratelimitv1.ReserveEntry{Key: "free", Descriptors: map[string]string{"action": "unknown"}}
	got := b.mustReserve(t, &ratelimitv1.ReserveRequest{Entries: []*ratelimitv1.ReserveEntry{
		entry("1", "ada", 60), entry("2", "ada", 0), entry("3", "bob", 0), free, entry("4", "ada", 61), entry("1", "ada", 59),
	}})
	ids := map[string]bool{}
	for _, r := range got {
		if id := r.GetGranted().GetReservation(); id != "" {
			ids[id] = len(id) <= 64
		}
	}
	if len(ids) != 2 {
		t.Errorf("ids %v, want two", ids)
	}
	want := []*ratelimitv1.ReserveResult{
		granted(60, 30*time.Second, 0),
		deferred(&ratelimitv1.Deferral{RetryDuration: durationpb.New(time.Minute), Limits: []*ratelimitv1.LimitStatus{{
			Limit: "dispatch-per-user", Key: "project=demo,user=ada", ResetDuration: durationpb.New(time.Minute),
			Descriptors: []string{"action", "project", "user"},
			Capacity:    60, WaitDuration: durationpb.New(time.Minute), WindowDuration: durationpb.New(time.Minute),
		}}}),
		granted(1, 30*time.Second, 0),
		granted(1, 0, 10*time.Second),
		{Outcome: &ratelimitv1.ReserveResult_Rejected{Rejected: &ratelimitv1.Rejection{
			Reason: errorsv1.ErrorReason_COST_ABOVE_CAPACITY, Message: "cost 61 is above the capacity 60 of limit dispatch-per-user",
		}}},
		{Outcome: &ratelimitv1.ReserveResult_Rejected{Rejected: &ratelimitv1.Rejection{
			Reason: errorsv1.ErrorReason_REQUEST_ID_REUSED, Message: "key 1: another call was decided under it",
		}}},
	}
	if diff := cmp.Diff(want, got, protocmp.Transform(), protocmp.IgnoreFields(&ratelimitv1.Reservation{}, "reservation")); diff != "" {
		t.Errorf("results (-want +got):\n%s", diff)
	}
}

// What is committed stays charged, what is cancelled comes back at once, and the rest at the very end of the ttl.
func TestReservationsEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := setup(t, Config{}, Deps{})
		results := b.mustReserve(t, &ratelimitv1.ReserveRequest{
			Entries: []*ratelimitv1.ReserveEntry{entry("1", "ada", 10), entry("2", "ada", 20), entry("3", "ada", 30)},
			Ttl:     durationpb.New(20 * time.Second),
		})
		id := func(i int) string { return results[i].GetGranted().GetReservation() }
		committed, err := b.quota.Commit(t.Context(), &ratelimitv1.CommitRequest{Reservations: []string{id(0), "x"}})
		if err != nil || !cmp.Equal(committed.GetNotCommitted(), []string{"x"}) {
			t.Fatalf("commit: %v, %v", committed, err)
		}
		cancelled, err := b.quota.Cancel(t.Context(), &ratelimitv1.CancelRequest{Reservations: []string{id(0), id(1)}})
		if err != nil || !cmp.Equal(cancelled.GetNotCancelled(), []string{id(0)}) {
			t.Fatalf("cancel: %v, %v", cancelled, err)
		}
		left := func() int32 { return b.remaining(t, "ada")["dispatch-per-user"] }
		if got := left(); got != 20 {
			t.Errorf("%d left, want 20: 10 are committed, 30 reserved", got)
		}
		<-time.After(20*time.Second - 1)
		if got := left(); got != 20 {
			t.Errorf("%d left a nanosecond before the end, want 20", got)
		}
		<-time.After(1)
		if got := left(); got != 50 {
			t.Errorf("%d left at the end, want 50", got)
		}
		committed, err = b.quota.Commit(t.Context(), &ratelimitv1.CommitRequest{Reservations: []string{id(2)}})
		if err != nil || !cmp.Equal(committed.GetNotCommitted(), []string{id(2)}) {
			t.Errorf("commit after the end: %v, %v", committed, err)
		}
	})
}

// A name stands for a charge or for a reservation: one of them would be refunded when the other may still be used.
func TestAKeyIsNotARequestID(t *testing.T) {
	b := setup(t, Config{}, standing())
	b.mustReserve(t, &ratelimitv1.ReserveRequest{Entries: []*ratelimitv1.ReserveEntry{entry("one", "ada", 1)}})
	call := dispatch("ada", 1)
	call.Descriptors, call.RequestId = entry("one", "ada", 1).GetDescriptors(), "one"
	_, err := b.quota.Acquire(t.Context(), call)
	wantCode(t, err, codes.AlreadyExists)
}

func TestALimitOfAProvider(t *testing.T) {
	file := limitsFile(t, `limits:
  - {name: runway, match: {action: render.dispatch, provider: runway}, algorithm: sliding_log, capacity: 2, period: 60s}
  - {name: any-provider, match: {action: render.dispatch}, keys: [project, provider], algorithm: sliding_log, capacity: 3, period: 60s}`)
	b := setup(t, Config{Limits: file}, standing())
	req := &ratelimitv1.ReserveRequest{}
	for i, call := range []struct{ project, provider string }{
		{"a", "runway"}, {"b", "runway"}, {"c", "runway"}, {"a", "studio"}, {"a", "studio"}, {"a", "studio"}, {"a", "studio"}, {"b", "studio"},
	} {
		e := entry(fmt.Sprint(i), "ada", 1)
		e.Descriptors["project"], e.Descriptors["provider"] = call.project, call.provider
		req.Entries = append(req.Entries, e)
	}
	var got []string
	for _, r := range b.mustReserve(t, req) {
		text := "granted"
		for _, l := range r.GetDeferred().GetLimits() {
			text = l.GetLimit() + " by " + strings.Join(l.GetDescriptors(), ", ")
		}
		got = append(got, text)
	}
	want := []string{
		"granted", "granted", "runway by action, provider", "granted", "granted", "granted",
		"any-provider by action, project, provider", "granted",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("results (-want +got):\n%s", diff)
	}
}

func TestBadBatchesNameFieldAndReason(t *testing.T) {
	b := setup(t, Config{}, standing())
	many := &ratelimitv1.ReserveRequest{}
	for i := range 1001 {
		many.Entries = append(many.Entries, entry(fmt.Sprint(i), "ada", 1))
	}
	reserve := func(req *ratelimitv1.ReserveRequest) error {
		_, err := b.quota.Reserve(t.Context(), req)
		return err
	}
	one := []*ratelimitv1.ReserveEntry{entry("1", "ada", 1)}
	_, emptyCommit := b.quota.Commit(t.Context(), &ratelimitv1.CommitRequest{})
	_, emptyCancel := b.quota.Cancel(t.Context(), &ratelimitv1.CancelRequest{})
	_, longCancel := b.quota.Cancel(t.Context(), &ratelimitv1.CancelRequest{Reservations: []string{"x", strings.Repeat("x", 65)}})
	tests := []struct {
		name, field string
		err         error
	}{
		{"no entry", "entries", reserve(&ratelimitv1.ReserveRequest{})},
		{"too many entries", "entries", reserve(many)},
		{"no key", "entries[0].key", reserve(&ratelimitv1.ReserveRequest{Entries: []*ratelimitv1.ReserveEntry{entry("", "ada", 1)}})},
		{"negative cost", "entries[0].cost", reserve(&ratelimitv1.ReserveRequest{Entries: []*ratelimitv1.ReserveEntry{entry("1", "ada", -1)}})},
		{"empty descriptor", `entries[0].descriptors["user"]`, reserve(&ratelimitv1.ReserveRequest{Entries: []*ratelimitv1.ReserveEntry{entry("1", "", 1)}})},
		{"no ttl", "ttl", reserve(&ratelimitv1.ReserveRequest{Entries: one, Ttl: durationpb.New(0)})},
		{"too long a ttl", "ttl", reserve(&ratelimitv1.ReserveRequest{Entries: one, Ttl: durationpb.New(10*time.Minute + 1)})},
		{"nothing to commit", "", emptyCommit},
		{"nothing to cancel", "", emptyCancel},
		{"no reservation is so long", "reservations[1]", longCancel},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			wantCode(t, test.err, codes.InvalidArgument)
			bad, ok := errs.Detail[*errdetails.BadRequest](test.err)
			if !ok || bad.GetFieldViolations()[0].GetField() != test.field {
				t.Errorf("error %v with %v, want field %s", test.err, bad, test.field)
			}
		})
	}
	b.wantRemaining(t, "ada", 60, 300)
}
