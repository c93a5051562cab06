package storetest

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	schedulerv1 "github.com/sheetreel/sheetreel/gen/sheetreel/scheduler/v1"
	"github.com/sheetreel/sheetreel/services/scheduler/store"
)

// leaseFrom leases up to n deliveries of each endpoint for a minute.
func (b *bundle) leaseFrom(n int, keys ...store.EndpointKey) []store.LeasedDelivery {
	b.Helper()
	var wants []store.DeliveryWant
	for _, k := range keys {
		wants = append(wants, store.DeliveryWant{EndpointKey: k, Count: n})
	}
	all, err := b.s.LeaseDeliveries(b.ctx(), wants, newID(), b.now.Add(time.Minute), b.now)
	b.must(err)
	return all
}

// ended is what came of a lease: taken, or not and then tried again in a while.
func (b *bundle) ended(d store.LeasedDelivery, in store.DeliveryState) store.DeliveryEnd {
	end := store.DeliveryEnd{DeliveryKey: d.DeliveryKey, Lease: d.Lease, State: in, Tried: b.now, Status: 200}
	if in != delivered {
		end.Status, end.Error = 500, "HTTP 500"
	}
	if in == pending {
		end.Due = b.now.Add(5 * time.Second)
	}
	return end
}

func (b *bundle) settle(ends ...store.DeliveryEnd) []store.Endpoint {
	b.Helper()
	disabled, err := b.s.SettleDeliveries(b.ctx(), ends, b.now)
	b.must(err)
	return disabled
}

// test adds a delivery.
func (b *bundle) test(k store.EndpointKey) store.Delivery {
	b.Helper()
	d, err := b.s.TestWebhook(b.ctx(), store.Request{}, k, newID(), b.now)
	b.must(err)
	return d
}

func deliveryLeases(b *bundle) {
	e, other := b.endpoint("demo"), b.endpoint("other")
	first := b.test(e.EndpointKey)
	b.now = b.now.Add(time.Millisecond)
	second := b.test(e.EndpointKey)
	b.test(other.EndpointKey)

	if got := b.leaseFrom(1, e.EndpointKey, other.EndpointKey); len(got) != 2 || got[0].DeliveryKey != first.DeliveryKey || string(got[0].Body) != string(first.Body) ||
		got[0].Endpoint.URL != e.URL {
		b.Errorf("leased %+v, want one of each, the longest due first", got)
	}
	got := b.leaseFrom(10, e.EndpointKey, other.EndpointKey)
	if len(got) != 1 || got[0].DeliveryKey != second.DeliveryKey {
		b.Fatalf("leased %+v, want the second one alone", got)
	}
	// A lease ends by itself, and then its holder has nothing to say.
	late := got[0]
	b.now = b.now.Add(time.Minute)
	again := b.leaseFrom(10, e.EndpointKey)
	if len(again) != 2 {
		b.Fatalf("leased %d after a minute, want both", len(again))
	}
	b.settle(b.ended(late, delivered))
	if n := len(b.deliveries(e.EndpointKey, pending)); n != 2 {
		b.Errorf("%d are pending after a late report, want 2", n)
	}
	b.settle(b.ended(again[0], delivered), b.ended(again[1], pending))
	if n := len(b.leaseFrom(10, e.EndpointKey)); n != 0 {
		b.Errorf("leased %d before its time", n)
	}
	b.now = b.now.Add(5 * time.Second)
	last := b.leaseFrom(10, e.EndpointKey)
	if len(last) != 1 || last[0].Attempts != 1 || last[0].Status != 500 || last[0].Error != "HTTP 500" {
		b.Fatalf("leased %+v, want the one that failed", last)
	}
	back := b.ended(last[0], pending) // handed back: costs no attempt
	back.Tried, back.Due = time.Time{}, b.now
	b.settle(back)
	last = b.leaseFrom(10, e.EndpointKey)
	if len(last) != 1 || last[0].Attempts != 1 || last[0].Status != 500 {
		b.Fatalf("leased %+v, want the one that was handed back", last)
	}
	b.settle(b.ended(last[0], failed))
	d := b.deliveries(e.EndpointKey, failed)
	if len(d) != 1 || d[0].Attempts != 2 || !d[0].Ended.Equal(b.now) || !d[0].Tried.Equal(b.now) {
		b.Errorf("failed: %+v", d)
	}
	b.settle(b.ended(last[0], delivered)) // twice
	if n := len(b.deliveries(e.EndpointKey, failed)); n != 1 {
		b.Errorf("%d failed after a second report, want 1", n)
	}
}

