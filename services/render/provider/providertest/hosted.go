package providertest

import (
	"context"
	"errors"
	"os"
	"reflect"
	"slices"
	"testing"
	"time"

	schedulerv1 "github.com/sheetreel/sheetreel/gen/sheetreel/scheduler/v1"
	"github.com/sheetreel/sheetreel/services/render/provider"
	"github.com/sheetreel/sheetreel/services/render/provider/drive"
	"github.com/sheetreel/sheetreel/services/render/provider/fakehttp"
)

// Hosted is what a provider elsewhere must pass: tests 1 to 13.
func Hosted(t *testing.T, s Subject) {
	s.in(t, "1 describes itself", all(), describes)
	s.in(t, "2 keeps to its quote", all(), quotes)
	s.in(t, "3 the same order is one order", all(), once)
	s.in(t, "3 the same order without keys", Options{Find: true}, once)
	s.in(t, "3 the same order without a way to find it", Options{Idempotent: true}, once)
	s.in(t, "3 what cannot be known is not bought again", Options{}, unsure)
	s.in(t, "4 states move forward", all(), forward)
	s.in(t, "5 cancel", all(), cancels)
	s.in(t, "6 callbacks", all(), callbacks)
	s.in(t, "7 trouble", all(), trouble)
	s.in(t, "7 held back", all(), throttled)
	s.in(t, "8 addresses expire", all(), expires)
	s.in(t, "9 bad results", all(), refuses)
	s.in(t, "10 crashes", all(), crashes)
	s.in(t, "11 never too many at once", Options{Idempotent: true, Find: true, Concurrent: 2}, few)
	s.in(t, "12 any text", all(), anyText)
	s.in(t, "13 secrets", all(), secrets)
}

func describes(w *world) {
	d := w.hosted.Describe()
	if again := w.hosted.Describe(); !reflect.DeepEqual(d, again) {
		w.t.Errorf("described as %+v, then as %+v", d, again)
	}
	if d.Name == "" || !d.Makes(w.about.Task.Kind) {
		w.t.Errorf("described as %+v", d)
	}
	price, err := w.hosted.Quote(w.t.Context(), w.about.Task)
	if err != nil || price.Why == "" || price.Known && !d.Prices.Expires.After(d.Prices.Fetched) {
		w.t.Errorf("quote %+v, %v", price, err)
	}
	if !price.Known {
		w.t.Error("there is no price to be tested")
	}
	<-time.After(time.Until(d.Prices.Expires)) // the bubble's clock
	if old, err := w.hosted.Quote(w.t.Context(), w.about.Task); err != nil || old.Known || old.Micros != 0 || old.Why == "" {
		w.t.Errorf("an old price is quoted: %+v, %v", old, err)
	}
}

func quotes(w *world) {
	receipt := w.do(w.order("paid"))
	if receipt.Micros == nil || *receipt.Micros < receipt.Price.Micros || *receipt.Micros > receipt.Price.MostMicros {
		w.t.Errorf("quoted %+v, took %v", receipt.Price, receipt.Micros)
	}
	w.fake.Misbehave(fakehttp.Trouble{FailAt: 97, FailCode: "gpu_lost"})
	receipt, err := w.driver.Do(w.t.Context(), w.order("failed"))
	var failed *provider.Error
	if !errors.As(err, &failed) || failed.Billed || receipt.Micros != nil {
		w.t.Errorf("a failed order: %v, took %v", err, receipt.Micros)
	}
}

func once(w *world) {
	w.do(w.order("a"))
	w.do(w.order("a"))
	w.bought(1)
	w.fake.Misbehave(fakehttp.Trouble{LoseSubmits: 1})
	w.do(w.order("b"))
	w.bought(2)
	w.fake.Misbehave(fakehttp.Trouble{DropSubmits: 2})
	w.do(w.order("c"))
	w.bought(3)
}

// unsure is a provider that cannot tell what was ordered.
func unsure(w *world) {
	w.fake.Misbehave(fakehttp.Trouble{LoseSubmits: 1})
	for range 2 {
		_, err := w.driver.Do(w.t.Context(), w.order("a"))
		var failed *provider.Error
		if !errors.As(err, &failed) || !failed.Unsure || failed.Class != schedulerv1.FailureClass_PERMANENT {
			w.t.Errorf("an order without an answer: %v", err)
		}
		w.bought(1)
	}
}

