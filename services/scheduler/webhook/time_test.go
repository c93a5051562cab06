package webhook

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	schedulerv1 "github.com/sheetreel/sheetreel/gen/sheetreel/scheduler/v1"
	"github.com/sheetreel/sheetreel/services/scheduler/store"
)

// inMemory gives a sender whose requests go over a wire in memory, and whose waits are the middle of what is possible.
func (b *bundle) inMemory(s store.Webhooks, w wire) *Sender {
	sender := b.sender(development, s)
	sender.client.Transport = w
	sender.random = func() float64 { return 0.5 }
	return sender
}

// The whole schedule: eight attempts in a bit more than a day, each a tick after it is due at the latest, with one id.
func TestSchedule(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := setup(t)
		begin := time.Now()
		var at []time.Duration
		var ids []string
		sender := b.inMemory(b.store, func(r *http.Request) (*http.Response, error) {
			at, ids = append(at, time.Since(begin)), append(ids, r.Header.Get(headerID))
			return respond(503)
		})
		sender.poll = 15 * time.Second
		stop := b.run(sender)
		k := b.add(b.endpoint("https://example.com/"))
		time.Sleep(40 * time.Hour)
		stop()
		due := time.Duration(0)
		for i, wait := range append([]time.Duration{0}, waits()...) {
			due += wait
			if i >= len(at) {
				break
			}
			if late := at[i] - due; late < 0 || late > sender.poll {
				t.Errorf("attempt %d after %v, want %v", i+1, at[i], due)
			}
			due = at[i]
		}
		if len(at) != 8 || len(slices.Compact(ids)) != 1 {
			t.Errorf("%d attempts, ids %v", len(at), ids)
		}
		if d := b.delivery(k); d.State != failed || d.Attempts != 8 || d.Status != 503 {
			t.Errorf("in the end %+v", d)
		}
	})
}

func TestRetryAfterPutsOff(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := setup(t)
		begin := time.Now()
		var at []time.Duration
		stop := b.run(b.inMemory(b.store, func(*http.Request) (*http.Response, error) {
			if at = append(at, time.Since(begin)); len(at) == 1 {
				return respond(429, "Retry-After", "60")
			}
			return respond(200)
		}))
		e := b.endpoint("https://example.com/")
		b.add(e)
		time.Sleep(10 * time.Second)
		b.add(e) // waits too: the endpoint as a whole is left alone
		time.Sleep(5 * time.Minute)
		stop()
		if len(at) != 3 || at[1] < time.Minute || at[1] > 62*time.Second || at[2] > 62*time.Second {
			t.Errorf("attempts after %v, want the second and third after a minute", at)
		}
	})
}

// One endpoint hangs, with much for it; all others get theirs at once.
func TestSlowEndpointHoldsUpNobody(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := setup(t)
		var hanging, most atomic.Int32
		begin := time.Now()
		s := b.settled()
		stop := b.run(b.inMemory(s, func(r *http.Request) (*http.Response, error) {
			if r.URL.Host != "slow.example" {
				return respond(200)
			}
			most.Store(max(most.Load(), hanging.Add(1)))
			defer hanging.Add(-1)
			<-r.Context().Done()
			return nil, r.Context().Err()
		}))
		slow := b.endpoint("https://slow.example/")
		for range 100 {
			b.add(slow)
		}
		synctest.Wait()
		for range 20 {
			b.add(b.endpoint("https://example.com/"))
		}
		for range 20 {
			if end := <-s.ends; end.State != delivered {
				t.Errorf("settled %+v, want those of the others first", end)
			}
		}
		if took := time.Since(begin); took > time.Second {
			t.Errorf("the others had to wait %v", took)
		}
		time.Sleep(time.Hour)
		stop()
		if got := most.Load(); got != laneMost {
			t.Errorf("%d requests at once to one endpoint, want %d", got, laneMost)
		}
		// Broken since the second batch timed out: probes from then on, by pauses up to ten minutes.
		tried := 0
		all, err := b.store.ListDeliveries(context.Background(), slow.EndpointKey, schedulerv1.WebhookDelivery_STATE_UNSPECIFIED, "", 1000)
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range all {
			tried += int(d.Attempts)
		}
		if tried < 10 || tried > 20 {
			t.Errorf("%d attempts in an hour, want the first eight and some probes", tried)
		}
	})
}

// More is due than can be under way at once: everybody gets something before anybody gets a second helping.
func TestManyEndpointsTakeTurns(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := setup(t)
		const endpoints = 2*sendMost/laneMost + 2
		var all []store.Endpoint
		for range endpoints {
			e := b.endpoint("https://example.com/")
			all = append(all, e)
			for range 2 * laneMost {
				b.add(e)
			}
		}
		s := b.settled()
		stop := b.run(b.inMemory(s, func(*http.Request) (*http.Response, error) {
			time.Sleep(time.Second)
			return respond(200)
		}))
		begin := time.Now()
		first := map[store.EndpointKey]time.Duration{}
		for range endpoints * 2 * laneMost {
			end := <-s.ends
			if _, ok := first[end.EndpointKey]; !ok {
				first[end.EndpointKey] = time.Since(begin)
			}
		}
		stop()
		for _, e := range all {
			if took := first[e.EndpointKey]; took > 3*time.Second {
				t.Errorf("an endpoint had to wait %v for its first request", took)
			}
		}
	})
}

