package postgres

import (
	"context"
	"errors"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/sheetreel/sheetreel/kit/pg"
	"github.com/sheetreel/sheetreel/services/ratelimit/book"
)

// rules implements book.Store. That needs no owner: whoever comes second is told.
type rules struct{ db *pg.DB }

var _ book.Store = rules{}

// Rules is the part of the store that keeps the rules. It is closed with the store.
func (s *Store) Rules() book.Store { return rules{s.db} }

// Load implements book.Store.
func (s rules) Load(ctx context.Context) (head book.Record, rows []book.Row, err error) {
	err = s.db.Read(ctx, func(ctx context.Context, t pgx.Tx) error {
		head, rows = book.Record{}, nil
		newest, err := records(ctx, t, `SELECT number, create_ms, actor, description, digest, request_id, request_sum, changes
			FROM limit_revisions ORDER BY number DESC LIMIT 1`)
		if err != nil {
			return err
		}
		if len(newest) > 0 {
			head = newest[0]
		}
		found, err := t.Query(ctx, `SELECT rule, override, body FROM limit_rules ORDER BY rule COLLATE "C", override COLLATE "C"`)
		if err != nil {
			return err
		}
		rows, err = pgx.CollectRows(found, func(row pgx.CollectableRow) (r book.Row, err error) {
			err = row.Scan(&r.Limit, &r.Override, &r.Body)
			return r, err
		})
		return err
	})
	return head, rows, err
}

// Head implements book.Store.
func (s rules) Head(ctx context.Context) (head int64, err error) {
	err = s.db.Read(ctx, func(ctx context.Context, t pgx.Tx) error {
		return t.QueryRow(ctx, `SELECT COALESCE(MAX(number), 0) FROM limit_revisions`).Scan(&head)
	})
	return head, err
}

// uniqueViolation is what the server says when two transactions write the same number at once.
const uniqueViolation = "23505"

// Append implements book.Store. Of two that write the same number at once, the second waits for the first and breaks the
// primary key.
func (s rules) Append(ctx context.Context, r book.Record, rows []book.Row, keep int) error {
	err := s.db.InTx(ctx, func(ctx context.Context, t pgx.Tx) error {
		done, err := t.Exec(ctx, `INSERT INTO limit_revisions (number, create_ms, actor, description, digest, request_id, request_sum, changes)
			SELECT $1::bigint, $2::bigint, $3::bytea, $4::text, $5::text, $6::bytea, $7::text, $8::bytea
			WHERE (SELECT COALESCE(MAX(number), 0) FROM limit_revisions) = $1::bigint - 1`,
			r.Number, r.Created.UnixMilli(), []byte(r.Actor), r.Description, r.Digest, []byte(r.RequestID), r.RequestSum, notNil(r.Changes))
		if err != nil {
			return err
		}
		if done.RowsAffected() == 0 {
			return book.ErrConflict
		}
		for _, row := range rows {
			if len(row.Body) == 0 {
				_, err = t.Exec(ctx, `DELETE FROM limit_rules WHERE rule = $1 AND override = $2`, row.Limit, row.Override)
			} else {
				_, err = t.Exec(ctx, `INSERT INTO limit_rules (rule, override, body) VALUES ($1, $2, $3)
					ON CONFLICT (rule, override) DO UPDATE SET body = excluded.body`, row.Limit, row.Override, row.Body)
			}
			if err != nil {
				return err
			}
		}
		_, err = t.Exec(ctx, `DELETE FROM limit_revisions WHERE number <= $1`, r.Number-int64(keep))
		return err
	})
	if e := (*pgconn.PgError)(nil); errors.As(err, &e) && e.Code == uniqueViolation {
		return book.ErrConflict
	}
	return err
}

// Records implements book.Store.
func (s rules) Records(ctx context.Context, before int64, limit int) (found []book.Record, err error) {
	err = s.db.Read(ctx, func(ctx context.Context, t pgx.Tx) error {
		found, err = records(ctx, t, `SELECT number, create_ms, actor, description, digest, request_id, request_sum, changes
			FROM limit_revisions WHERE number < $1::bigint OR $1::bigint = 0 ORDER BY number DESC LIMIT $2`, before, limit)
		return err
	})
	return found, err
}

// Request implements book.Store.
func (s rules) Request(ctx context.Context, id string) (book.Record, error) {
	var found []book.Record
	err := s.db.Read(ctx, func(ctx context.Context, t pgx.Tx) (err error) {
		found, err = records(ctx, t, `SELECT number, create_ms, actor, description, digest, request_id, request_sum, changes
			FROM limit_revisions WHERE request_id = $1 ORDER BY number DESC LIMIT 1`, []byte(id))
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

func records(ctx context.Context, t pgx.Tx, query string, args ...any) ([]book.Record, error) {
	found, err := t.Query(ctx, query, args...)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(found, func(row pgx.CollectableRow) (r book.Record, err error) {
		var created int64
		var actor, request []byte
		err = row.Scan(&r.Number, &created, &actor, &r.Description, &r.Digest, &request, &r.RequestSum, &r.Changes)
		r.Created, r.Actor, r.RequestID = time.UnixMilli(created).UTC(), string(actor), string(request)
		return r, err
	})
}

// notNil is bytes in a column that is never NULL.
func notNil(b []byte) []byte {
	if b == nil {
		return []byte{}
	}
	return b
}