func forward(w *world) {
	w.fake.Misbehave(fakehttp.Trouble{Backwards: true})
	o := w.order("a")
	var seen []float64
	o.Progress = func(percent float64) { seen = append(seen, percent) }
	w.do(o)
	if len(seen) < 2 || !slices.IsSorted(seen) || seen[len(seen)-1] != 100 {
		w.t.Errorf("progress %v", seen)
	}
	status, err := w.hosted.Poll(w.t.Context(), provider.Handle(w.fake.Orders()[0].ID))
	if err != nil || status.State != provider.Succeeded {
		w.t.Errorf("afterwards %v, %v", status.State, err)
	}
	w.fake.Misbehave(fakehttp.Trouble{FailAt: 97, FailCode: "gpu_lost"})
	if _, err := w.driver.Do(w.t.Context(), w.order("b")); err == nil {
		w.t.Error("a failed order succeeded")
	}
	w.fake.Misbehave(fakehttp.Trouble{})
	w.do(w.order("b")) // the next attempt is another order
	w.bought(3)
}

func cancels(w *world) {
	o := w.order("before")
	ctx, cancel := context.WithCancelCause(w.t.Context())
	cancel(provider.ErrUnwanted)
	if _, err := w.driver.Do(ctx, o); !errors.Is(err, provider.ErrUnwanted) {
		w.t.Errorf("cancelled before: %v", err)
	}
	w.bought(0)

	o = w.order("during")
	ctx, cancel = context.WithCancelCause(w.t.Context())
	o.Progress = func(float64) { cancel(provider.ErrUnwanted) }
	if _, err := w.driver.Do(ctx, o); !errors.Is(err, provider.ErrUnwanted) {
		w.t.Errorf("cancelled during: %v", err)
	}
	w.bought(1)
	if got := w.fake.Orders()[0]; got.State != "cancelled" || got.Cancelled != 1 || w.written() != 0 {
		w.t.Errorf("order %+v, %d written down", got, w.written())
	}
	if _, err := os.Stat(o.Path); !errors.Is(err, os.ErrNotExist) {
		w.t.Errorf("something is left of it: %v", err)
	}

	w.do(w.order("after"))
	for range 2 {
		for _, id := range []provider.Handle{provider.Handle(w.fake.Orders()[1].ID), "no-such-order"} {
			if err := w.hosted.Cancel(w.t.Context(), id); err != nil {
				w.t.Errorf("cancelled after the end: %v", err)
			}
		}
	}
	if got := w.fake.Orders()[1]; got.State != "succeeded" {
		w.t.Errorf("order %+v", got)
	}
}

func callbacks(w *world) {
	o := w.order("a")
	began := time.Now()
	o.Progress = func(percent float64) {
		if len(w.fake.Orders()) == 0 || percent == 100 {
			return
		}
		id := w.fake.Orders()[0].ID
		for _, body := range []string{
			`{"id":"` + id + `","status":"failed"}`, `{"id":"` + id + `","status":"done","url":"https://elsewhere.example/x","output":["https://elsewhere.example/x"]}`,
			`{"id":"` + id + `","status":"queued"}`, `{"id":"no-such-order","status":"done"}`, `{}`, `[`, "", `{"id":{}}`,
		} {
			_ = w.driver.Hint(nil, []byte(body)) // most mean nothing
		}
	}
	w.do(o)
	w.bought(1)
	if data, err := os.ReadFile(o.Path); err != nil || !slices.Equal(data, w.about.Result) {
		w.t.Errorf("%d bytes, %v", len(data), err)
	}
	if seen := w.fake.Seen(); seen.Polls > 2+int(time.Since(began)/time.Second) {
		w.t.Errorf("%d polls in %v", seen.Polls, time.Since(began))
	}
}

