package ledger

import (
	"cmp"
	"context"
	"slices"
	"time"

	schedulerv1 "github.com/sheetreel/sheetreel/gen/sheetreel/scheduler/v1"
	"github.com/sheetreel/sheetreel/services/scheduler/store"
	"github.com/sheetreel/sheetreel/services/scheduler/webhook/notice"
)

// requeueBatch is how many deliveries one transaction takes at most.
const requeueBatch = 500

// TestWebhook implements store.Store.
func (b *Book) TestWebhook(ctx context.Context, r store.Request, k store.EndpointKey, id string, now time.Time) (d store.Delivery, err error) {
	body, err := notice.TestBody(store.ProjectName(k.Project), k.Name(), now)
	if err != nil {
		return d, err
	}
	err = b.write(ctx, now, func(ctx context.Context, w *work) error {
		key := store.DeliveryKey{EndpointKey: k, Delivery: id}
		earlier, err := w.requested(ctx, k.Project, r)
		if err != nil {
			return err
		}
		if earlier != "" {
			if key, err = store.ParseDelivery(earlier); err != nil {
				return err
			}
			d, err = w.Delivery(ctx, key)
			return err
		}
		if err := w.enabledWebhook(ctx, k); err != nil {
			return err
		}
		if err := w.AddDelivery(ctx, store.Delivery{DeliveryKey: key, Type: notice.Test, Body: body, Due: now, Created: now}); err != nil {
			return err
		}
		w.remember(k.Project, r, key.Name())
		w.wakes(store.TopicWebhooks)
		d, err = w.Delivery(ctx, key)
		return err
	})
	return d, err
}

// Delivery implements store.Store.
func (b *Book) Delivery(ctx context.Context, k store.DeliveryKey) (d store.Delivery, err error) {
	err = b.db.Read(ctx, func(ctx context.Context, r Reader) error {
		if _, err := r.Webhook(ctx, k.EndpointKey); err != nil {
			return err
		}
		d, err = r.Delivery(ctx, k)
		return err
	})
	return d, err
}

// ListDeliveries implements store.Store.
func (b *Book) ListDeliveries(ctx context.Context, k store.EndpointKey, in store.DeliveryState, before string, limit int) (all []store.Delivery, err error) {
	err = b.db.Read(ctx, func(ctx context.Context, r Reader) error {
		if _, err := r.Webhook(ctx, k); err != nil {
			return err
		}
		all, err = r.Deliveries(ctx, k, in, before, limit)
		return err
	})
	return all, err
}

// ReplayDelivery implements store.Store.
func (b *Book) ReplayDelivery(ctx context.Context, r store.Request, k store.DeliveryKey, now time.Time) (after store.Delivery, err error) {
	err = b.write(ctx, now, func(ctx context.Context, w *work) error {
		err := w.once(ctx, k.Project, r, k.Name(), func() error {
			if err := w.enabledWebhook(ctx, k.EndpointKey); err != nil {
				return err
			}
			w.wakes(store.TopicWebhooks)
			return w.RequeueDelivery(ctx, k, now)
		})
		if err != nil {
			return err
		}
		after, err = w.Delivery(ctx, k)
		return err
	})
	return after, err
}

// ReplayDeliveries implements store.Store.
func (b *Book) ReplayDeliveries(ctx context.Context, r store.Request, k store.EndpointKey, since time.Time, limit int, now time.Time) (int, error) {
	return b.inSteps(ctx, r, k.Project, now, func(ctx context.Context, w *work, at step) (step, bool, error) {
		if err := w.enabledWebhook(ctx, k); err != nil {
			return at, false, err
		}
		batch := min(requeueBatch, limit-at.counted)
		n, err := w.RequeueDeliveries(ctx, k, since, batch, now)
		w.wakes(store.TopicWebhooks)
		at.counted += n
		return at, n == batch && at.counted < limit, err
	})
}

// DueWebhooks implements store.Store.
func (b *Book) DueWebhooks(ctx context.Context, after store.EndpointKey, limit int, now time.Time) (all []store.EndpointKey, err error) {
	err = b.db.Read(ctx, func(ctx context.Context, r Reader) error {
		all, err = r.DueWebhooks(ctx, after, limit, now)
		return err
	})
	return all, err
}

// LeaseDeliveries implements store.Store.
func (b *Book) LeaseDeliveries(ctx context.Context, wants []store.DeliveryWant, lease string, until, now time.Time) (leased []store.LeasedDelivery, err error) {
	err = b.write(ctx, now, func(ctx context.Context, w *work) error {
		leased = nil
		taken, err := w.TakeDeliveries(ctx, wants, lease, until, now)
		if err != nil || len(taken) == 0 {
			return err
		}
		endpoints, err := w.webhooksByKey(ctx, endpointsOf(taken, func(d store.Delivery) store.EndpointKey { return d.EndpointKey }), false)
		if err != nil {
			return err
		}
		var ends []store.DeliveryEnd
		for _, d := range taken {
			e, ok := endpoints[d.EndpointKey]
			switch {
			case ok && e.Enabled():
				leased = append(leased, store.LeasedDelivery{Delivery: d, Lease: lease, Endpoint: *e})
				continue
			case ok:
				ends = append(ends, unsent(d, lease, "not sent: the endpoint was disabled"))
			default:
				ends = append(ends, unsent(d, lease, "not sent: the endpoint was deleted"))
			}
		}
		if len(ends) == 0 {
			return nil
		}
		return w.EndDeliveries(ctx, ends, now)
	})
	return leased, err
}

