package store

import (
	"context"
	"fmt"
	"io"
	"time"

	"go.einride.tech/aip/resourcename"

	schedulerv1 "github.com/sheetreel/sheetreel/gen/sheetreel/scheduler/v1"
	"github.com/sheetreel/sheetreel/services/scheduler/webhook/notice"
)

// TopicWebhooks is the topic of deliveries that are due.
const TopicWebhooks = "webhooks"

// WebhookPatience is how long an endpoint may take nothing before it is disabled.
const WebhookPatience = 5 * 24 * time.Hour

// Webhooks keeps who hears of events, and what is on its way to them. A delivery is written in the transaction that
// makes its event, for each ENABLED endpoint that wants it: an endpoint hears of every transaction that begins after it
// was made.
//
// A delivery is leased, sent, and settled with what came of it. So it is sent at least once, and twice only when its
// sender was lost or too slow.
type Webhooks interface {
	// CreateWebhook stores an ENABLED endpoint, once per request. A project has limit endpoints at most; more are an
	// *EndpointLimitError.
	CreateWebhook(ctx context.Context, r Request, e Endpoint, limit int, now time.Time) (Endpoint, error)
	// Webhook returns an endpoint, or ErrNotFound.
	Webhook(ctx context.Context, k EndpointKey) (Endpoint, error)
	// ListWebhooks returns those of a project with an id below before (empty: from the newest), newest first.
	ListWebhooks(ctx context.Context, project, before string, limit int) ([]Endpoint, error)
	// ChangeWebhook changes an endpoint once per request. change may run more than once.
	ChangeWebhook(ctx context.Context, r Request, k EndpointKey, change func(*Endpoint), now time.Time) (Endpoint, error)
	// DeleteWebhook deletes an endpoint once per request. Its deliveries become FAILED by and by, and go with their age.
	DeleteWebhook(ctx context.Context, r Request, k EndpointKey, now time.Time) error

	// TestWebhook adds a delivery of a test, once per request; id is that of the new delivery. The endpoint must be
	// ENABLED, else it is a *StateError.
	TestWebhook(ctx context.Context, r Request, k EndpointKey, id string, now time.Time) (Delivery, error)
	// Delivery returns a delivery with its body, or ErrNotFound.
	Delivery(ctx context.Context, k DeliveryKey) (Delivery, error)
	// ListDeliveries returns those of an endpoint in a state (unspecified: in every one) with an id below before (empty:
	// from the newest), newest first, without their bodies.
	ListDeliveries(ctx context.Context, k EndpointKey, in DeliveryState, before string, limit int) ([]Delivery, error)
	// ReplayDelivery makes a delivery due now, with no attempts, once per request. One that is being sent stays as it is.
	// The endpoint must be ENABLED, else it is a *StateError.
	ReplayDelivery(ctx context.Context, r Request, k DeliveryKey, now time.Time) (Delivery, error)
	// ReplayDeliveries does so with up to limit FAILED deliveries of an endpoint that were made at a time or later, the
	// oldest first, and returns how many.
	ReplayDeliveries(ctx context.Context, r Request, k EndpointKey, since time.Time, limit int, now time.Time) (int, error)

	// DueWebhooks returns up to limit endpoints for which something is due, in the order of their keys, after one (zero:
	// from the first). Deleted ones may be among them.
	DueWebhooks(ctx context.Context, after EndpointKey, limit int, now time.Time) ([]EndpointKey, error)
	// LeaseDeliveries leases what is due, longest due first, so many for each endpoint. What is due for an endpoint that
	// is not ENABLED becomes FAILED instead. lease is a random id for all of them.
	LeaseDeliveries(ctx context.Context, wants []DeliveryWant, lease string, until, now time.Time) ([]LeasedDelivery, error)
	// SettleDeliveries ends leases, and disables endpoints where it is time to. What is no longer leased so is left. It
	// returns the endpoints that it has disabled.
	SettleDeliveries(ctx context.Context, ends []DeliveryEnd, now time.Time) ([]Endpoint, error)
	// ForgetDeliveries drops up to limit deliveries that ended before a time, and returns how many.
	ForgetDeliveries(ctx context.Context, before time.Time, limit int) (int, error)
}

