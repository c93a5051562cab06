package scheduler_test

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/testing/protocmp"
	"google.golang.org/protobuf/types/known/durationpb"
	"google.golang.org/protobuf/types/known/fieldmaskpb"
	"google.golang.org/protobuf/types/known/timestamppb"

	errorsv1 "github.com/sheetreel/sheetreel/gen/sheetreel/errors/v1"
	schedulerv1 "github.com/sheetreel/sheetreel/gen/sheetreel/scheduler/v1"
	"github.com/sheetreel/sheetreel/kit/errs"
	"github.com/sheetreel/sheetreel/services/scheduler/webhook"
)

// development lets webhooks reach the servers of the tests.
var development = webhook.Config{AllowHTTP: true, AllowPrivate: true}

const loopbackURL = "http://127.0.0.1:9/"

func (b *bundle) hook(e *schedulerv1.WebhookEndpoint) *schedulerv1.WebhookEndpoint {
	b.Helper()
	out, err := b.hooks.CreateWebhookEndpoint(b.Context(), &schedulerv1.CreateWebhookEndpointRequest{Parent: "projects/demo", WebhookEndpoint: e})
	b.must(err)
	return out
}

// start runs the service's loops until the end of the test.
func (b *bundle) start() {
	ctx, cancel := context.WithCancel(context.Background())
	var running sync.WaitGroup
	running.Go(func() {
		if err := b.run(ctx); err != nil {
			b.Error(err)
		}
	})
	b.Cleanup(func() {
		cancel()
		running.Wait()
	})
}

// message is a webhook as it came.
type message struct {
	header http.Header
	raw    []byte
	body   struct {
		Type string
		Data struct {
			Project, WebhookEndpoint, BulkJob, VideoJob, State, Title string
			Sequence                                                  int64
			Progress                                                  struct{ CompletedCount, FailedCount int }
		}
	}
}

// hear is a receiver of webhooks. Its answers come from the given statuses and then are 200.
func (b *bundle) hear(statuses ...int) (url string, got chan message) {
	b.Helper()
	got = make(chan message, 100)
	answers := make(chan int, len(statuses))
	for _, s := range statuses {
		answers <- s
	}
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		m := message{header: r.Header}
		var err error
		if m.raw, err = io.ReadAll(r.Body); err == nil {
			err = json.Unmarshal(m.raw, &m.body)
		}
		if err != nil {
			b.Error(err)
		}
		select {
		case code := <-answers:
			w.WriteHeader(code)
		default:
		}
		got <- m
	}))
	b.Cleanup(s.Close)
	return s.URL, got
}

func (m message) verify(t *testing.T, secret string) {
	t.Helper()
	receiver, err := standardwebhooks.NewWebhook(secret)
	if err != nil {
		t.Fatal(err)
	}
	if err := receiver.Verify(m.raw, m.header); err != nil {
		t.Error(err)
	}
}

// From the end of a video to a verified message.
func TestWebhooksTellOfTheEnd(t *testing.T) {
	b := setupWith(t, development)
	url, got := b.hear()
	e := b.hook(&schedulerv1.WebhookEndpoint{Url: url + "/in"})
	picky := b.hook(&schedulerv1.WebhookEndpoint{Url: url + "/picky", EventTypes: []string{"bulk_job.paused"}})
	b.start()
	job := b.imported("ada", "One & only")
	l := b.lease(1)[0]
	b.complete(l)
	seen := map[string]message{}
	for range 2 {
		m := <-got
		m.verify(t, e.GetSecrets()[0])
		seen[m.body.Type] = m
	}
	video, bulk := seen["video_job.completed"].body.Data, seen["bulk_job.completed"].body.Data
	if video.BulkJob != job.GetName() || video.VideoJob != l.GetVideoJob().GetName() || video.State != "COMPLETED" || video.Title != "One & only" {
		t.Errorf("of the video job: %+v", video)
	}
	if bulk.BulkJob != job.GetName() || bulk.VideoJob != "" || bulk.State != "COMPLETED" || bulk.Progress.CompletedCount != 1 || bulk.Sequence <= video.Sequence {
		t.Errorf("of the bulk job: %+v", bulk)
	}
	listed, err := b.hooks.ListWebhookDeliveries(t.Context(), &schedulerv1.ListWebhookDeliveriesRequest{Parent: picky.GetName()})
	b.must(err)
	if n := len(listed.GetWebhookDeliveries()); n != 0 {
		t.Errorf("%d deliveries for an endpoint that wants none of these", n)
	}
}

