package drive

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"gocloud.dev/blob/memblob"

	schedulerv1 "github.com/sheetreel/sheetreel/gen/sheetreel/scheduler/v1"
	"github.com/sheetreel/sheetreel/kit/errs"
	"github.com/sheetreel/sheetreel/kit/quota"
	"github.com/sheetreel/sheetreel/kit/retry"
	"github.com/sheetreel/sheetreel/services/render/probe"
	"github.com/sheetreel/sheetreel/services/render/provider"
)

// shop is a provider that has all in stock, or refuses to sell.
type shop struct{ refuses error }

func (shop) Describe() provider.Description {
	return provider.Description{Name: "shop", Kinds: []provider.TaskKind{provider.SceneImage}, Features: provider.Features{Idempotent: true}}
}

func (shop) Quote(context.Context, provider.Task) (provider.Price, error) {
	return provider.Price{Known: true, Micros: 20_000, MostMicros: 20_001, Currency: "USD", Unit: "image", Units: 1}, nil
}

func (s shop) Submit(context.Context, provider.Task, string) (provider.Handle, error) {
	return "1", s.refuses
}
func (shop) Find(context.Context, string) (provider.Handle, bool, error) { return "", false, nil }

func (shop) Poll(context.Context, provider.Handle) (provider.Status, error) {
	return provider.Status{State: provider.Succeeded}, nil
}
func (shop) Cancel(context.Context, provider.Handle) error { return nil }

func (shop) Fetch(_ context.Context, _ provider.Handle, _ provider.Status, w io.Writer) error {
	_, err := io.WriteString(w, "a picture")
	return err
}

func (shop) HandleCallback(http.Header, []byte) (provider.Handle, error) {
	return "", errors.New("none")
}

// till notes what is asked, and refuses an action.
type till struct {
	asked, back []string
	cost        int
	refuses     string
}

func (l *till) Acquire(_ context.Context, c quota.Call) (quota.Permit, error) {
	action := c.Descriptors["action"]
	if c.Descriptors["provider"] != "shop" || c.Descriptors["project"] != "demo" {
		return quota.Permit{}, errors.New("asked for somebody else")
	}
	if action == l.refuses {
		return quota.Permit{}, errs.RateLimited(time.Hour, "spent")
	}
	l.asked = append(l.asked, action)
	l.cost += c.Cost
	return quota.Permit{ID: action, Granted: c.Cost}, nil
}

func (l *till) Cancel(_ context.Context, p quota.Permit) error {
	if p.ID != "" {
		l.back = append(l.back, p.ID)
	}
	return nil
}

func TestLimitsAreAsked(t *testing.T) {
	bucket := memblob.OpenBucket(nil)
	defer bucket.Close()
	buy := func(s shop, l *till, key string) error {
		d := New(s, Config{}, Deps{Journal: BlobJournal{bucket}, Quota: l})
		_, err := d.Do(t.Context(), Order{
			Key: key, Project: "demo", Task: provider.Task{Kind: provider.SceneImage}, Path: filepath.Join(t.TempDir(), "x"),
		})
		return err
	}
	paid := &till{}
	if err := buy(shop{}, paid, "a"); err != nil {
		t.Fatal(err)
	}
	// Two hundredths and a bit are three.
	if want := []string{ActionTask, ActionSpend, ActionSubmit}; !slices.Equal(paid.asked, want) || paid.cost != 1+3+1 || !slices.Equal(paid.back, []string{ActionTask}) {
		t.Errorf("asked %v for %d, gave back %v", paid.asked, paid.cost, paid.back)
	}
	again := &till{}
	if err := buy(shop{}, again, "a"); err != nil || !slices.Equal(again.asked, []string{ActionTask}) {
		t.Errorf("what was bought: %v, asked %v", err, again.asked)
	}
	refused := &till{}
	no := &provider.Error{Class: schedulerv1.FailureClass_PERMANENT, Err: errors.New("no")}
	if err := buy(shop{no}, refused, "b"); !errors.Is(err, no.Err) || !slices.Equal(refused.back, []string{ActionSpend, ActionTask}) {
		t.Errorf("not sold: %v, gave back %v", err, refused.back)
	}
	broke := &till{refuses: ActionSpend}
	err := buy(shop{}, broke, "c")
	var failed *provider.Error
	if !errors.As(err, &failed) || failed.Class != schedulerv1.FailureClass_UPSTREAM_RATE_LIMITED || failed.RetryAfter != time.Hour || !slices.Equal(broke.back, []string{ActionTask}) {
		t.Errorf("without money: %v, gave back %v", err, broke.back)
	}
}

func TestJournalForgets(t *testing.T) {
	bucket := memblob.OpenBucket(nil)
	defer bucket.Close()
	j := BlobJournal{bucket}
	if err := j.Save(t.Context(), "a", Entry{Handle: "1"}); err != nil {
		t.Fatal(err)
	}
	for _, tc := range []struct {
		before time.Time
		stays  bool
	}{{time.Now().Add(-time.Hour), true}, {time.Now().Add(time.Hour), false}} {
		if err := j.Forget(t.Context(), tc.before); err != nil {
			t.Fatal(err)
		}
		if e, ok, err := j.Load(t.Context(), "a"); err != nil || ok != tc.stays || ok && e.Handle != "1" {
			t.Errorf("entry %+v, %v, %v", e, ok, err)
		}
	}
	if err := j.Drop(t.Context(), "a"); err != nil {
		t.Errorf("what is not there: %v", err)
	}
}

// TestMachineTroubleIsNoBadResult: what was bought is not given up because this machine cannot look at it.
func TestMachineTroubleIsNoBadResult(t *testing.T) {
	for _, trouble := range []error{
		fmt.Errorf("probe: %w", probe.ErrMachine),
		&provider.Error{Class: schedulerv1.FailureClass_SYSTEM, Err: errors.New("no room")},
	} {
		bucket := memblob.OpenBucket(nil)
		defer bucket.Close()
		d := New(shop{}, Config{Trouble: retry.Policy{Initial: time.Nanosecond, Multiplier: 1, Max: time.Nanosecond}}, Deps{Journal: BlobJournal{bucket}})
		o := Order{
			Key: "a", Task: provider.Task{Kind: provider.SceneImage}, Path: filepath.Join(t.TempDir(), "x"),
			Check: func(context.Context, string) error { return trouble },
		}
		_, err := d.Do(t.Context(), o)
		e, ok, _ := d.Journal.Load(t.Context(), digest("shop", o))
		if provider.ClassOf(err) != schedulerv1.FailureClass_SYSTEM || !ok || e.Handle != "1" || e.Try != 0 {
			t.Errorf("%v, and in the journal %+v", err, e)
		}
	}
}