// DeliveryState is the state of a delivery.
type DeliveryState = schedulerv1.WebhookDelivery_State

// EndpointKey names a webhook endpoint.
type EndpointKey struct {
	Project, ID string
}

// DeliveryKey names a delivery.
type DeliveryKey struct {
	EndpointKey
	Delivery string // a UUID, and the webhook-id
}

// Secret is what an endpoint's requests are signed with: bytes that nobody prints by accident.
type Secret []byte

// Format implements fmt.Formatter, and writes no secret.
func (Secret) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, "[redacted]") }

// MarshalText writes no secret either.
func (Secret) MarshalText() ([]byte, error) { return []byte("[redacted]"), nil }

// Endpoint is a webhook endpoint.
type Endpoint struct {
	EndpointKey
	URL, DisplayName string
	Types            notice.Set
	State            schedulerv1.WebhookEndpoint_State
	Reason           schedulerv1.WebhookEndpoint_DisableReason
	// Previous signs too until PreviousUntil.
	Secret, Previous Secret
	PreviousUntil    time.Time
	// FailingSince is when the first attempt failed since the last one that did not; zero when none has.
	FailingSince     time.Time
	Created, Updated time.Time
}

// Enabled tells whether it hears of anything.
func (e Endpoint) Enabled() bool { return e.State == schedulerv1.WebhookEndpoint_ENABLED }

// Secrets are those that sign at a time, the newest first.
func (e Endpoint) Secrets(now time.Time) []Secret {
	if len(e.Previous) > 0 && now.Before(e.PreviousUntil) {
		return []Secret{e.Secret, e.Previous}
	}
	return []Secret{e.Secret}
}

// Delivery is an event for an endpoint.
type Delivery struct {
	DeliveryKey
	Type     notice.Type
	Body     []byte
	State    DeliveryState
	Attempts int32
	Due      time.Time // while PENDING: not to be sent before, or leased until then
	// What the last attempt gave; an HTTP status of 0 is none.
	Tried          time.Time
	Status         int32
	Error          string
	Created, Ended time.Time
}

// DeliveryWant asks for up to Count deliveries of an endpoint.
type DeliveryWant struct {
	EndpointKey
	Count int
}

// LeasedDelivery is a delivery to be sent.
type LeasedDelivery struct {
	Delivery
	Lease    string
	Endpoint Endpoint
}

// DeliveryEnd is what came of a lease.
type DeliveryEnd struct {
	DeliveryKey
	Lease string
	// State is PENDING to be sent again when Due.
	State DeliveryState
	Due   time.Time
	// Tried is when it was sent; zero when it was not, which costs no attempt.
	Tried  time.Time
	Status int32
	Error  string
	// Gone says that the endpoint wants no more.
	Gone bool
}

// EndpointLimitError says that a project has as many endpoints as it may have. Nothing was changed.
type EndpointLimitError struct{ Limit int }

func (e *EndpointLimitError) Error() string {
	return fmt.Sprintf("the project has %d webhook endpoints, and may not have more; delete one", e.Limit)
}

// Name is the endpoint's resource name.
func (k EndpointKey) Name() string { return ProjectName(k.Project) + "/webhookEndpoints/" + k.ID }

// Name is the delivery's resource name.
func (k DeliveryKey) Name() string { return k.EndpointKey.Name() + "/deliveries/" + k.Delivery }

// ParseEndpoint reads `projects/{project}/webhookEndpoints/{webhook_endpoint}`.
func ParseEndpoint(name string) (EndpointKey, error) {
	var k EndpointKey
	err := resourcename.Sscan(name, "projects/{project}/webhookEndpoints/{webhook_endpoint}", &k.Project, &k.ID)
	return k, wrap(name, err)
}

// ParseDelivery reads `projects/{project}/webhookEndpoints/{webhook_endpoint}/deliveries/{delivery}`.
func ParseDelivery(name string) (DeliveryKey, error) {
	var k DeliveryKey
	err := resourcename.Sscan(name, "projects/{project}/webhookEndpoints/{webhook_endpoint}/deliveries/{delivery}", &k.Project, &k.ID, &k.Delivery)
	return k, wrap(name, err)
}
