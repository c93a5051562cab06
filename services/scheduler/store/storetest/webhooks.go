package storetest

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/google/go-cmp/cmp"

	schedulerv1 "github.com/sheetreel/sheetreel/gen/sheetreel/scheduler/v1"
	"github.com/sheetreel/sheetreel/services/scheduler/state"
	"github.com/sheetreel/sheetreel/services/scheduler/store"
	"github.com/sheetreel/sheetreel/services/scheduler/webhook/notice"
)

const (
	pending   = schedulerv1.WebhookDelivery_PENDING
	delivered = schedulerv1.WebhookDelivery_DELIVERED
	failed    = schedulerv1.WebhookDelivery_FAILED
	anyState  = schedulerv1.WebhookDelivery_STATE_UNSPECIFIED
)

// endpoint makes an enabled endpoint that hears of some types, or of all.
func (b *bundle) endpoint(project string, types ...notice.Type) store.Endpoint {
	b.Helper()
	e := store.Endpoint{
		EndpointKey: store.EndpointKey{Project: project, ID: newID()}, URL: "https://example.com/" + newID(), DisplayName: "test",
		State: schedulerv1.WebhookEndpoint_ENABLED, Secret: store.Secret("secret"),
	}
	for _, t := range types {
		e.Types |= notice.Set(t)
	}
	stored, err := b.s.CreateWebhook(b.ctx(), store.Request{}, e, 100, b.now)
	b.must(err)
	return stored
}

func (b *bundle) webhook(k store.EndpointKey) store.Endpoint {
	b.Helper()
	e, err := b.s.Webhook(b.ctx(), k)
	b.must(err)
	return e
}

func (b *bundle) deliveries(k store.EndpointKey, in store.DeliveryState) []store.Delivery {
	b.Helper()
	all, err := b.s.ListDeliveries(b.ctx(), k, in, "", 1000)
	b.must(err)
	return all
}

// wantHeard fails unless an endpoint was told of these types, oldest first.
func (b *bundle) wantHeard(e store.Endpoint, want ...notice.Type) []store.Delivery {
	b.Helper()
	all := b.deliveries(e.EndpointKey, anyState)
	slices.Reverse(all)
	var got []notice.Type
	for _, d := range all {
		got = append(got, d.Type)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		b.Errorf("%s heard (-want +got):\n%s", e.DisplayName, diff)
	}
	return all
}

func endpoints(b *bundle) {
	r := store.Request{Method: "CreateWebhookEndpoint", ID: "once", Hash: "h"}
	e := store.Endpoint{
		EndpointKey: store.EndpointKey{Project: "demo", ID: newID()}, URL: "https://example.com/", DisplayName: "Äpfel", Types: notice.Set(notice.BulkJobPaused),
		State: schedulerv1.WebhookEndpoint_ENABLED, Secret: store.Secret{0, 1, 255},
	}
	stored, err := b.s.CreateWebhook(b.ctx(), r, e, 2, b.now)
	b.must(err)
	e.Created, e.Updated = b.now, b.now
	same := func(what string, want, got store.Endpoint) {
		b.Helper()
		if diff := cmp.Diff(want, got); diff != "" {
			b.Errorf("%s (-want +got):\n%s", what, diff)
		}
	}
	same("created", e, stored)
	same("read", e, b.webhook(e.EndpointKey))
	again := e
	again.ID = newID()
	stored, err = b.s.CreateWebhook(b.ctx(), r, again, 2, b.now.Add(time.Hour))
	b.must(err)
	same("created by the same request", e, stored)
	second := b.endpoint("demo")
	b.endpoint("other")
	var limit *store.EndpointLimitError
	if _, err := b.s.CreateWebhook(b.ctx(), store.Request{}, again, 2, b.now); !errors.As(err, &limit) || limit.Limit != 2 {
		b.Errorf("a third one of two: %v", err)
	}

	// Lists go by pages, newest first, in the project alone.
	for before, want := range map[string][]store.EndpointKey{
		"":        {second.EndpointKey, e.EndpointKey},
		second.ID: {e.EndpointKey},
		e.ID:      nil,
	} {
		all, err := b.s.ListWebhooks(b.ctx(), "demo", before, 10)
		b.must(err)
		var got []store.EndpointKey
		for _, one := range all {
			got = append(got, one.EndpointKey)
		}
		if !slices.Equal(got, want) {
			b.Errorf("before %q: %v, want %v", before, got, want)
		}
	}

	b.now = b.now.Add(time.Minute + 123456*time.Nanosecond)
	odd := b.endpoint("other") // answers have times as they are stored
	same("created at an odd time", b.webhook(odd.EndpointKey), odd)
	test := b.test(odd.EndpointKey)
	if kept, err := b.s.Delivery(b.ctx(), test.DeliveryKey); err != nil || !cmp.Equal(test, kept) {
		b.Errorf("added %+v, kept %+v, %v", test, kept, err)
	}
	b.now = b.now.Truncate(time.Millisecond)
	change := store.Request{Method: "RotateWebhookSecret", ID: "r", Hash: "h"}
	rotate := func(e *store.Endpoint) {
		e.Previous, e.PreviousUntil, e.Secret = e.Secret, b.now.Add(time.Hour), store.Secret("hush")
	}
	want := e
	rotate(&want)
	want.Updated = b.now
	for range 2 { // the same request twice changes it once
		got, err := b.s.ChangeWebhook(b.ctx(), change, e.EndpointKey, rotate, b.now)
		b.must(err)
		same("rotated", want, got)
	}
	if n := len(want.Secrets(b.now)); n != 2 {
		b.Errorf("%d secrets sign after the rotation, want 2", n)
	}
	if n := len(want.Secrets(b.now.Add(time.Hour))); n != 1 {
		b.Errorf("%d secrets sign an hour after the rotation, want 1", n)
	}
	text := fmt.Sprintf("%v %+v %#v %s %x %d", want, want, want, want.Secret, want.Secret, want.Secret)
	for _, leak := range []string{"hush", fmt.Sprintf("%x", "hush"), fmt.Sprint([]byte("hush"))} {
		if strings.Contains(text, leak) {
			b.Errorf("a secret is printed: %s", text)
		}
	}

	gone := store.Request{Method: "DeleteWebhookEndpoint", ID: "d", Hash: "h"}
	b.must(b.s.DeleteWebhook(b.ctx(), gone, e.EndpointKey, b.now))
	b.must(b.s.DeleteWebhook(b.ctx(), gone, e.EndpointKey, b.now))
	b.wantErr(b.s.DeleteWebhook(b.ctx(), store.Request{}, e.EndpointKey, b.now), store.ErrNotFound)
	_, err = b.s.Webhook(b.ctx(), e.EndpointKey)
	b.wantErr(err, store.ErrNotFound)
	_, err = b.s.ChangeWebhook(b.ctx(), store.Request{}, e.EndpointKey, rotate, b.now)
	b.wantErr(err, store.ErrNotFound)
	_, err = b.s.ListDeliveries(b.ctx(), e.EndpointKey, anyState, "", 1)
	b.wantErr(err, store.ErrNotFound)
	_, err = b.s.Webhook(b.ctx(), store.EndpointKey{Project: "demo", ID: "x"})
	b.wantErr(err, store.ErrNotFound)
	_, err = b.s.Webhook(b.ctx(), store.EndpointKey{Project: "other", ID: second.ID})
	b.wantErr(err, store.ErrNotFound)
}

