package sqlite

import (
	"context"
	"database/sql"
	"time"

	ingestv1 "github.com/sheetreel/sheetreel/gen/sheetreel/ingest/v1"
	kitsqlite "github.com/sheetreel/sheetreel/kit/sqlite"
	"github.com/sheetreel/sheetreel/services/scheduler/order"
	"github.com/sheetreel/sheetreel/services/scheduler/store"
	"github.com/sheetreel/sheetreel/services/scheduler/store/ledger"
)

// Lanes implements ledger.Tx.
func (t *tx) Lanes(ctx context.Context, u store.UserKey) (map[ingestv1.Priority]*order.Lane, order.Clock, error) {
	lanes := map[ingestv1.Priority]*order.Lane{}
	var clock order.Clock
	_, err := rows(ctx, t.Tx, func(r *sql.Rows) (struct{}, error) {
		var priority int32
		var finish, claimed sql.NullInt64
		err := r.Scan(&priority, &finish, &claimed)
		lanes[ingestv1.Priority(priority)] = &order.Lane{Finish: fromMillis(finish), Claimed: fromMillis(claimed)}
		return struct{}{}, err
	}, `SELECT priority, finish_ms, claimed_ms FROM lanes WHERE project = ? AND user_id = ?`, u.Project, u.User)
	if err != nil {
		return nil, clock, err
	}
	_, err = rows(ctx, t.Tx, func(r *sql.Rows) (struct{}, error) {
		var claimed sql.NullInt64
		err := r.Scan(&claimed, &clock.Idle)
		clock.Claimed = fromMillis(claimed)
		return struct{}{}, err
	}, `SELECT (SELECT max(claimed_ms) FROM lanes), NOT EXISTS (SELECT 1 FROM queue WHERE `+ready+`)`)
	return lanes, clock, err
}

// Occupied implements ledger.Tx.
func (t *tx) Occupied(ctx context.Context, claims []ledger.Claim) (map[store.Lane]int, map[store.VideoKey]store.Lane, error) {
	running, err := busy(ctx, t.Tx)
	if err != nil {
		return nil, nil, err
	}
	lanes := make(map[store.VideoKey]store.Lane, len(claims))
	for _, c := range claims {
		found, err := rows(ctx, t.Tx, func(r *sql.Rows) (l store.Lane, err error) {
			l.Project = c.Project
			return l, r.Scan(&l.User, &l.Provider)
		}, `SELECT user_id, provider FROM queue `+byKey, c.Project, c.VideoKey.ID, c.Row.ID)
		if err != nil {
			return nil, nil, err
		}
		if len(found) > 0 {
			lanes[c.VideoKey] = found[0]
		}
	}
	return running, lanes, nil
}

// busy counts what runs.
func busy(ctx context.Context, t *kitsqlite.Tx) (map[store.Lane]int, error) {
	all := map[store.Lane]int{}
	_, err := rows(ctx, t, func(r *sql.Rows) (struct{}, error) {
		var l store.Lane
		var n int
		err := r.Scan(&l.Project, &l.User, &l.Provider, &n)
		all[l] = n
		return struct{}{}, err
	}, `SELECT project, user_id, provider, count(*) FROM running GROUP BY project, user_id, provider`)
	return all, err
}

// NextOverdue implements ledger.Tx.
func (t *tx) NextOverdue(ctx context.Context, now time.Time) (*ledger.Bulk, error) {
	return first(t.bulks(ctx, `WHERE deadline_ms <= ? AND deadline_ms IS NOT NULL AND state IN (1, 2, 3, 4) ORDER BY deadline_ms LIMIT 1`,
		now.UnixMilli()))
}

// order writes what moves places.
func (w *writer) order(c *ledger.Changes) {
	for _, l := range c.Lanes {
		w.exec(`INSERT INTO lanes (project, user_id, priority, finish_ms, claimed_ms) VALUES (?, ?, ?, ?, ?)
			ON CONFLICT (project, user_id, priority) DO UPDATE SET finish_ms = max(finish_ms, excluded.finish_ms),
				claimed_ms = max(claimed_ms, excluded.claimed_ms)`,
			l.Project, l.User, int64(l.Priority), milliOr0(l.Finish), milliOr0(l.Claimed))
	}
	for _, s := range c.Specs {
		w.exec(`UPDATE bulk_jobs SET spec = ? WHERE project = ? AND id = ?`, s.Spec, s.Project, s.ID)
	}
	for _, r := range c.Reorders {
		const shift = `(?2 - CASE priority WHEN 1 THEN ?3 WHEN 10 THEN ?5 ELSE ?4 END)`
		w.exec(`UPDATE queue SET priority = ?1, plain_key = plain_key + `+shift+`,
			sort_key = CASE WHEN wanted_key IS NULL THEN sort_key + `+shift+` ELSE min(plain_key + `+shift+`, wanted_key) END
			WHERE project = ?6 AND bulk_job = ?7`, int64(r.Priority), r.Offsets.Of(r.Priority).Milliseconds(),
			r.Offsets.Urgent.Milliseconds(), r.Offsets.Normal.Milliseconds(), r.Offsets.Low.Milliseconds(), r.Project, r.ID)
	}
}

// forgetLanes drops lanes that a new one would be no other than.
const forgetLanes = `DELETE FROM lanes WHERE finish_ms < max(?, (SELECT coalesce(max(claimed_ms), 0) FROM lanes))
	AND claimed_ms < (SELECT max(claimed_ms) FROM lanes)`
