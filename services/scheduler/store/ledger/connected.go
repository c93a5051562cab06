package ledger

import (
	"context"
	"errors"
	"time"

	"github.com/sheetreel/sheetreel/services/scheduler/store"
)

// connectedReader is how a Reader reads connected sheets.
type connectedReader interface {
	// Connected reads a connected sheet, or returns ErrNotFound.
	Connected(ctx context.Context, k store.ConnectedKey) (store.Connected, error)
	// AllConnected reads those of a project with an id below before (empty: from the newest), newest first.
	AllConnected(ctx context.Context, project, before string, limit int) ([]store.Connected, error)
}

// connectedWriter is how a Tx changes connected sheets.
type connectedWriter interface {
	// CountConnected counts those of a project, whose number nobody else changes until the end.
	CountConnected(ctx context.Context, project string) (int, error)
	// LockConnected locks and reads a connected sheet, or returns ErrNotFound.
	LockConnected(ctx context.Context, k store.ConnectedKey) (store.Connected, error)
	// ConnectedOf locks and reads the connected sheet of a lease in force, or returns ErrNotFound.
	ConnectedOf(ctx context.Context, lease string, now time.Time) (store.Connected, error)
	// NextConnected locks and reads the ACTIVE one that is due longest and not leased, or returns ErrNotFound. Those that
	// others have locked are stepped over.
	NextConnected(ctx context.Context, now time.Time) (store.Connected, error)
	// PutConnected stores a new or changed connected sheet.
	PutConnected(ctx context.Context, c store.Connected) error
	// RemoveConnected deletes a connected sheet.
	RemoveConnected(ctx context.Context, k store.ConnectedKey) error
}

// CreateConnected implements store.Store.
func (b *Book) CreateConnected(ctx context.Context, r store.Request, in store.Connected, limit int, now time.Time) (stored store.Connected, err error) {
	err = b.write(ctx, now, func(ctx context.Context, w *work) error {
		earlier, err := w.requested(ctx, in.Project, r)
		if err != nil {
			return err
		}
		if earlier != "" {
			k, err := store.ParseConnected(earlier)
			if err != nil {
				return err
			}
			stored, err = w.Connected(ctx, k)
			return err
		}
		n, err := w.CountConnected(ctx, in.Project)
		if err != nil {
			return err
		}
		if n >= limit {
			return &store.ConnectedLimitError{Limit: limit}
		}
		if err := w.PutConnected(ctx, in); err != nil {
			return err
		}
		w.remember(in.Project, r, in.Name())
		stored, err = w.Connected(ctx, in.ConnectedKey)
		return err
	})
	return stored, err
}

// Connected implements store.Store.
func (b *Book) Connected(ctx context.Context, k store.ConnectedKey) (c store.Connected, err error) {
	err = b.db.Read(ctx, func(ctx context.Context, r Reader) error {
		c, err = r.Connected(ctx, k)
		return err
	})
	return c, err
}

// ListConnected implements store.Store.
func (b *Book) ListConnected(ctx context.Context, project, before string, limit int) (all []store.Connected, err error) {
	err = b.db.Read(ctx, func(ctx context.Context, r Reader) error {
		all, err = r.AllConnected(ctx, project, before, limit)
		return err
	})
	return all, err
}

// ChangeConnected implements store.Store.
func (b *Book) ChangeConnected(ctx context.Context, r store.Request, k store.ConnectedKey, change func(*store.Connected), now time.Time) (after store.Connected, err error) {
	err = b.write(ctx, now, func(ctx context.Context, w *work) error {
		err := w.once(ctx, k.Project, r, k.Name(), func() error {
			c, err := w.LockConnected(ctx, k)
			if err != nil {
				return err
			}
			change(&c)
			return w.PutConnected(ctx, c)
		})
		if err != nil {
			return err
		}
		after, err = w.Connected(ctx, k)
		return err
	})
	return after, err
}

// DeleteConnected implements store.Store.
func (b *Book) DeleteConnected(ctx context.Context, r store.Request, k store.ConnectedKey, now time.Time) error {
	return b.write(ctx, now, func(ctx context.Context, w *work) error {
		return w.once(ctx, k.Project, r, k.Name(), func() error {
			if _, err := w.LockConnected(ctx, k); err != nil {
				return err
			}
			return w.RemoveConnected(ctx, k)
		})
	})
}

// LeaseConnected implements store.Store.
func (b *Book) LeaseConnected(ctx context.Context, l store.NewLease, now time.Time) (c store.Connected, err error) {
	err = b.db.Write(ctx, func(ctx context.Context, tx Tx) error {
		if c, err = tx.NextConnected(ctx, now); err != nil {
			return err
		}
		c.Lease, c.Until = l.ID, l.Until
		return tx.PutConnected(ctx, c)
	})
	return c, err
}

// SettleConnected implements store.Store.
func (b *Book) SettleConnected(ctx context.Context, lease string, change func(*store.Connected), now time.Time) error {
	return b.db.Write(ctx, func(ctx context.Context, tx Tx) error {
		c, err := tx.ConnectedOf(ctx, lease, now)
		if errors.Is(err, store.ErrNotFound) {
			err = store.ErrLeaseLost
		}
		if err != nil {
			return err
		}
		change(&c)
		c.Lease, c.Until = "", time.Time{}
		return tx.PutConnected(ctx, c)
	})
}