func TestWebhookIsTestedAndReplayed(t *testing.T) {
	b := setupWith(t, development)
	url, got := b.hear(http.StatusGone)
	e := b.hook(&schedulerv1.WebhookEndpoint{Url: url})
	b.start()
	ctx := t.Context()
	d, err := b.hooks.TestWebhookEndpoint(ctx, &schedulerv1.TestWebhookEndpointRequest{Name: e.GetName(), RequestId: "once"})
	b.must(err)
	again, err := b.hooks.TestWebhookEndpoint(ctx, &schedulerv1.TestWebhookEndpointRequest{Name: e.GetName(), RequestId: "once"})
	b.must(err)
	if again.GetName() != d.GetName() {
		t.Errorf("the same request made %s and %s", d.GetName(), again.GetName())
	}
	first := <-got
	first.verify(t, e.GetSecrets()[0])
	if first.body.Type != "webhook_endpoint.test" || first.body.Data.WebhookEndpoint != e.GetName() || !strings.HasSuffix(d.GetName(), "/"+first.header.Get("Webhook-Id")) {
		t.Errorf("test %s of %s", first.raw, d.GetName())
	}
	// It said 410, so it hears no more until somebody enables it; then what failed can be sent again.
	e = b.awaitEndpoint(e.GetName(), schedulerv1.WebhookEndpoint_DISABLED)
	if e.GetDisableReason() != schedulerv1.WebhookEndpoint_GONE || e.GetFailingSinceTime() == nil {
		t.Errorf("after 410: %v", e)
	}
	_, err = b.hooks.ReplayWebhookDelivery(ctx, &schedulerv1.ReplayWebhookDeliveryRequest{Name: d.GetName()})
	if errs.ReasonOf(err) != errorsv1.ErrorReason_STATE_CONFLICT {
		t.Errorf("replay for a disabled endpoint: %v", err)
	}
	e, err = b.hooks.EnableWebhookEndpoint(ctx, &schedulerv1.EnableWebhookEndpointRequest{Name: e.GetName()})
	b.must(err)
	if e.GetState() != schedulerv1.WebhookEndpoint_ENABLED || e.GetDisableReason() != 0 || e.GetFailingSinceTime() != nil || len(e.GetSecrets()) != 0 {
		t.Errorf("enabled: %v", e)
	}
	n, err := b.hooks.ReplayWebhookDeliveries(ctx, &schedulerv1.ReplayWebhookDeliveriesRequest{Parent: e.GetName(), SinceTime: d.GetCreateTime()})
	b.must(err)
	if n.GetReplayedCount() != 1 {
		t.Errorf("replayed %d, want 1", n.GetReplayedCount())
	}
	second := <-got
	if second.header.Get("Webhook-Id") != first.header.Get("Webhook-Id") || string(second.raw) != string(first.raw) {
		t.Errorf("replayed as %v %s", second.header, second.raw)
	}
	d = b.awaitDelivery(d.GetName(), schedulerv1.WebhookDelivery_DELIVERED)
	if d.GetPayload() != string(first.raw) || d.GetLastStatus() != 200 || d.GetAttemptCount() != 1 || d.GetEndTime() == nil || d.GetNextAttemptTime() != nil {
		t.Errorf("in the end %v", d)
	}
	listed, err := b.hooks.ListWebhookDeliveries(ctx, &schedulerv1.ListWebhookDeliveriesRequest{Parent: e.GetName(), State: schedulerv1.WebhookDelivery_DELIVERED})
	b.must(err)
	d.Payload = ""
	if diff := cmp.Diff([]*schedulerv1.WebhookDelivery{d}, listed.GetWebhookDeliveries(), protocmp.Transform()); diff != "" {
		t.Errorf("listed (-want +got):\n%s", diff)
	}
	// One that was taken can be sent once more too.
	_, err = b.hooks.ReplayWebhookDelivery(ctx, &schedulerv1.ReplayWebhookDeliveryRequest{Name: d.GetName()})
	b.must(err)
	if third := <-got; third.header.Get("Webhook-Id") != first.header.Get("Webhook-Id") {
		t.Errorf("replayed as %v", third.header)
	}
}

