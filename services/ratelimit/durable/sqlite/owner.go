package sqlite

import (
	"context"
	"fmt"
	"time"

	kitsqlite "github.com/sheetreel/sheetreel/kit/sqlite"
	"github.com/sheetreel/sheetreel/services/ratelimit/durable"
)

// Alone implements durable.Store: it takes the lock.
func (s *Store) Alone(context.Context) (bool, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	ours, err := s.lock.TryLock() // true again when we hold it
	if err != nil {
		return false, fmt.Errorf("lock %s: %w", s.lock.Path(), err)
	}
	if !ours {
		return false, fmt.Errorf("%w: it holds the lock on %s", durable.ErrOwned, s.lock.Path())
	}
	return true, nil
}

// Owner implements durable.Store.
func (s *Store) Owner(ctx context.Context) (o durable.Owner, err error) {
	err = s.db.Read(ctx, func(t *kitsqlite.Tx) error {
		o, err = owner(ctx, t)
		return err
	})
	return o, err
}

// Take implements durable.Store.
func (s *Store) Take(ctx context.Context, seen durable.Owner, name string) (o durable.Owner, err error) {
	err = s.db.Write(ctx, func(t *kitsqlite.Tx) error {
		now, err := owner(ctx, t)
		if err != nil {
			return err
		}
		if now.Fence != seen.Fence || now.Beat != seen.Beat {
			return durable.ErrOwned
		}
		_, err = t.ExecContext(ctx, `UPDATE limit_owner SET name = ?, fence = fence + 1, beat = beat + 1`, name)
		if err != nil {
			return err
		}
		o, err = owner(ctx, t)
		return err
	})
	return o, err
}

func owner(ctx context.Context, t *kitsqlite.Tx) (o durable.Owner, err error) {
	rows, err := t.QueryContext(ctx, `SELECT name, fence, beat, written_ms FROM limit_owner`)
	if err != nil {
		return o, err
	}
	defer rows.Close()
	for rows.Next() {
		var written int64
		if err := rows.Scan(&o.Name, &o.Fence, &o.Beat, &written); err != nil {
			return o, err
		}
		o.Written = time.UnixMilli(written)
	}
	return o, rows.Err()
}

// owns makes sure that the fence is still the owner's, for as long as the transaction lasts.
func owns(ctx context.Context, t *kitsqlite.Tx, fence int64) error {
	o, err := owner(ctx, t)
	if err == nil && o.Fence != fence {
		err = durable.ErrLost
	}
	return err
}
