package webhook

import (
	"context"
	"math/rand/v2"
	"time"

	"github.com/sheetreel/sheetreel/kit/retry"
	"github.com/sheetreel/sheetreel/services/scheduler/store"
)

const (
	settleBatch   = 256
	settleTimeout = 10 * time.Second
)

// patience is how long it is tried to write what came of deliveries: shorter than a lease.
func patience() retry.Policy {
	return retry.Policy{Initial: 200 * time.Millisecond, Multiplier: 2, Max: 5 * time.Second, MaxAttempts: 6}
}

// settleLoop writes what came of deliveries, all that wait in one transaction, until there is nobody left to send. Those
// who have sent wait for it, so no more can pile up than are sent at once.
func (s *Sender) settleLoop(ctx context.Context) {
	for end := range s.ends {
		s.settle(ctx, s.gather(end))
	}
}

// gather takes what else waits.
func (s *Sender) gather(first store.DeliveryEnd) []store.DeliveryEnd {
	batch := []store.DeliveryEnd{first}
	for len(batch) < settleBatch {
		select {
		case end, open := <-s.ends:
			if !open {
				return batch
			}
			batch = append(batch, end)
		default:
			return batch
		}
	}
	return batch
}

// settle writes a batch, and tries again while the store does not answer. What cannot be written is sent once more when
// its lease is over.
func (s *Sender) settle(ctx context.Context, batch []store.DeliveryEnd) {
	policy := patience()
	for try := 1; ; try++ {
		limited, cancel := context.WithTimeout(context.WithoutCancel(ctx), settleTimeout)
		disabled, err := s.Store.SettleDeliveries(limited, batch, s.now())
		cancel()
		if err == nil {
			for _, e := range disabled {
				s.Log.WarnContext(ctx, "webhook endpoint disabled", "endpoint", e.Name(), "reason", e.Reason.String())
			}
			return
		}
		if try == policy.MaxAttempts || ctx.Err() != nil {
			s.Log.ErrorContext(ctx, "deliveries of webhooks will be sent again: what came of them cannot be written", "count", len(batch), "error", err)
			return
		}
		select {
		case <-time.After(policy.Wait(try, rand.Float64)):
		case <-ctx.Done():
		}
	}
}