// awaitEndpoint asks until an endpoint is in a state.
func (b *bundle) awaitEndpoint(name string, want schedulerv1.WebhookEndpoint_State) *schedulerv1.WebhookEndpoint {
	b.Helper()
	for {
		e, err := b.hooks.GetWebhookEndpoint(b.Context(), &schedulerv1.GetWebhookEndpointRequest{Name: name})
		b.must(err)
		if e.GetState() == want {
			return e
		}
	}
}

func (b *bundle) awaitDelivery(name string, want schedulerv1.WebhookDelivery_State) *schedulerv1.WebhookDelivery {
	b.Helper()
	for {
		d, err := b.hooks.GetWebhookDelivery(b.Context(), &schedulerv1.GetWebhookDeliveryRequest{Name: name})
		b.must(err)
		if d.GetState() == want {
			return d
		}
	}
}

func TestWebhookEndpoints(t *testing.T) {
	b := setupWith(t, development)
	ctx := t.Context()
	in := &schedulerv1.CreateWebhookEndpointRequest{Parent: "projects/demo", RequestId: "once", WebhookEndpoint: &schedulerv1.WebhookEndpoint{
		Url: loopbackURL, DisplayName: "CRM", EventTypes: []string{"bulk_job.failed", "video_job.completed"},
	}}
	made, err := b.hooks.CreateWebhookEndpoint(ctx, in)
	b.must(err)
	again, err := b.hooks.CreateWebhookEndpoint(ctx, in)
	b.must(err)
	if diff := cmp.Diff(made, again, protocmp.Transform()); diff != "" {
		t.Errorf("the same request once more (-first +second):\n%s", diff)
	}
	if len(made.GetSecrets()) != 1 || !strings.HasPrefix(made.GetSecrets()[0], "whsec_") || made.GetState() != schedulerv1.WebhookEndpoint_ENABLED {
		t.Errorf("made %v", made)
	}
	shown, err := b.hooks.GetWebhookEndpoint(ctx, &schedulerv1.GetWebhookEndpointRequest{Name: made.GetName()})
	b.must(err)
	want := &schedulerv1.WebhookEndpoint{
		Name: made.GetName(), Url: loopbackURL, DisplayName: "CRM", EventTypes: []string{"video_job.completed", "bulk_job.failed"},
		State: schedulerv1.WebhookEndpoint_ENABLED, CreateTime: made.GetCreateTime(), UpdateTime: made.GetUpdateTime(),
	}
	if diff := cmp.Diff(want, shown, protocmp.Transform()); diff != "" {
		t.Errorf("shown (-want +got):\n%s", diff)
	}

	// Only what the mask names is changed; without one, all that can be.
	update := func(mask ...string) *schedulerv1.WebhookEndpoint {
		t.Helper()
		r := &schedulerv1.UpdateWebhookEndpointRequest{WebhookEndpoint: &schedulerv1.WebhookEndpoint{
			Name: made.GetName(), Url: "http://127.0.0.1:10/", DisplayName: "ERP", EventTypes: []string{"bulk_job.paused"},
		}}
		if mask != nil {
			r.UpdateMask = &fieldmaskpb.FieldMask{Paths: mask}
		}
		out, err := b.hooks.UpdateWebhookEndpoint(ctx, r)
		b.must(err)
		return out
	}
	got := update("display_name")
	if got.GetDisplayName() != "ERP" || got.GetUrl() != loopbackURL || len(got.GetEventTypes()) != 2 || len(got.GetSecrets()) != 0 {
		t.Errorf("changed by a mask: %v", got)
	}
	got = update()
	if got.GetUrl() != "http://127.0.0.1:10/" || !cmp.Equal(got.GetEventTypes(), []string{"bulk_job.paused"}) {
		t.Errorf("changed: %v", got)
	}

	// Two secrets live for a while, or at once the new one alone.
	rotated, err := b.hooks.RotateWebhookSecret(ctx, &schedulerv1.RotateWebhookSecretRequest{Name: made.GetName()})
	b.must(err)
	if s := rotated.GetSecrets(); len(s) != 2 || s[1] != made.GetSecrets()[0] || s[0] == s[1] || rotated.GetPreviousSecretExpireTime().AsTime().Before(time.Now().Add(23*time.Hour)) {
		t.Errorf("rotated: %v", rotated)
	}
	last, err := b.hooks.RotateWebhookSecret(ctx, &schedulerv1.RotateWebhookSecretRequest{Name: made.GetName(), PreviousSecretLifetime: &durationpb.Duration{}})
	b.must(err)
	if s := last.GetSecrets(); len(s) != 1 || s[0] == rotated.GetSecrets()[0] || last.GetPreviousSecretExpireTime() != nil {
		t.Errorf("rotated at once: %v", last)
	}

	off, err := b.hooks.DisableWebhookEndpoint(ctx, &schedulerv1.DisableWebhookEndpointRequest{Name: made.GetName()})
	b.must(err)
	if off.GetState() != schedulerv1.WebhookEndpoint_DISABLED || off.GetDisableReason() != schedulerv1.WebhookEndpoint_REQUESTED {
		t.Errorf("disabled: %v", off)
	}
	second := b.hook(&schedulerv1.WebhookEndpoint{Url: loopbackURL})
	page, err := b.hooks.ListWebhookEndpoints(ctx, &schedulerv1.ListWebhookEndpointsRequest{Parent: "projects/demo", PageSize: 1})
	b.must(err)
	rest, err := b.hooks.ListWebhookEndpoints(ctx, &schedulerv1.ListWebhookEndpointsRequest{Parent: "projects/demo", PageSize: 1, PageToken: page.GetNextPageToken()})
	b.must(err)
	if page.GetWebhookEndpoints()[0].GetName() != second.GetName() || rest.GetWebhookEndpoints()[0].GetName() != made.GetName() || rest.GetNextPageToken() != "" ||
		len(page.GetWebhookEndpoints()[0].GetSecrets()) != 0 {
		t.Errorf("listed %v, then %v", page, rest)
	}
	_, err = b.hooks.DeleteWebhookEndpoint(ctx, &schedulerv1.DeleteWebhookEndpointRequest{Name: made.GetName()})
	b.must(err)
	_, err = b.hooks.GetWebhookEndpoint(ctx, &schedulerv1.GetWebhookEndpointRequest{Name: made.GetName()})
	if errs.ReasonOf(err) != errorsv1.ErrorReason_RESOURCE_NOT_FOUND {
		t.Errorf("deleted: %v", err)
	}
}

