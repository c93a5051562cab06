package postgres

import (
	"context"
	"errors"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/sheetreel/sheetreel/kit/pg"
	"github.com/sheetreel/sheetreel/services/ratelimit/durable"
)

// Alone implements durable.Store: processes of other machines may be alive, and nobody knows.
func (s *Store) Alone(context.Context) (bool, error) { return false, nil }

// Owner implements durable.Store.
func (s *Store) Owner(ctx context.Context) (durable.Owner, error) {
	limited, cancel := s.db.Limit(ctx)
	defer cancel()
	o, err := owner(s.db.Pool.QueryRow(limited, `SELECT name, fence, beat, written_ms FROM limit_owner`))
	return o, pg.Trouble(ctx, err)
}

// Take implements durable.Store.
func (s *Store) Take(ctx context.Context, seen durable.Owner, name string) (o durable.Owner, err error) {
	err = s.db.InTx(ctx, func(ctx context.Context, t pgx.Tx) error {
		o, err = owner(t.QueryRow(ctx, `UPDATE limit_owner SET name = $3, fence = fence + 1, beat = beat + 1 WHERE fence = $1 AND beat = $2
			RETURNING name, fence, beat, written_ms`, seen.Fence, seen.Beat, name))
		if errors.Is(err, pgx.ErrNoRows) {
			return durable.ErrOwned
		}
		return err
	})
	return o, err
}

func owner(row pgx.Row) (o durable.Owner, err error) {
	var written int64
	err = row.Scan(&o.Name, &o.Fence, &o.Beat, &written)
	o.Written = time.UnixMilli(written)
	return o, err
}
