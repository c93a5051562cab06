package postgres

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/sheetreel/sheetreel/services/ratelimit/durable"
)

// loadBatch is how many rows are read at a time.
const loadBatch = 1000

// Load implements durable.Store.
func (s *Store) Load(ctx context.Context, fence int64, each func([]durable.Row) error) error {
	return s.db.Read(ctx, func(ctx context.Context, t pgx.Tx) error {
		if err := owns(t.Exec(ctx, `SELECT FROM limit_owner WHERE fence = $1`, fence)); err != nil {
			return err
		}
		found, err := t.Query(ctx, `SELECT kind, rule, key, state, expire_ms FROM limit_rows`)
		if err != nil {
			return err
		}
		defer found.Close()
		batch := make([]durable.Row, 0, loadBatch)
		for found.Next() {
			var r durable.Row
			var rule, key []byte
			var expire int64
			if err := found.Scan(&r.Kind, &rule, &key, &r.State, &expire); err != nil {
				return err
			}
			r.Rule, r.Key, r.Expire = string(rule), string(key), time.UnixMilli(expire)
			if batch = append(batch, r); len(batch) == loadBatch {
				if err := each(batch); err != nil {
					return err
				}
				batch = batch[:0]
			}
		}
		if err := found.Err(); err != nil {
			return err
		}
		return each(batch)
	})
}

// Write implements durable.Store. The owner's row comes first: its lock keeps a new owner away until this has ended.
func (s *Store) Write(ctx context.Context, fence int64, b durable.Batch) error {
	return s.db.InTx(ctx, func(ctx context.Context, t pgx.Tx) error {
		err := owns(t.Exec(ctx, `UPDATE limit_owner SET beat = beat + 1, written_ms = $2, name = CASE WHEN $3 THEN '' ELSE name END
			WHERE fence = $1`, fence, b.Written.UnixMilli(), b.Clean))
		if err != nil {
			return err
		}
		if len(b.Rows) > 0 {
			kinds, rules, keys := names(b.Rows)
			states, expire := make([][]byte, len(b.Rows)), make([]int64, len(b.Rows))
			for i, r := range b.Rows {
				states[i], expire[i] = r.State, r.Expire.UnixMilli()
			}
			_, err := t.Exec(ctx, `INSERT INTO limit_rows (kind, rule, key, state, expire_ms)
				SELECT * FROM unnest($1::smallint[], $2::bytea[], $3::bytea[], $4::bytea[], $5::bigint[])
				ON CONFLICT (kind, rule, key) DO UPDATE SET state = excluded.state, expire_ms = excluded.expire_ms`, kinds, rules, keys, states, expire)
			if err != nil {
				return err
			}
		}
		if len(b.Gone) == 0 {
			return nil
		}
		kinds, rules, keys := names(b.Gone)
		_, err = t.Exec(ctx, `DELETE FROM limit_rows r USING unnest($1::smallint[], $2::bytea[], $3::bytea[]) AS g (kind, rule, key)
			WHERE r.kind = g.kind AND r.rule = g.rule AND r.key = g.key`, kinds, rules, keys)
		return err
	})
}

// Prune implements durable.Store. It looks at every row, so it is called seldom.
func (s *Store) Prune(ctx context.Context, fence int64, before time.Time, most int) (gone int, err error) {
	err = s.db.InTx(ctx, func(ctx context.Context, t pgx.Tx) error {
		if err := owns(t.Exec(ctx, `SELECT FROM limit_owner WHERE fence = $1 FOR UPDATE`, fence)); err != nil {
			return err
		}
		tag, err := t.Exec(ctx, `DELETE FROM limit_rows WHERE ctid = ANY (ARRAY(SELECT ctid FROM limit_rows WHERE expire_ms < $1 LIMIT $2))`,
			before.UnixMilli(), most)
		gone = int(tag.RowsAffected())
		return err
	})
	return gone, err
}

// owns is ErrLost when a statement about the owner with a fence has found none.
func owns(tag pgconn.CommandTag, err error) error {
	if err == nil && tag.RowsAffected() == 0 {
		err = durable.ErrLost
	}
	return err
}

// names are the columns of rows' names.
func names(rows []durable.Row) (kinds []int16, rules, keys [][]byte) {
	kinds, rules, keys = make([]int16, len(rows)), make([][]byte, len(rows)), make([][]byte, len(rows))
	for i, r := range rows {
		kinds[i], rules[i], keys[i] = int16(r.Kind), []byte(r.Rule), []byte(r.Key)
	}
	return kinds, rules, keys
}