func unsent(d store.Delivery, lease, why string) store.DeliveryEnd {
	return store.DeliveryEnd{DeliveryKey: d.DeliveryKey, Lease: lease, State: schedulerv1.WebhookDelivery_FAILED, Error: why}
}

// endpointsOf gives the endpoints of a list, once each, in the order in which everybody locks them.
func endpointsOf[T any](all []T, key func(T) store.EndpointKey) []store.EndpointKey {
	var keys []store.EndpointKey
	for _, one := range all {
		keys = append(keys, key(one))
	}
	slices.SortFunc(keys, func(a, b store.EndpointKey) int {
		return cmp.Or(cmp.Compare(a.Project, b.Project), cmp.Compare(a.ID, b.ID))
	})
	return slices.Compact(keys)
}

func (w *work) webhooksByKey(ctx context.Context, keys []store.EndpointKey, lock bool) (map[store.EndpointKey]*store.Endpoint, error) {
	if len(keys) == 0 {
		return nil, nil
	}
	all, err := w.WebhooksOf(ctx, keys, lock)
	found := make(map[store.EndpointKey]*store.Endpoint, len(all))
	for i := range all {
		found[all[i].EndpointKey] = &all[i]
	}
	return found, err
}

// SettleDeliveries implements store.Store.
func (b *Book) SettleDeliveries(ctx context.Context, ends []store.DeliveryEnd, now time.Time) (disabled []store.Endpoint, err error) {
	err = b.write(ctx, now, func(ctx context.Context, w *work) error {
		disabled, err = w.judgeWebhooks(ctx, ends, now)
		if err != nil {
			return err
		}
		return w.EndDeliveries(ctx, ends, now)
	})
	return disabled, err
}

// judgeWebhooks notes at endpoints whether they take what they are sent. It locks only those for which that is news, so
// that a healthy one is written by nobody.
func (w *work) judgeWebhooks(ctx context.Context, ends []store.DeliveryEnd, now time.Time) (disabled []store.Endpoint, err error) {
	of := func(e store.DeliveryEnd) store.EndpointKey { return e.EndpointKey }
	seen, err := w.webhooksByKey(ctx, endpointsOf(ends, of), false)
	if err != nil {
		return nil, err
	}
	news := slices.DeleteFunc(endpointsOf(ends, of), func(k store.EndpointKey) bool { return seen[k] == nil || !judge(seen[k], ends, now) })
	locked, err := w.webhooksByKey(ctx, news, true)
	if err != nil {
		return nil, err
	}
	for _, k := range news {
		e := locked[k]
		if e == nil { // deleted meanwhile
			continue
		}
		was := e.Enabled()
		if !judge(e, ends, now) {
			continue
		}
		if err := w.PutWebhook(ctx, *e); err != nil {
			return nil, err
		}
		if was && !e.Enabled() {
			disabled = append(disabled, *e)
		}
	}
	return disabled, nil
}

// judge changes an endpoint by what came of its deliveries, and tells whether anything is new.
func judge(e *store.Endpoint, ends []store.DeliveryEnd, now time.Time) bool {
	before, was := e.FailingSince, e.State
	disable := func(why schedulerv1.WebhookEndpoint_DisableReason) {
		if e.Enabled() {
			e.State, e.Reason = schedulerv1.WebhookEndpoint_DISABLED, why
		}
	}
	for _, end := range ends {
		switch {
		case end.EndpointKey != e.EndpointKey || end.Tried.IsZero():
			continue
		case end.State == schedulerv1.WebhookDelivery_DELIVERED:
			e.FailingSince = time.Time{}
		case e.FailingSince.IsZero():
			e.FailingSince = end.Tried
		}
		if end.Gone {
			disable(schedulerv1.WebhookEndpoint_GONE)
		}
	}
	if !e.FailingSince.IsZero() && now.Sub(e.FailingSince) >= store.WebhookPatience {
		disable(schedulerv1.WebhookEndpoint_FAILING)
	}
	return !e.FailingSince.Equal(before) || e.State != was
}

// ForgetDeliveries implements store.Store.
func (b *Book) ForgetDeliveries(ctx context.Context, before time.Time, limit int) (n int, err error) {
	err = b.db.Write(ctx, func(ctx context.Context, tx Tx) error {
		n, err = tx.DropDeliveries(ctx, before, limit)
		return err
	})
	return n, err
}