// deliveriesLeasedOnce leases from many at once: each delivery goes to one of them.
func deliveriesLeasedOnce(b *bundle) {
	e := b.endpoint("demo")
	const n = 40
	for range n {
		b.test(e.EndpointKey)
	}
	var mu sync.Mutex
	seen := map[store.DeliveryKey]int{}
	var group sync.WaitGroup
	for range 4 {
		group.Go(func() {
			for {
				all, err := b.s.LeaseDeliveries(b.ctx(), []store.DeliveryWant{{EndpointKey: e.EndpointKey, Count: 3}}, newID(), b.now.Add(time.Minute), b.now)
				if err != nil {
					b.Error(err)
				}
				if len(all) == 0 {
					return
				}
				mu.Lock()
				for _, d := range all {
					seen[d.DeliveryKey]++
				}
				mu.Unlock()
			}
		})
	}
	group.Wait()
	for _, d := range b.deliveries(e.EndpointKey, pending) {
		if seen[d.DeliveryKey] != 1 {
			b.Errorf("a delivery was leased %d times", seen[d.DeliveryKey])
		}
	}
	if len(seen) != n {
		b.Errorf("%d of %d were leased", len(seen), n)
	}
}

func dueWebhooks(b *bundle) {
	var want []store.EndpointKey
	for i := range 5 {
		e := b.endpoint(fmt.Sprintf("p%d", i/2))
		for range 3 {
			b.test(e.EndpointKey)
		}
		want = append(want, e.EndpointKey)
	}
	b.endpoint("p0") // has nothing
	later := b.endpoint("p9")
	b.test(later.EndpointKey)
	b.settle(b.ended(b.leaseFrom(1, later.EndpointKey)[0], pending))
	slices.SortFunc(want, func(a, b store.EndpointKey) int { return strings.Compare(a.Name(), b.Name()) })
	due := func(limit int) []store.EndpointKey {
		b.Helper()
		var all []store.EndpointKey
		for after := (store.EndpointKey{}); ; {
			some, err := b.s.DueWebhooks(b.ctx(), after, limit, b.now)
			b.must(err)
			if len(some) > limit {
				b.Fatalf("%d for a page of %d", len(some), limit)
			}
			if len(some) == 0 {
				return all
			}
			all, after = append(all, some...), some[len(some)-1]
		}
	}
	for _, limit := range []int{1, 2, 100} {
		if got := due(limit); !slices.Equal(got, want) {
			b.Errorf("by pages of %d: %v, want %v", limit, got, want)
		}
	}
	b.leaseFrom(10, want[1])
	if got := due(100); !slices.Equal(got, slices.Delete(slices.Clone(want), 1, 2)) {
		b.Errorf("with one leased: %v", got)
	}
	b.now = b.now.Add(5 * time.Second)
	if got := due(100); len(got) != 5 || got[4] != later.EndpointKey {
		b.Errorf("later: %v", got)
	}
}

