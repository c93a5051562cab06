package durable

import "context"

// Flush writes now what has changed, and notes how that went.
func (k *Keeper) Flush(ctx context.Context) error {
	err := k.flush(ctx)
	k.judge(ctx, err)
	return err
}

// Finish ends the keeper as Run does when its context ends.
func (k *Keeper) Finish(ctx context.Context) error {
	k.closed.Store(true)
	return k.finish(ctx)
}
