package sqlite

import (
	"context"
	"time"

	kitsqlite "github.com/sheetreel/sheetreel/kit/sqlite"
	"github.com/sheetreel/sheetreel/services/ratelimit/durable"
)

// loadBatch is how many rows are read at a time.
const loadBatch = 1000

// Load implements durable.Store.
func (s *Store) Load(ctx context.Context, fence int64, each func([]durable.Row) error) error {
	return s.db.Read(ctx, func(t *kitsqlite.Tx) error {
		if err := owns(ctx, t, fence); err != nil {
			return err
		}
		found, err := t.QueryContext(ctx, `SELECT kind, rule, key, state, expire_ms FROM limit_rows`)
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

// Write implements durable.Store: one transaction, one sync of the disk.
func (s *Store) Write(ctx context.Context, fence int64, b durable.Batch) error {
	return s.db.Write(ctx, func(t *kitsqlite.Tx) error {
		if err := owns(ctx, t, fence); err != nil {
			return err
		}
		for _, r := range b.Rows {
			_, err := t.ExecContext(ctx, `INSERT INTO limit_rows (kind, rule, key, state, expire_ms) VALUES (?, ?, ?, ?, ?)
				ON CONFLICT (kind, rule, key) DO UPDATE SET state = excluded.state, expire_ms = excluded.expire_ms`,
				int64(r.Kind), []byte(r.Rule), []byte(r.Key), r.State, r.Expire.UnixMilli())
			if err != nil {
				return err
			}
		}
		for _, r := range b.Gone {
			_, err := t.ExecContext(ctx, `DELETE FROM limit_rows WHERE kind = ? AND rule = ? AND key = ?`, int64(r.Kind), []byte(r.Rule), []byte(r.Key))
			if err != nil {
				return err
			}
		}
		_, err := t.ExecContext(ctx, `UPDATE limit_owner SET beat = beat + 1, written_ms = ?, name = CASE WHEN ? THEN '' ELSE name END`,
			b.Written.UnixMilli(), b.Clean)
		return err
	})
}

// Prune implements durable.Store. It looks at every row, so it is called seldom.
func (s *Store) Prune(ctx context.Context, fence int64, before time.Time, most int) (gone int, err error) {
	err = s.db.Write(ctx, func(t *kitsqlite.Tx) error {
		if err := owns(ctx, t, fence); err != nil {
			return err
		}
		result, err := t.ExecContext(ctx, `DELETE FROM limit_rows WHERE (kind, rule, key) IN
			(SELECT kind, rule, key FROM limit_rows WHERE expire_ms < ? LIMIT ?)`, before.UnixMilli(), most)
		if err != nil {
			return err
		}
		n, err := result.RowsAffected()
		gone = int(n)
		return err
	})
	return gone, err
}