func endpointsAreJudged(b *bundle) {
	e := b.endpoint("demo")
	fail := func() []store.Endpoint {
		b.Helper()
		b.test(e.EndpointKey)
		return b.settle(b.ended(b.leaseFrom(1, e.EndpointKey)[0], failed))
	}
	since := b.now
	fail()
	b.now = b.now.Add(store.WebhookPatience - time.Second)
	fail()
	if got := b.webhook(e.EndpointKey); !got.Enabled() || !got.FailingSince.Equal(since) {
		b.Errorf("a second before its time: %+v", got)
	}
	b.test(e.EndpointKey)
	b.settle(b.ended(b.leaseFrom(1, e.EndpointKey)[0], delivered))
	b.now = b.now.Add(time.Second)
	if got := b.webhook(e.EndpointKey); !got.Enabled() || !got.FailingSince.IsZero() {
		b.Errorf("after a success: %+v", got)
	}
	fail()
	b.test(e.EndpointKey)
	b.now = b.now.Add(store.WebhookPatience)
	disabled := fail()
	if len(disabled) != 1 || disabled[0].EndpointKey != e.EndpointKey || disabled[0].Reason != schedulerv1.WebhookEndpoint_FAILING {
		b.Errorf("disabled after five days: %+v", disabled)
	}
	if got := b.webhook(e.EndpointKey); got.Enabled() || got.Reason != schedulerv1.WebhookEndpoint_FAILING {
		b.Errorf("after five days: %+v", got)
	}

	// What is due for it is not sent, and nothing is added.
	if got := b.leaseFrom(10, e.EndpointKey); len(got) != 0 {
		b.Errorf("leased %d for a disabled endpoint", len(got))
	}
	if n := len(b.deliveries(e.EndpointKey, pending)); n != 0 {
		b.Errorf("%d are pending for a disabled endpoint", n)
	}
	_, err := b.s.TestWebhook(b.ctx(), store.Request{}, e.EndpointKey, newID(), b.now)
	b.wantConflict(err)

	gone := b.endpoint("demo")
	b.test(gone.EndpointKey)
	end := b.ended(b.leaseFrom(1, gone.EndpointKey)[0], failed)
	end.Status, end.Gone = 410, true
	if disabled := b.settle(end); len(disabled) != 1 || disabled[0].Reason != schedulerv1.WebhookEndpoint_GONE {
		b.Errorf("disabled after 410: %+v", disabled)
	}

	// A deleted endpoint's deliveries are not sent either, and a report for it is no error.
	deleted := b.endpoint("demo")
	b.test(deleted.EndpointKey)
	b.test(deleted.EndpointKey)
	under := b.leaseFrom(1, deleted.EndpointKey)[0]
	b.must(b.s.DeleteWebhook(b.ctx(), store.Request{}, deleted.EndpointKey, b.now))
	b.settle(b.ended(under, failed))
	if got := b.leaseFrom(10, deleted.EndpointKey); len(got) != 0 {
		b.Errorf("leased %d for a deleted endpoint", len(got))
	}
	if due, err := b.s.DueWebhooks(b.ctx(), store.EndpointKey{}, 10, b.now); err != nil || len(due) != 0 {
		b.Errorf("due: %v, %v", due, err)
	}
}