// When the endpoint is well again, everything that waited comes soon.
func TestBreakerCloses(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := setup(t)
		var well atomic.Bool
		s := b.settled()
		stop := b.run(b.inMemory(s, func(*http.Request) (*http.Response, error) {
			if well.Load() {
				return respond(200)
			}
			return nil, errors.New("connection refused")
		}))
		e := b.endpoint("https://example.com/")
		for range 50 {
			b.add(e)
		}
		time.Sleep(2 * time.Minute)
		well.Store(true)
		time.Sleep(15 * time.Minute)
		stop()
		left, err := b.store.ListDeliveries(context.Background(), e.EndpointKey, pending, "", 100)
		if err != nil || len(left) > 0 && len(left) != int(countTried(left)) {
			t.Errorf("%d are left, %v", len(left), err)
		}
		if got := b.read(e.EndpointKey); !got.FailingSince.IsZero() {
			t.Errorf("it still counts as failing since %v", got.FailingSince)
		}
	})
}

// countTried counts those that were tried themselves, and so wait for a time of their own.
func countTried(all []store.Delivery) (n int32) {
	for _, d := range all {
		n += min(d.Attempts, 1)
	}
	return n
}

func TestDisabledAfterFiveDays(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := setup(t)
		sender := b.inMemory(b.store, func(*http.Request) (*http.Response, error) { return respond(500) })
		sender.poll = 10 * time.Minute
		stop := b.run(sender)
		e := b.endpoint("https://example.com/")
		for day := range 5 {
			if got := b.read(e.EndpointKey); !got.Enabled() {
				t.Errorf("disabled after %d days", day)
			}
			b.add(e)
			time.Sleep(24 * time.Hour)
		}
		time.Sleep(12 * time.Hour)
		stop()
		if got := b.read(e.EndpointKey); got.Enabled() || got.Reason != schedulerv1.WebhookEndpoint_FAILING {
			t.Errorf("after five days of failures: %+v", got)
		}
	})
}

// While the store cannot write what came of a delivery, it is not sent again.
func TestSettlesWhenTheStoreIsBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := setup(t)
		left, sent := 3, 0
		s := flaky{b.settled(), &left}
		b.run(b.inMemory(s, func(*http.Request) (*http.Response, error) {
			sent++
			return respond(200)
		}))
		k := b.add(b.endpoint("https://example.com/"))
		<-s.ends
		if d := b.delivery(k); d.State != delivered || sent != 1 {
			t.Errorf("sent %d times, then %+v", sent, d)
		}
	})
}

// A sender that is stopped gives its requests a moment, and then hands them back.
func TestStopHandsBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := setup(t)
		stop := b.run(b.inMemory(b.store, func(r *http.Request) (*http.Response, error) {
			if r.URL.Host == "slow.example" {
				<-r.Context().Done()
				return nil, r.Context().Err()
			}
			time.Sleep(time.Second)
			return respond(200)
		}))
		slow, fast := b.add(b.endpoint("https://slow.example/")), b.add(b.endpoint("https://example.com/"))
		synctest.Wait()
		begin := time.Now()
		stop()
		if took := time.Since(begin); took != graceTime {
			t.Errorf("stopped after %v, want %v", took, graceTime)
		}
		if d := b.delivery(slow); d.State != pending || d.Attempts != 0 || d.Due.After(time.Now()) {
			t.Errorf("broken off: %+v", d)
		}
		if d := b.delivery(fast); d.State != delivered {
			t.Errorf("finished in time: %+v", d)
		}
		b.run(b.inMemory(b.store, func(*http.Request) (*http.Response, error) { return respond(200) }))
		time.Sleep(time.Second)
		if d := b.delivery(slow); d.State != delivered || d.Attempts != 1 {
			t.Errorf("sent by the next one: %+v", d)
		}
	})
}

// Old deliveries go.
func TestForgets(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := setup(t)
		sender := b.inMemory(b.store, func(*http.Request) (*http.Response, error) { return respond(200) })
		sender.config.Keep = 24 * time.Hour
		sender.poll = time.Minute
		b.run(sender)
		k := b.add(b.endpoint("https://example.com/"))
		time.Sleep(24 * time.Hour)
		b.delivery(k)
		time.Sleep(forgetEvery + time.Minute)
		if _, err := b.store.Delivery(context.Background(), k); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("a day later: %v, want not found", err)
		}
	})
}
