package durable

import (
	"context"
	"errors"
	"fmt"
	"time"
)

const (
	// pruneEvery is how often expired rows are deleted that the engine has forgotten without saying so.
	pruneEvery = time.Hour
	// longestRetry is how long to wait before a write is tried again, at most.
	longestRetry = 5 * time.Second
)

// Run runs the engine, and writes what it counts until ctx ends; then it grants no more, writes the rest and gives the
// store up. It returns ErrLost when another process has taken the store, and grants no more from then on.
func (k *Keeper) Run(ctx context.Context) error {
	if k.ran.Swap(true) {
		return errors.New("counters of limits: run twice, or after the end")
	}
	inner, stop := context.WithCancel(context.WithoutCancel(ctx))
	defer stop()
	ended := make(chan error, 1)
	go func() { ended <- k.Counters.Run(inner) }()
	lost := k.writes(ctx, ended)
	// Whoever is told that a call may happen has its charge in what is written below: see Decide.
	k.closed.Store(true)
	stop()
	err := errors.Join(<-ended, k.gauges.end())
	if lost != nil {
		return errors.Join(lost, err)
	}
	return errors.Join(err, k.finish(context.WithoutCancel(ctx)))
}

// writes writes until ctx ends, the engine has ended or the store is lost.
func (k *Keeper) writes(ctx context.Context, ended chan error) error {
	wait, pruned := k.cfg.Every, k.clock()
	timer := time.NewTimer(wait)
	defer timer.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case err := <-ended:
			ended <- err
			return nil
		case <-timer.C:
		case <-k.asked:
		}
		err := k.flush(ctx)
		if err == nil && k.clock().Sub(pruned) >= pruneEvery {
			pruned = k.clock()
			_, err = k.store.Prune(ctx, k.fence, pruned.Add(-expireMargin), pruneMost)
		}
		if errors.Is(err, ErrLost) {
			return fmt.Errorf("counters of limits: %w", err)
		}
		if ctx.Err() == nil {
			k.judge(ctx, err)
		}
		if wait = min(2*wait, longestRetry); err == nil {
			wait = k.cfg.Every
		}
		timer.Reset(wait)
	}
}

// judge notes how a write went, and logs what has changed.
func (k *Keeper) judge(ctx context.Context, err error) {
	k.mu.Lock()
	k.health.Err = err
	written := k.health.Written
	k.mu.Unlock()
	was := k.stuck.Swap(err != nil)
	switch {
	case err == nil && was:
		k.behind.Store(false)
		k.log.InfoContext(ctx, "counters of limits are written again")
	case err != nil && !was:
		k.log.WarnContext(ctx, "counters of limits cannot be written; decisions go on from memory", "error", err)
	}
	if err != nil && k.clock().Sub(written) > k.cfg.Unsaved && !k.behind.Swap(true) {
		k.log.ErrorContext(ctx, "counters of limits have not been written for long: after a crash now, limits may be exceeded; limits with outage \"closed\" refuse",
			"written", written, "error", err)
	}
}

// finish writes all that is left and gives the store up.
func (k *Keeper) finish(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, k.cfg.Last)
	defer cancel()
	for wait := k.cfg.Every; ; wait *= 2 {
		err := k.flush(ctx)
		if err == nil {
			err = k.write(ctx, Batch{Written: k.clock(), Clean: true})
		}
		if err == nil {
			return nil
		}
		if errors.Is(err, ErrLost) || !k.pause(ctx, wait) {
			return fmt.Errorf("counters of limits: the last ones are not written, and the next start will take limits as used up: %w", err)
		}
	}
}