func deliveriesAreReplayed(b *bundle) {
	e := b.endpoint("demo")
	begin := b.now
	var all []store.Delivery
	for range 4 {
		all = append(all, b.test(e.EndpointKey))
		b.now = b.now.Add(time.Minute)
	}
	leased := b.leaseFrom(4, e.EndpointKey)
	slices.SortFunc(leased, func(a, b store.LeasedDelivery) int { return strings.Compare(a.Delivery.Delivery, b.Delivery.Delivery) })
	// One that is being sent stays as it is.
	busy, err := b.s.ReplayDelivery(b.ctx(), store.Request{}, all[0].DeliveryKey, b.now)
	b.must(err)
	if busy.State != pending || !busy.Due.After(b.now) {
		b.Errorf("replayed while it is sent: %+v", busy)
	}
	b.settle(b.ended(leased[0], delivered), b.ended(leased[1], failed), b.ended(leased[2], failed), b.ended(leased[3], failed))

	// Many: those that failed, since a time, up to so many.
	r := store.Request{Method: "ReplayWebhookDeliveries", ID: "once", Hash: "h"}
	for range 2 { // the same request counts the same, and does it once
		n, err := b.s.ReplayDeliveries(b.ctx(), r, e.EndpointKey, begin.Add(2*time.Minute), 1, b.now)
		b.must(err)
		if n != 1 {
			b.Errorf("replayed %d, want 1", n)
		}
	}
	if got := b.deliveries(e.EndpointKey, pending); len(got) != 1 || got[0].DeliveryKey != all[2].DeliveryKey || got[0].Attempts != 0 || !got[0].Due.Equal(b.now) || !got[0].Ended.IsZero() {
		b.Errorf("replayed: %+v, want the third", got)
	}
	n, err := b.s.ReplayDeliveries(b.ctx(), store.Request{}, e.EndpointKey, time.Time{}, 1000, b.now)
	b.must(err)
	if got := b.deliveries(e.EndpointKey, pending); n != 2 || len(got) != 3 {
		b.Errorf("replayed %d, and %d are pending; want 2 and 3", n, len(got))
	}

	// One, whatever became of it, under its old id.
	one := store.Request{Method: "ReplayWebhookDelivery", ID: "once", Hash: "h"}
	for range 2 {
		got, err := b.s.ReplayDelivery(b.ctx(), one, all[0].DeliveryKey, b.now)
		b.must(err)
		if got.DeliveryKey != all[0].DeliveryKey || got.State != pending || got.Attempts != 0 || string(got.Body) != string(all[0].Body) {
			b.Errorf("replayed %+v", got)
		}
	}
	if n := len(b.leaseFrom(10, e.EndpointKey)); n != 4 {
		b.Errorf("leased %d after replays, want 4", n)
	}
	_, err = b.s.ReplayDelivery(b.ctx(), store.Request{}, store.DeliveryKey{EndpointKey: e.EndpointKey, Delivery: newID()}, b.now)
	b.wantErr(err, store.ErrNotFound)
	_, err = b.s.ReplayDeliveries(b.ctx(), store.Request{}, store.EndpointKey{Project: "demo", ID: newID()}, begin, 1, b.now)
	b.wantErr(err, store.ErrNotFound)

	_, err = b.s.ChangeWebhook(b.ctx(), store.Request{}, e.EndpointKey, func(e *store.Endpoint) { e.State = schedulerv1.WebhookEndpoint_DISABLED }, b.now)
	b.must(err)
	_, err = b.s.ReplayDelivery(b.ctx(), store.Request{}, all[0].DeliveryKey, b.now)
	b.wantConflict(err)
	_, err = b.s.ReplayDeliveries(b.ctx(), store.Request{}, e.EndpointKey, begin, 1, b.now)
	b.wantConflict(err)
}

func deliveriesAreForgotten(b *bundle) {
	e := b.endpoint("demo")
	for range 5 {
		b.test(e.EndpointKey)
	}
	leased := b.leaseFrom(4, e.EndpointKey)
	b.settle(b.ended(leased[0], delivered), b.ended(leased[1], failed), b.ended(leased[2], delivered), b.ended(leased[3], pending))
	forget := func(before time.Time, limit, want int) {
		b.Helper()
		if n, err := b.s.ForgetDeliveries(b.ctx(), before, limit); err != nil || n != want {
			b.Errorf("forgot %d, %v; want %d", n, err, want)
		}
	}
	forget(b.now, 10, 0)
	forget(b.now.Add(time.Second), 2, 2)
	forget(b.now.Add(time.Second), 2, 1)
	forget(b.now.Add(time.Hour), 10, 0)
	if n := len(b.deliveries(e.EndpointKey, anyState)); n != 2 {
		b.Errorf("%d deliveries are left, want the 2 that are on their way", n)
	}

	// Pages of what is left.
	all := b.deliveries(e.EndpointKey, pending)
	page, err := b.s.ListDeliveries(b.ctx(), e.EndpointKey, pending, all[0].Delivery, 10)
	b.must(err)
	if len(page) != 1 || page[0].DeliveryKey != all[1].DeliveryKey {
		b.Errorf("second page: %+v", page)
	}
}
