package postgres

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/sheetreel/sheetreel/services/scheduler/store"
)

// Candidates implements store.Store.
func (s *Store) Candidates(ctx context.Context, skip []store.UserKey, limit int, now time.Time) ([]store.Candidate, error) {
	ctx, cancel := s.db.Limit(ctx)
	defer cancel()
	// The first of those that are ready and the first of those whose time has come, merged.
	rows, err := s.db.Pool.Query(ctx, `SELECT project, bulk_job, id, user_id FROM (
			(SELECT project, bulk_job, id, user_id, sort_key FROM queue
			WHERE state = 1 AND NOT held AND project || '/' || user_id <> ALL ($1::text[])
			ORDER BY sort_key, id LIMIT $2)
			UNION ALL
			(SELECT project, bulk_job, id, user_id, sort_key FROM queue
			WHERE state IN (2, 5) AND NOT held AND due_ms <= $3 AND project || '/' || user_id <> ALL ($1::text[])
			ORDER BY sort_key, id LIMIT $2)) AS both_heads
		ORDER BY sort_key, id LIMIT $2`,
		column(skip, func(u store.UserKey) string { return u.Project + "/" + u.User }), limit, now.UnixMilli())
	return collect(rows, err, func(row pgx.CollectableRow) (c store.Candidate, err error) {
		return c, row.Scan(&c.Project, &c.ID, &c.Video, &c.User)
	})
}

// NextDue implements store.Store.
func (s *Store) NextDue(ctx context.Context, now time.Time) (time.Time, bool, error) {
	ctx, cancel := s.db.Limit(ctx)
	defer cancel()
	var due *int64
	err := s.db.Pool.QueryRow(ctx, `SELECT min(due_ms) FROM queue WHERE state IN (2, 5) AND NOT held AND due_ms > $1`, now.UnixMilli()).Scan(&due)
	return fromMillis(due), due != nil, err
}
