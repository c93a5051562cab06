package webhook

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	schedulerv1 "github.com/sheetreel/sheetreel/gen/sheetreel/scheduler/v1"
	"github.com/sheetreel/sheetreel/services/scheduler/store"
)

const (
	pending   = schedulerv1.WebhookDelivery_PENDING
	delivered = schedulerv1.WebhookDelivery_DELIVERED
	failed    = schedulerv1.WebhookDelivery_FAILED
)

// received is what a server got.
type received struct {
	header http.Header
	body   []byte
}

// receiver is a server that passes on what it gets and answers as told.
func receiver(t *testing.T, answer http.HandlerFunc) (url string, got chan received) {
	t.Helper()
	got = make(chan received, 1000)
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			t.Error(err)
		}
		got <- received{r.Header, body}
		answer(w, r)
	}))
	t.Cleanup(s.Close)
	return s.URL, got
}

func TestSends(t *testing.T) {
	b := setup(t)
	url, got := receiver(t, func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("error: but taken")) })
	e := b.endpoint(url + "/in?a=b")
	s := b.settled()
	stop := b.run(b.sender(development, s))
	k := b.add(e)
	m := <-got
	if err := verify(t, e.Secret, m.body, m.header); err != nil {
		t.Error(err)
	}
	want := map[string]string{"Content-Type": "application/json", "User-Agent": userAgent, "Webhook-Id": k.Delivery}
	for name, value := range want {
		if m.header.Get(name) != value {
			t.Errorf("%s: %q, want %q", name, m.header.Get(name), value)
		}
	}
	<-s.ends
	stop()
	d := b.delivery(k)
	if d.State != delivered || d.Attempts != 1 || d.Status != 200 || d.Error != "" || string(d.Body) != string(m.body) {
		t.Errorf("delivery %+v", d)
	}
}

// Each kind of answer, and what becomes of the delivery.
func TestAnswers(t *testing.T) {
	target, reached := receiver(t, func(http.ResponseWriter, *http.Request) {})
	flood := strings.Repeat("x", 1<<20)
	tests := map[string]struct {
		answer http.HandlerFunc
		state  store.DeliveryState
		status int32
		error  string
	}{
		"no content": {func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(204) }, delivered, 204, ""},
		"a long answer": {func(w http.ResponseWriter, _ *http.Request) {
			for range 64 {
				if _, err := io.WriteString(w, flood); err != nil {
					return // nobody listens any more
				}
			}
		}, delivered, 200, ""},
		"an error":    {func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(500) }, pending, 500, "HTTP 500 Internal Server Error"},
		"not found":   {func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(404) }, pending, 404, "HTTP 404 Not Found"},
		"a redirect":  {func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, target, http.StatusFound) }, pending, 302, "HTTP 302: redirects are not followed"},
		"gone":        {func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(410) }, failed, 410, "HTTP 410: the endpoint wants no more"},
		"a hang-up":   {func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }, pending, 0, "EOF"},
		"many header": {func(w http.ResponseWriter, _ *http.Request) { w.Header().Set("X", flood) }, pending, 0, "headers exceeded"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			b := setup(t)
			url, _ := receiver(t, test.answer)
			e, s := b.endpoint(url), b.settled()
			b.run(b.sender(development, s))
			k := b.add(e)
			<-s.ends
			d := b.delivery(k)
			if d.State != test.state || d.Status != test.status || d.Attempts != 1 || !strings.Contains(d.Error, test.error) || test.error == "" && d.Error != "" {
				t.Errorf("delivery %+v, want %v, status %d, error %q", d, test.state, test.status, test.error)
			}
			if enabled := b.read(e.EndpointKey).Enabled(); enabled != (test.status != 410) {
				t.Errorf("the endpoint is enabled: %v", enabled)
			}
		})
	}
	select {
	case <-reached:
		t.Error("a redirect was followed")
	default:
	}
}

// By default nothing is sent into the own network, whatever the store holds, and nobody is told what is there.
func TestSendsNothingInside(t *testing.T) {
	url, got := receiver(t, func(http.ResponseWriter, *http.Request) {})
	inside := strings.TrimPrefix(url, "http://")
	for _, bad := range []string{"http://" + inside, "https://" + inside, "https://localhost", "https://[fe80::1%25lo]/", "https://169.254.169.254/"} {
		b := setup(t)
		s := b.settled()
		b.run(b.sender(Config{}, s))
		k := b.add(b.endpoint(bad))
		<-s.ends
		if d := b.delivery(k); d.State != pending || d.Status != 0 || !strings.HasPrefix(d.Error, "not sent: ") || strings.Contains(d.Error, "127.0.0.1") {
			t.Errorf("%s: %+v", bad, d)
		}
	}
	if len(got) != 0 {
		t.Errorf("%d requests reached the inside", len(got))
	}
}

func TestRotatedSecretsBothSign(t *testing.T) {
	b := setup(t)
	url, got := receiver(t, func(http.ResponseWriter, *http.Request) {})
	e := b.endpoint(url)
	fresh := NewSecret()
	_, err := b.store.ChangeWebhook(t.Context(), store.Request{}, e.EndpointKey, func(e *store.Endpoint) {
		e.Previous, e.PreviousUntil, e.Secret = e.Secret, time.Now().Add(time.Hour), fresh
	}, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	b.run(b.sender(development, b.store))
	b.add(e)
	m := <-got
	for name, secret := range map[string]store.Secret{"new": fresh, "previous": e.Secret} {
		if err := verify(t, secret, m.body, m.header); err != nil {
			t.Errorf("by the %s secret: %v", name, err)
		}
	}
}

// Replicas share the work: nothing is sent twice, and nothing is left.
func TestSendersShare(t *testing.T) {
	b := setup(t)
	url, got := receiver(t, func(http.ResponseWriter, *http.Request) {})
	s := b.settled()
	want, seen := map[string]int{}, map[string]int{}
	for range 10 {
		e := b.endpoint(url)
		for range 20 {
			want[b.add(e).Delivery] = 1
		}
	}
	for range 3 {
		b.run(b.sender(development, s))
	}
	for range want {
		<-s.ends
	}
	for len(got) > 0 {
		m := <-got
		seen[m.header.Get(headerID)]++
	}
	if diff := cmp.Diff(want, seen); diff != "" {
		t.Errorf("how often each was sent (-want +got):\n%s", diff)
	}
}

// flaky is a store that fails to settle so often.
type flaky struct {
	settled
	left *int
}

func (f flaky) SettleDeliveries(ctx context.Context, ends []store.DeliveryEnd, at time.Time) ([]store.Endpoint, error) {
	if *f.left > 0 {
		*f.left--
		return nil, errors.New("the store does not answer")
	}
	return f.settled.SettleDeliveries(ctx, ends, at)
}
