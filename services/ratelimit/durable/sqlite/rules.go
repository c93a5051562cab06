package sqlite

import (
	"context"
	"database/sql"
	"time"

	kitsqlite "github.com/sheetreel/sheetreel/kit/sqlite"
	"github.com/sheetreel/sheetreel/services/ratelimit/book"
)

// rules implements book.Store. That needs no owner: whoever comes second is told.
type rules struct{ db *kitsqlite.DB }

var _ book.Store = rules{}

// Rules is the part of the store that keeps the rules. It is closed with the store.
func (s *Store) Rules() book.Store { return rules{s.db} }

// Load implements book.Store.
func (s rules) Load(ctx context.Context) (head book.Record, rows []book.Row, err error) {
	err = s.db.Read(ctx, func(t *kitsqlite.Tx) error {
		newest, err := records(ctx, t, `SELECT number, create_ms, actor, description, digest, request_id, request_sum, changes
			FROM limit_revisions ORDER BY number DESC LIMIT 1`)
		if err != nil {
			return err
		}
		if len(newest) > 0 {
			head = newest[0]
		}
		rows, err = bodies(ctx, t)
		return err
	})
	return head, rows, err
}

func bodies(ctx context.Context, t *kitsqlite.Tx) ([]book.Row, error) {
	found, err := t.QueryContext(ctx, `SELECT rule, override, body FROM limit_rules ORDER BY rule, override`)
	if err != nil {
		return nil, err
	}
	defer found.Close()
	var rows []book.Row
	for found.Next() {
		var r book.Row
		if err := found.Scan(&r.Limit, &r.Override, &r.Body); err != nil {
			return nil, err
		}
		rows = append(rows, r)
	}
	return rows, found.Err()
}

// Head implements book.Store.
func (s rules) Head(ctx context.Context) (head int64, err error) {
	err = s.db.Read(ctx, func(t *kitsqlite.Tx) error {
		head, err = newest(ctx, t)
		return err
	})
	return head, err
}

func newest(ctx context.Context, t *kitsqlite.Tx) (head int64, err error) {
	found, err := t.QueryContext(ctx, `SELECT COALESCE(MAX(number), 0) FROM limit_revisions`)
	if err != nil {
		return 0, err
	}
	defer found.Close()
	for found.Next() {
		if err := found.Scan(&head); err != nil {
			return 0, err
		}
	}
	return head, found.Err()
}

// Append implements book.Store.
func (s rules) Append(ctx context.Context, r book.Record, rows []book.Row, keep int) error {
	return s.db.Write(ctx, func(t *kitsqlite.Tx) error {
		head, err := newest(ctx, t)
		if err != nil {
			return err
		}
		if r.Number != head+1 {
			return book.ErrConflict
		}
		_, err = t.ExecContext(ctx, `INSERT INTO limit_revisions (number, create_ms, actor, description, digest, request_id, request_sum, changes)
			VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
			r.Number, r.Created.UnixMilli(), []byte(r.Actor), r.Description, r.Digest, []byte(r.RequestID), r.RequestSum, notNil(r.Changes))
		if err != nil {
			return err
		}
		for _, row := range rows {
			if len(row.Body) == 0 {
				_, err = t.ExecContext(ctx, `DELETE FROM limit_rules WHERE rule = ? AND override = ?`, row.Limit, row.Override)
			} else {
				_, err = t.ExecContext(ctx, `INSERT INTO limit_rules (rule, override, body) VALUES (?, ?, ?)
					ON CONFLICT DO UPDATE SET body = excluded.body`, row.Limit, row.Override, row.Body)
			}
			if err != nil {
				return err
			}
		}
		_, err = t.ExecContext(ctx, `DELETE FROM limit_revisions WHERE number <= ?`, r.Number-int64(keep))
		return err
	})
}

// Records implements book.Store.
func (s rules) Records(ctx context.Context, before int64, limit int) (found []book.Record, err error) {
	err = s.db.Read(ctx, func(t *kitsqlite.Tx) error {
		found, err = records(ctx, t, `SELECT number, create_ms, actor, description, digest, request_id, request_sum, changes
			FROM limit_revisions WHERE number < ? OR ? = 0 ORDER BY number DESC LIMIT ?`, before, before, limit)
		return err
	})
	return found, err
}

// Request implements book.Store.
func (s rules) Request(ctx context.Context, id string) (book.Record, error) {
	var found []book.Record
	err := s.db.Read(ctx, func(t *kitsqlite.Tx) (err error) {
		found, err = records(ctx, t, `SELECT number, create_ms, actor, description, digest, request_id, request_sum, changes
			FROM limit_revisions WHERE request_id = ? ORDER BY number DESC LIMIT 1`, []byte(id))
		return err
	})
	if err == nil && len(found) == 0 {
		err = book.ErrNotFound
	}
	if err != nil {
		return book.Record{}, err
	}
	return found[0], nil
}

func records(ctx context.Context, t *kitsqlite.Tx, query string, args ...any) ([]book.Record, error) {
	found, err := t.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, err
	}
	defer found.Close()
	var all []book.Record
	for found.Next() {
		r, err := record(found)
		if err != nil {
			return nil, err
		}
		all = append(all, r)
	}
	return all, found.Err()
}

func record(found *sql.Rows) (r book.Record, err error) {
	var created int64
	var actor, request []byte
	err = found.Scan(&r.Number, &created, &actor, &r.Description, &r.Digest, &request, &r.RequestSum, &r.Changes)
	r.Created, r.Actor, r.RequestID = time.UnixMilli(created).UTC(), string(actor), string(request)
	return r, err
}

// notNil is bytes in a column that is never NULL.
func notNil(b []byte) []byte {
	if b == nil {
		return []byte{}
	}
	return b
}