// outbox checks that whoever wants an event has it as soon as it is there, and nobody else.
func outbox(b *bundle) {
	all, videos := b.endpoint("demo"), b.endpoint("demo", notice.VideoJobCompleted, notice.VideoJobFailed)
	paused, other := b.endpoint("demo", notice.BulkJobPaused), b.endpoint("other")
	off := b.endpoint("demo")
	_, err := b.s.ChangeWebhook(b.ctx(), store.Request{}, off.EndpointKey, func(e *store.Endpoint) { e.State = schedulerv1.WebhookEndpoint_DISABLED }, b.now)
	b.must(err)

	bulk := b.running("ada", 3)
	leased := b.claim(3)
	b.renew(leased[0].Lease, 50)
	b.must(b.s.Complete(b.ctx(), leased[0].Lease, result, b.now))
	b.must(b.s.Complete(b.ctx(), leased[0].Lease, result, b.now)) // once more is no event
	_, err = b.s.Fail(b.ctx(), leased[1].Lease, failure(schedulerv1.FailureClass_PERMANENT), b.retryUpTo(0), b.now)
	b.must(err)
	_, err = b.s.PauseBulkJob(b.ctx(), store.Request{}, bulk.BulkKey, b.now)
	b.must(err)
	_, err = b.s.CancelVideoJob(b.ctx(), store.Request{}, leased[2].Video.VideoKey, b.now)
	b.must(err)

	heard := b.wantHeard(all, notice.VideoJobCompleted, notice.VideoJobFailed, notice.BulkJobPaused, notice.BulkJobCompleted)
	some := b.wantHeard(videos, notice.VideoJobCompleted, notice.VideoJobFailed)
	b.wantHeard(paused, notice.BulkJobPaused)
	b.wantHeard(other)
	b.wantHeard(off)
	if heard[0].Delivery != some[0].Delivery {
		b.Error("the same event has two ids")
	}

	// What is sent is what the history says.
	events := map[int64]*schedulerv1.JobEvent{}
	for _, e := range b.events(bulk.BulkKey) {
		events[e.GetSequence()] = e
	}
	for _, listed := range heard {
		d, err := b.s.Delivery(b.ctx(), listed.DeliveryKey)
		b.must(err)
		var body struct {
			Type string
			Data struct {
				Project, BulkJob, VideoJob, State string
				Sequence                          int64
			}
		}
		b.must(json.Unmarshal(d.Body, &body))
		e := events[body.Data.Sequence]
		kind, ok := notice.Of(e)
		if !ok || kind.String() != body.Type || e.GetBulkJob() != body.Data.BulkJob || e.GetVideoJob() != body.Data.VideoJob || body.Data.Project != "projects/demo" {
			b.Errorf("%s tells of event %v", d.Body, e)
		}
		if d.State != pending || !d.Due.Equal(b.now) || !d.Created.Equal(b.now) || len(listed.Body) != 0 {
			b.Errorf("delivery %+v", listed)
		}
	}

	// Other ends of a bulk job.
	second := b.create("ada")
	lease := b.leaseImport()
	b.must(b.s.FailImport(b.ctx(), lease, nil, failure(schedulerv1.FailureClass_PERMANENT).Error, b.now))
	b.wantBulk(second.BulkKey, state.BulkFailed)
	_, err = b.s.CancelBulkJob(b.ctx(), store.Request{}, b.running("ada", 1).BulkKey, b.now)
	b.must(err)
	b.wantHeard(all, notice.VideoJobCompleted, notice.VideoJobFailed, notice.BulkJobPaused, notice.BulkJobCompleted, notice.BulkJobFailed, notice.BulkJobCancelled)

	// What changes nothing tells nothing.
	b.wantErr(b.s.Complete(b.ctx(), leased[1].Lease, result, b.now), store.ErrLeaseLost)
	if n := len(b.deliveries(all.EndpointKey, anyState)); n != 6 {
		b.Errorf("%d deliveries after a refused report, want 6", n)
	}
}
