package book

import (
	"context"
	"time"
)

// Run looks for changes of the file and of the store until ctx ends, then returns nil.
func (b *Book) Run(ctx context.Context) error {
	tick := time.NewTicker(b.config.Poll)
	defer tick.Stop()
	trouble := false
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
		b.pollFile(ctx)
		err := b.pollStore(ctx)
		if ctx.Err() != nil {
			return nil
		}
		// It is told once when it begins, and once when it is over.
		if err != nil && !trouble {
			b.log.ErrorContext(ctx, "the limits cannot be compared with the store; what was in force stays", "error", err)
		}
		if err == nil && trouble {
			b.log.InfoContext(ctx, "the limits are compared with the store again", "revision", b.Set().Version())
		}
		trouble = err != nil
	}
}

// pollStore takes up what other replicas have changed.
func (b *Book) pollStore(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, storeTimeout)
	defer cancel()
	head, err := b.store.Head(ctx)
	if err != nil || head == b.Set().Version() {
		return err
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.refresh(ctx)
}

// refresh reads the store again. The caller holds mu.
func (b *Book) refresh(ctx context.Context) error {
	now := b.State()
	next, err := b.load(ctx, now.base, now)
	if err != nil {
		return err
	}
	next.FileError = now.FileError
	b.put(next)
	return nil
}
