package ledger

import (
	"context"
	"time"

	"github.com/sheetreel/sheetreel/services/scheduler/store"
)

// webhookReader is how a Reader reads webhooks.
type webhookReader interface {
	// Webhook reads an endpoint, or returns ErrNotFound.
	Webhook(ctx context.Context, k store.EndpointKey) (store.Endpoint, error)
	// Webhooks reads those of a project with an id below before (empty: from the newest), newest first.
	Webhooks(ctx context.Context, project, before string, limit int) ([]store.Endpoint, error)
	// Delivery reads a delivery with its body, or returns ErrNotFound.
	Delivery(ctx context.Context, k store.DeliveryKey) (store.Delivery, error)
	// Deliveries reads those of an endpoint in a state (unspecified: in every one) with an id below before (empty: from
	// the newest), newest first, without their bodies.
	Deliveries(ctx context.Context, k store.EndpointKey, in store.DeliveryState, before string, limit int) ([]store.Delivery, error)
	// DueWebhooks reads up to limit endpoints for which something is due, by their keys, after one.
	DueWebhooks(ctx context.Context, after store.EndpointKey, limit int, now time.Time) ([]store.EndpointKey, error)
}

// webhookWriter is how a Tx changes webhooks. Endpoints are locked before deliveries, in the order of their keys.
type webhookWriter interface {
	// WebhooksOf reads endpoints, and locks them if told to. Unknown ones are left out.
	WebhooksOf(ctx context.Context, keys []store.EndpointKey, lock bool) ([]store.Endpoint, error)
	// CountWebhooks counts the endpoints of a project, whose number nobody else changes until the end.
	CountWebhooks(ctx context.Context, project string) (int, error)
	// PutWebhook stores a new or changed endpoint.
	PutWebhook(ctx context.Context, e store.Endpoint) error
	// RemoveWebhook deletes an endpoint, and leaves its deliveries.
	RemoveWebhook(ctx context.Context, k store.EndpointKey) error

	// AddDelivery stores a new PENDING delivery.
	AddDelivery(ctx context.Context, d store.Delivery) error
	// RequeueDelivery makes a delivery due now, with no attempts, unless it is leased.
	RequeueDelivery(ctx context.Context, k store.DeliveryKey, now time.Time) error
	// RequeueDeliveries does so with up to limit FAILED ones that were made at a time or later and ended before now, the
	// oldest first, and returns how many.
	RequeueDeliveries(ctx context.Context, k store.EndpointKey, since time.Time, limit int, now time.Time) (int, error)
	// TakeDeliveries leases what is due, longest due first, so many for each endpoint. What others have locked is stepped
	// over.
	TakeDeliveries(ctx context.Context, wants []store.DeliveryWant, lease string, until, now time.Time) ([]store.Delivery, error)
	// EndDeliveries ends leases that are in force; others are left.
	EndDeliveries(ctx context.Context, ends []store.DeliveryEnd, now time.Time) error
	// DropDeliveries deletes up to limit deliveries that ended before a time, and returns how many.
	DropDeliveries(ctx context.Context, before time.Time, limit int) (int, error)
}

// CreateWebhook implements store.Store.
func (b *Book) CreateWebhook(ctx context.Context, r store.Request, in store.Endpoint, limit int, now time.Time) (stored store.Endpoint, err error) {
	err = b.write(ctx, now, func(ctx context.Context, w *work) error {
		earlier, err := w.requested(ctx, in.Project, r)
		if err != nil {
			return err
		}
		if earlier != "" {
			k, err := store.ParseEndpoint(earlier)
			if err != nil {
				return err
			}
			stored, err = w.Webhook(ctx, k)
			return err
		}
		n, err := w.CountWebhooks(ctx, in.Project)
		if err != nil {
			return err
		}
		if n >= limit {
			return &store.EndpointLimitError{Limit: limit}
		}
		in.Created, in.Updated = now, now
		if err := w.PutWebhook(ctx, in); err != nil {
			return err
		}
		w.remember(in.Project, r, in.Name())
		stored, err = w.Webhook(ctx, in.EndpointKey)
		return err
	})
	return stored, err
}

// Webhook implements store.Store.
func (b *Book) Webhook(ctx context.Context, k store.EndpointKey) (e store.Endpoint, err error) {
	err = b.db.Read(ctx, func(ctx context.Context, r Reader) error {
		e, err = r.Webhook(ctx, k)
		return err
	})
	return e, err
}

// ListWebhooks implements store.Store.
func (b *Book) ListWebhooks(ctx context.Context, project, before string, limit int) (all []store.Endpoint, err error) {
	err = b.db.Read(ctx, func(ctx context.Context, r Reader) error {
		all, err = r.Webhooks(ctx, project, before, limit)
		return err
	})
	return all, err
}

// ChangeWebhook implements store.Store.
func (b *Book) ChangeWebhook(ctx context.Context, r store.Request, k store.EndpointKey, change func(*store.Endpoint), now time.Time) (after store.Endpoint, err error) {
	err = b.write(ctx, now, func(ctx context.Context, w *work) error {
		err := w.once(ctx, k.Project, r, k.Name(), func() error {
			e, err := w.lockWebhook(ctx, k)
			if err != nil {
				return err
			}
			change(&e)
			e.Updated = now
			return w.PutWebhook(ctx, e)
		})
		if err != nil {
			return err
		}
		after, err = w.Webhook(ctx, k)
		return err
	})
	return after, err
}

// lockWebhook locks and reads an endpoint, or returns ErrNotFound.
func (w *work) lockWebhook(ctx context.Context, k store.EndpointKey) (store.Endpoint, error) {
	all, err := w.WebhooksOf(ctx, []store.EndpointKey{k}, true)
	if err == nil && len(all) == 0 {
		err = store.ErrNotFound
	}
	if err != nil {
		return store.Endpoint{}, err
	}
	return all[0], nil
}

// enabledWebhook is lockWebhook for what makes sense only while the endpoint hears.
func (w *work) enabledWebhook(ctx context.Context, k store.EndpointKey) error {
	e, err := w.lockWebhook(ctx, k)
	if err == nil && !e.Enabled() {
		err = &store.StateError{State: e.State.String(), Message: "the endpoint is disabled; enable it first"}
	}
	return err
}

// DeleteWebhook implements store.Store.
func (b *Book) DeleteWebhook(ctx context.Context, r store.Request, k store.EndpointKey, now time.Time) error {
	return b.write(ctx, now, func(ctx context.Context, w *work) error {
		return w.once(ctx, k.Project, r, k.Name(), func() error {
			if _, err := w.lockWebhook(ctx, k); err != nil {
				return err
			}
			return w.RemoveWebhook(ctx, k)
		})
	})
}
