package upstream

import (
	"context"
	"time"
)

// withPatience gives a context without a deadline one.
func withPatience(ctx context.Context, patience time.Duration) (context.Context, context.CancelFunc) {
	if _, ok := ctx.Deadline(); ok {
		return ctx, func() {}
	}
	return context.WithTimeout(ctx, patience)
}

// pause waits, or until changed closes. When the wait cannot end before ctx's deadline it fails at once with
// reason. A wait of zero with a channel waits for the channel alone.
func pause(ctx context.Context, wait time.Duration, changed <-chan struct{}, reason error) error {
	if deadline, ok := ctx.Deadline(); ok && time.Until(deadline) <= wait {
		return reason
	}
	var expired <-chan time.Time
	if wait > 0 || changed == nil {
		timer := time.NewTimer(wait)
		defer timer.Stop()
		expired = timer.C
	}
	select {
	case <-ctx.Done():
		return context.Cause(ctx)
	case <-expired:
	case <-changed:
	}
	return nil
}
