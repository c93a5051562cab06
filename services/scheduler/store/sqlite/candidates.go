package sqlite

import (
	"context"
	"database/sql"
	"encoding/json"
	"time"

	"github.com/sheetreel/sheetreel/services/scheduler/store"
)

// Candidates implements store.Store.
func (s *Store) Candidates(ctx context.Context, skip []store.UserKey, limit int, now time.Time) (all []store.Candidate, err error) {
	users := make([]string, len(skip))
	for i, u := range skip {
		users[i] = u.Project + "/" + u.User
	}
	skipped, err := json.Marshal(users)
	if err != nil {
		return nil, err
	}
	err = s.db.Read(ctx, func(t *sql.Tx) error {
		found, err := t.QueryContext(ctx, `SELECT project, bulk_job, id, user_id FROM queue
			WHERE state IN (1, 2, 5) AND held = 0 AND due_ms <= ?
			AND project || '/' || user_id NOT IN (SELECT value FROM json_each(?))
			ORDER BY sort_key, id LIMIT ?`, now.UnixMilli(), string(skipped), limit)
		all, err = collect(found, err, func(rows *sql.Rows) (c store.Candidate, err error) {
			return c, rows.Scan(&c.Project, &c.ID, &c.Video, &c.User)
		})
		return err
	})
	return all, err
}

// NextDue implements store.Store.
func (s *Store) NextDue(ctx context.Context, now time.Time) (at time.Time, ok bool, err error) {
	err = s.db.Read(ctx, func(t *sql.Tx) error {
		var due sql.NullInt64
		err := t.QueryRowContext(ctx, `SELECT min(due_ms) FROM queue WHERE state IN (1, 2, 5) AND held = 0 AND due_ms > ?`, now.UnixMilli()).Scan(&due)
		at, ok = fromMillis(due), due.Valid
		return err
	})
	return at, ok, err
}