func trouble(w *world) {
	for i, t := range []fakehttp.Trouble{
		{RefuseSubmits: 2, Code: 429, RetryAfter: 20 * time.Second},
		{RefuseSubmits: 1, Code: 503},
		{RefuseSubmits: 1, Code: 500},
		{RefusePolls: 3, Code: 429, RetryAfter: 7 * time.Second},
		{RefusePolls: 3, Code: 502},
		{Garbage: 2},
		{BreakDownloads: 1},
	} {
		w.fake.Misbehave(t)
		w.do(w.order(string(rune('a' + i))))
		w.bought(i + 1)
	}
	if early := w.fake.Seen().Early; early > 0 {
		w.t.Errorf("%d calls came before they should", early)
	}
	w.fake.Misbehave(fakehttp.Trouble{RefuseSubmits: 1000, RefusePolls: 1000, Code: 500})
	before := w.fake.Seen()
	if _, err := w.driver.Do(w.t.Context(), w.order("z")); err == nil {
		w.t.Error("a provider that is down succeeded")
	}
	if calls := w.fake.Seen().Submits - before.Submits; calls > 10 {
		w.t.Errorf("a provider that is down got %d orders", calls)
	}
	w.fake.Misbehave(fakehttp.Trouble{RefuseSubmits: 1000, Code: 429, RetryAfter: time.Hour})
	_, err := w.driver.Do(w.t.Context(), w.order("y"))
	var failed *provider.Error
	if !errors.As(err, &failed) || failed.Class != schedulerv1.FailureClass_UPSTREAM_RATE_LIMITED || failed.RetryAfter != time.Hour {
		w.t.Errorf("asked to come back in an hour: %v", err)
	}
}

// throttled is an order that is taken and held back.
func throttled(w *world) {
	w.fake.Misbehave(fakehttp.Trouble{Throttle: 3})
	w.do(w.order("a"))
	w.fake.Misbehave(fakehttp.Trouble{Throttle: 1000})
	_, err := w.driver.Do(w.t.Context(), w.order("b"))
	var failed *provider.Error
	if !errors.As(err, &failed) || failed.Class != schedulerv1.FailureClass_UPSTREAM_RATE_LIMITED || failed.RetryAfter <= 0 {
		w.t.Errorf("held back for long: %v", err)
	}
	w.fake.Misbehave(fakehttp.Trouble{})
	w.restart()
	w.do(w.order("b"))
	w.bought(2)
}

func expires(w *world) {
	w.fake.Misbehave(fakehttp.Trouble{ExpireURLs: 1})
	w.do(w.order("a"))
	w.fake.Misbehave(fakehttp.Trouble{ExpireURLs: 1000})
	if _, err := w.driver.Do(w.t.Context(), w.order("b")); !errors.Is(err, provider.ErrExpired) {
		w.t.Errorf("an address that is never good: %v", err)
	}
	w.fake.Misbehave(fakehttp.Trouble{})
	w.do(w.order("b"))
	w.bought(2)
}

func refuses(w *world) {
	check := func(key string) {
		o := w.order(key)
		o.Check = w.about.Check
		_, err := w.driver.Do(w.t.Context(), o)
		var failed *provider.Error
		if !errors.As(err, &failed) || failed.Code != "bad_result" {
			w.t.Errorf("%s: %v", key, err)
		}
		if _, err := os.Stat(o.Path); !errors.Is(err, os.ErrNotExist) {
			w.t.Errorf("%s: something is left of it: %v", key, err)
		}
	}
	for name, result := range w.about.Bad {
		w.fake.Give(result)
		check(name)
	}
	w.fake.Give(w.about.Result)
	w.fake.Misbehave(fakehttp.Trouble{Endless: true})
	check("without an end")
	w.fake.Misbehave(fakehttp.Trouble{})
	good := w.order("good")
	good.Check = w.about.Check
	w.do(good)
}

// forgetful is a journal of a worker that dies before it has written down the answer to an order.
type forgetful struct{ drive.Journal }

var errDied = errors.New("died")

func (f forgetful) Save(ctx context.Context, key string, e drive.Entry) error {
	if e.Handle != "" {
		return errDied
	}
	return f.Journal.Save(ctx, key, e)
}

func crashes(w *world) {
	dying := w.drive(forgetful{drive.BlobJournal{Bucket: w.orders}})
	if _, err := dying.Do(w.t.Context(), w.order("a")); !errors.Is(err, errDied) {
		w.t.Errorf("died between order and journal: %v", err)
	}
	w.restart()
	w.do(w.order("a"))
	w.bought(1)

	o := w.order("b")
	ctx, cancel := context.WithCancelCause(w.t.Context())
	o.Progress = func(float64) { cancel(errDied) }
	if _, err := w.driver.Do(ctx, o); !errors.Is(err, errDied) {
		w.t.Errorf("died between poll and fetch: %v", err)
	}
	w.restart()
	w.do(w.order("b"))
	w.bought(2)

	w.fake.Misbehave(fakehttp.Trouble{Forget: true})
	if _, err := w.driver.Do(w.t.Context(), w.order("b")); err == nil {
		w.t.Error("an order that nobody knows succeeded")
	}
	w.fake.Misbehave(fakehttp.Trouble{})
	w.do(w.order("b"))
	w.bought(3)
}
