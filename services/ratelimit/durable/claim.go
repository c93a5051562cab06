package durable

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// claim makes this process the owner, and returns the one before.
func (k *Keeper) claim(ctx context.Context) (Owner, error) {
	ctx, cancel := context.WithTimeout(ctx, k.cfg.Wait)
	defer cancel()
	for {
		last, err := k.tryClaim(ctx)
		if err == nil {
			return last, nil
		}
		if !errors.Is(err, ErrOwned) {
			return last, err
		}
		if !k.pause(ctx, k.cfg.Lease/20) {
			return last, fmt.Errorf("%w; waited %v for it to end. Several replicas need Redis, or a database each", err, k.cfg.Wait)
		}
	}
}

func (k *Keeper) tryClaim(ctx context.Context) (Owner, error) {
	alone, err := k.store.Alone(ctx)
	if err != nil {
		return Owner{}, err
	}
	k.alone = alone
	seen, err := k.store.Owner(ctx)
	if err != nil {
		return seen, err
	}
	if !alone && seen.Name != "" {
		if seen, err = k.watch(ctx, seen); err != nil {
			return seen, err
		}
	}
	taken, err := k.store.Take(ctx, seen, k.cfg.Name)
	k.fence = taken.Fence
	return seen, err
}

// watch looks at an owner until it gives up or has shown no sign of life for a lease, by this process' clock and while
// the database answers: so neither clocks that differ nor an outage of the database take the counters from who is alive.
func (k *Keeper) watch(ctx context.Context, seen Owner) (Owner, error) {
	k.log.InfoContext(ctx, "waiting for another process to give up the counters of the limits", "owner", seen.Name, "lease", k.cfg.Lease)
	quiet := time.Now()
	for time.Since(quiet) < k.cfg.Lease {
		if !k.pause(ctx, k.cfg.Lease/20) {
			return seen, fmt.Errorf("%w: %s", ErrOwned, seen.Name)
		}
		now, err := k.store.Owner(ctx)
		if ctx.Err() != nil {
			continue // pause tells
		}
		if err != nil {
			return seen, err
		}
		if now.Name == "" {
			return now, nil
		}
		if now != seen {
			quiet = time.Now()
		}
		seen = now
	}
	return seen, nil
}

// pause waits, and tells whether ctx is still on.
func (k *Keeper) pause(ctx context.Context, d time.Duration) bool {
	select {
	case <-time.After(d):
		return true
	case <-ctx.Done():
		return false
	}
}