func TestWebhookEndpointsAreFew(t *testing.T) {
	b := setupWith(t, development)
	for range 20 {
		b.hook(&schedulerv1.WebhookEndpoint{Url: loopbackURL})
	}
	_, err := b.hooks.CreateWebhookEndpoint(t.Context(), &schedulerv1.CreateWebhookEndpointRequest{
		Parent: "projects/demo", WebhookEndpoint: &schedulerv1.WebhookEndpoint{Url: loopbackURL},
	})
	if errs.ReasonOf(err) != errorsv1.ErrorReason_WEBHOOK_ENDPOINT_LIMIT || status.Code(err) != codes.ResourceExhausted {
		t.Errorf("a 21st: %v", err)
	}
}

// What is refused names the field and changes nothing.
func TestWebhookRefusals(t *testing.T) {
	b := setup(t)
	ctx := t.Context()
	for _, bad := range []string{
		"", "example.com", "http://example.com/", "https://127.0.0.1/", "https://[::1]/", "https://[::ffff:10.0.0.1]/", "https://169.254.169.254/",
		"https://user:pw@example.com/", "https://example.com:22/", "https://2130706433/", "https://localhost/", "https://[fe80::1%25lo]/", "https://example.com/#x",
	} {
		_, err := b.hooks.CreateWebhookEndpoint(ctx, &schedulerv1.CreateWebhookEndpointRequest{Parent: "projects/demo", WebhookEndpoint: &schedulerv1.WebhookEndpoint{Url: bad}})
		if errs.ReasonOf(err) != errorsv1.ErrorReason_VALIDATION_FAILED || !strings.Contains(err.Error(), "webhook_endpoint.url") {
			t.Errorf("%q: %v", bad, err)
		}
	}
	create := func(e *schedulerv1.WebhookEndpoint) error {
		_, err := b.hooks.CreateWebhookEndpoint(ctx, &schedulerv1.CreateWebhookEndpointRequest{Parent: "projects/demo", WebhookEndpoint: e})
		return err
	}
	wantInvalid(t, create(&schedulerv1.WebhookEndpoint{Url: "https://8.8.8.8/", EventTypes: []string{"video_job.complete"}}), "webhook_endpoint.event_types[0]")
	wantInvalid(t, create(&schedulerv1.WebhookEndpoint{Url: "https://8.8.8.8/" + strings.Repeat("a", 10_000)}), "webhook_endpoint.url")
	made := b.hook(&schedulerv1.WebhookEndpoint{Url: "https://8.8.8.8/"})

	update := func(e *schedulerv1.WebhookEndpoint, mask ...string) error {
		_, err := b.hooks.UpdateWebhookEndpoint(ctx, &schedulerv1.UpdateWebhookEndpointRequest{WebhookEndpoint: e, UpdateMask: &fieldmaskpb.FieldMask{Paths: mask}})
		return err
	}
	wantInvalid(t, update(&schedulerv1.WebhookEndpoint{Name: made.GetName(), Url: "https://8.8.8.8/"}, "state"), "update_mask")
	wantInvalid(t, update(&schedulerv1.WebhookEndpoint{Name: made.GetName(), Url: "https://8.8.8.8/"}, "nonsense"), "update_mask")
	wantInvalid(t, update(&schedulerv1.WebhookEndpoint{Name: made.GetName(), Url: "https://10.0.0.1/"}), "webhook_endpoint.url")
	wantInvalid(t, update(&schedulerv1.WebhookEndpoint{Name: "projects/demo", Url: "https://8.8.8.8/"}), "webhook_endpoint.name")
	_, err := b.hooks.RotateWebhookSecret(ctx, &schedulerv1.RotateWebhookSecretRequest{Name: made.GetName(), PreviousSecretLifetime: durationpb.New(8 * 24 * time.Hour)})
	wantInvalid(t, err, "previous_secret_lifetime")
	_, err = b.hooks.ReplayWebhookDeliveries(ctx, &schedulerv1.ReplayWebhookDeliveriesRequest{Parent: made.GetName(), SinceTime: &timestamppb.Timestamp{Seconds: 1 << 40}})
	wantInvalid(t, err, "since_time")
	_, err = b.hooks.ListWebhookDeliveries(ctx, &schedulerv1.ListWebhookDeliveriesRequest{Parent: made.GetName(), State: 9})
	wantInvalid(t, err, "state")
	_, err = b.hooks.ListWebhookDeliveries(ctx, &schedulerv1.ListWebhookDeliveriesRequest{Parent: made.GetName(), PageToken: "x"})
	if errs.ReasonOf(err) != errorsv1.ErrorReason_PAGE_TOKEN_INVALID {
		t.Errorf("a bad page token: %v", err)
	}
	shown, err := b.hooks.GetWebhookEndpoint(ctx, &schedulerv1.GetWebhookEndpointRequest{Name: made.GetName()})
	b.must(err)
	made.Secrets = nil
	if diff := cmp.Diff(made, shown, protocmp.Transform()); diff != "" {
		t.Errorf("refused requests changed something (-before +after):\n%s", diff)
	}
	unknown := made.GetName()[:len(made.GetName())-4] + "0000"
	_, err = b.hooks.TestWebhookEndpoint(ctx, &schedulerv1.TestWebhookEndpointRequest{Name: unknown})
	if errs.ReasonOf(err) != errorsv1.ErrorReason_RESOURCE_NOT_FOUND {
		t.Errorf("a test of an unknown one: %v", err)
	}
}
