package postgres

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/sheetreel/sheetreel/services/scheduler/store"
)

// window is how many jobs of skipped users the claim walks over before it goes by lanes instead.
const window = 200

// Two ways to find the first that are ready, apart from those of the users $1: $2 of them, or fewer.
const (
	// readyInWindow looks at the head of the order only. With nobody to skip that is enough.
	readyInWindow = `SELECT * FROM (SELECT project, bulk_job, id, user_id, provider, sort_key FROM queue
			WHERE NOT held AND due_ms = 0 ORDER BY sort_key, id LIMIT $4::bigint) AS head
		WHERE project || '/' || user_id <> ALL ($1::text[]) ORDER BY sort_key, id LIMIT $2::bigint`
	// readyByLanes steps from user to user, takes those whose first job is earliest, and merges them. It costs by
	// users, and nothing for however many jobs of a skipped one. ($4 is of no use here.)
	readyByLanes = `WITH RECURSIVE lanes AS (
			(SELECT project, user_id FROM queue WHERE NOT held AND due_ms = 0 ORDER BY project, user_id LIMIT 1)
			UNION ALL
			SELECT n.project, n.user_id FROM lanes AS l CROSS JOIN LATERAL (SELECT project, user_id FROM queue
				WHERE NOT held AND due_ms = 0 AND (project, user_id) > (l.project, l.user_id) ORDER BY project, user_id LIMIT 1) AS n
		), heads AS (
			SELECT l.project, l.user_id FROM lanes AS l CROSS JOIN LATERAL (SELECT sort_key, id FROM queue
				WHERE NOT held AND due_ms = 0 AND project = l.project AND user_id = l.user_id ORDER BY sort_key, id LIMIT 1) AS h
			WHERE l.project || '/' || l.user_id <> ALL ($1::text[]) ORDER BY h.sort_key, h.id LIMIT least($2::bigint, $4::bigint)
		)
		SELECT j.project, j.bulk_job, j.id, j.user_id, j.provider, j.sort_key FROM heads AS h CROSS JOIN LATERAL (SELECT project, bulk_job, id, user_id, provider, sort_key FROM queue
			WHERE NOT held AND due_ms = 0 AND project = h.project AND user_id = h.user_id ORDER BY sort_key, id LIMIT $2::bigint) AS j
		ORDER BY j.sort_key, j.id LIMIT $2::bigint`
)

// Candidates implements store.Store.
func (s *Store) Candidates(ctx context.Context, skip []store.UserKey, limit int, now time.Time) ([]store.Candidate, error) {
	ctx, cancel := s.db.Limit(ctx)
	defer cancel()
	all, err := s.candidates(ctx, readyInWindow, skip, limit, now)
	if err == nil && len(all) < limit && len(skip) > 0 {
		return s.candidates(ctx, readyByLanes, skip, limit, now)
	}
	return all, err
}

// candidates merges those that are ready with those whose time has come.
func (s *Store) candidates(ctx context.Context, ready string, skip []store.UserKey, limit int, now time.Time) ([]store.Candidate, error) {
	rows, err := s.db.Pool.Query(ctx, `SELECT project, bulk_job, id, user_id, provider FROM (
			(`+ready+`)
			UNION ALL
			(SELECT project, bulk_job, id, user_id, provider, sort_key FROM queue
			WHERE NOT held AND due_ms > 0 AND due_ms <= $3 AND project || '/' || user_id <> ALL ($1::text[])
			ORDER BY sort_key, id LIMIT $2::bigint)) AS both_heads
		ORDER BY sort_key, id LIMIT $2::bigint`,
		column(skip, func(u store.UserKey) string { return u.Project + "/" + u.User }), limit, now.UnixMilli(), limit+window)
	return collect(rows, err, func(row pgx.CollectableRow) (c store.Candidate, err error) {
		return c, row.Scan(&c.Project, &c.ID, &c.Video, &c.User, &c.Provider)
	})
}

// NextDue implements store.Store.
func (s *Store) NextDue(ctx context.Context, now time.Time) (time.Time, bool, error) {
	ctx, cancel := s.db.Limit(ctx)
	defer cancel()
	var due *int64
	err := s.db.Pool.QueryRow(ctx, `SELECT min(due_ms) FROM queue WHERE NOT held AND due_ms > 0 AND due_ms > $1`, now.UnixMilli()).Scan(&due)
	return fromMillis(due), due != nil, err
}
