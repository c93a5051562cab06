package webhook

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"

	schedulerv1 "github.com/sheetreel/sheetreel/gen/sheetreel/scheduler/v1"
	"github.com/sheetreel/sheetreel/services/scheduler/store"
	"github.com/sheetreel/sheetreel/services/scheduler/store/ledger"
	"github.com/sheetreel/sheetreel/services/scheduler/store/sqlite"
)

// development lets a sender reach the servers of the tests.
var development = Config{AllowHTTP: true, AllowPrivate: true}

// bundle is a store with senders.
type bundle struct {
	*testing.T
	store *sqlite.Store
}

func setup(t *testing.T) *bundle {
	t.Helper()
	s, err := sqlite.Open(t.Context(), filepath.Join(t.TempDir(), "test.db"), ledger.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return &bundle{T: t, store: s}
}

func newID() string { return uuid.Must(uuid.NewV7()).String() }

// endpoint makes an endpoint.
func (b *bundle) endpoint(url string) store.Endpoint {
	b.Helper()
	in := store.Endpoint{
		EndpointKey: store.EndpointKey{Project: "demo", ID: newID()}, URL: url, State: schedulerv1.WebhookEndpoint_ENABLED, Secret: NewSecret(),
	}
	e, err := b.store.CreateWebhook(context.Background(), store.Request{}, in, 1000, time.Now())
	if err != nil {
		b.Fatal(err)
	}
	return e
}

// add adds a delivery of a test that is due.
func (b *bundle) add(e store.Endpoint) store.DeliveryKey {
	b.Helper()
	d, err := b.store.TestWebhook(context.Background(), store.Request{}, e.EndpointKey, newID(), time.Now())
	if err != nil {
		b.Fatal(err)
	}
	return d.DeliveryKey
}

func (b *bundle) delivery(k store.DeliveryKey) store.Delivery {
	b.Helper()
	d, err := b.store.Delivery(context.Background(), k)
	if err != nil {
		b.Fatal(err)
	}
	return d
}

func (b *bundle) read(k store.EndpointKey) store.Endpoint {
	b.Helper()
	e, err := b.store.Webhook(context.Background(), k)
	if err != nil {
		b.Fatal(err)
	}
	return e
}

func (b *bundle) sender(c Config, s store.Webhooks) *Sender {
	return New(c, Deps{Store: s, Wake: b.store.Wake(), Now: b.store.Clock().Now, Log: slog.New(slog.DiscardHandler)})
}

// run runs a sender until stop, which waits for its end.
func (b *bundle) run(s *Sender) (stop func()) {
	ctx, cancel := context.WithCancel(context.Background())
	var running sync.WaitGroup
	running.Go(func() {
		if err := s.Run(ctx); err != nil {
			b.Error(err)
		}
	})
	stop = sync.OnceFunc(func() {
		cancel()
		running.Wait()
	})
	b.Cleanup(stop)
	return stop
}

// settled is a store that tells what was settled.
type settled struct {
	store.Webhooks
	ends chan store.DeliveryEnd
}

func (b *bundle) settled() settled { return settled{b.store, make(chan store.DeliveryEnd, 5000)} }

func (s settled) SettleDeliveries(ctx context.Context, ends []store.DeliveryEnd, at time.Time) ([]store.Endpoint, error) {
	disabled, err := s.Webhooks.SettleDeliveries(ctx, ends, at)
	if err == nil {
		for _, e := range ends {
			s.ends <- e
		}
	}
	return disabled, err
}

// wire is the network in memory: it answers requests.
type wire func(*http.Request) (*http.Response, error)

func (w wire) RoundTrip(r *http.Request) (*http.Response, error) { return w(r) }

func respond(status int, headers ...string) (*http.Response, error) {
	h := http.Header{}
	for i := 0; i < len(headers); i += 2 {
		h.Set(headers[i], headers[i+1])
	}
	return &http.Response{StatusCode: status, Status: fmt.Sprint(status), Header: h, Body: io.NopCloser(http.NoBody)}, nil
}
