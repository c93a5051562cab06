package sqlite

import (
	"context"
	"database/sql"
	"time"

	kitsqlite "github.com/sheetreel/sheetreel/kit/sqlite"
	"github.com/sheetreel/sheetreel/services/scheduler/state"
	"github.com/sheetreel/sheetreel/services/scheduler/store"
	"github.com/sheetreel/sheetreel/services/scheduler/store/ledger"
)

// EndedBefore implements store.Store.
func (s *Store) EndedBefore(ctx context.Context, before time.Time, limit int) (all []store.BulkKey, err error) {
	err = s.db.Read(ctx, func(t *kitsqlite.Tx) error {
		all, err = rows(ctx, t, func(row *sql.Rows) (k store.BulkKey, err error) { return k, row.Scan(&k.Project, &k.ID) },
			`SELECT project, id FROM bulk_jobs WHERE end_ms IS NOT NULL AND end_ms < ? ORDER BY end_ms LIMIT ?`, before.UnixMilli(), limit)
		return err
	})
	return all, err
}

// Unlink implements ledger.Tx.
func (t *tx) Unlink(ctx context.Context, d ledger.Deletion, now time.Time) error {
	w := &writer{ctx: ctx, tx: t}
	w.exec(`DELETE FROM bulk_jobs WHERE project = ? AND id = ?`, d.Project, d.ID)
	w.exec(`DELETE FROM write_backs WHERE project = ? AND bulk_job = ?`, d.Project, d.ID)
	w.exec(`INSERT INTO deletions (project, bulk_job, last_sequence, delete_ms) VALUES (?, ?, ?, ?)`, d.Project, d.ID, d.Last, now.UnixMilli())
	return w.err
}

func scanDeletion(row *sql.Rows) (d ledger.Deletion, err error) {
	return d, row.Scan(&d.Project, &d.ID, &d.Last)
}

// NextDeletion implements ledger.Tx.
func (t *tx) NextDeletion(ctx context.Context) (ledger.Deletion, error) {
	return first(rows(ctx, t.Tx, scanDeletion, `SELECT project, bulk_job, last_sequence FROM deletions WHERE pruned = 0 ORDER BY delete_ms LIMIT 1`))
}

// PruneVideos implements ledger.Tx. What is finished has nobody who waits or runs.
// A row of a source whose video job came to nothing is forgotten with it: it was never made, so it is new again.
func (t *tx) PruneVideos(ctx context.Context, d ledger.Deletion, limit int) ([]ledger.Remains, error) {
	made := map[string]bool{}
	gone, err := rows(ctx, t.Tx, func(row *sql.Rows) (v ledger.Remains, err error) {
		v.BulkKey = d.BulkKey
		var end state.Video
		err = row.Scan(&v.Video, &end, &v.Result)
		made[v.Video] = end == state.Completed
		return v, err
	}, `DELETE FROM finished WHERE (project, bulk_job, id) IN
		(SELECT project, bulk_job, id FROM finished WHERE project = ? AND bulk_job = ? LIMIT ?) RETURNING id, state, result`, d.Project, d.ID, limit)
	if err != nil {
		return nil, err
	}
	w := &writer{ctx: ctx, tx: t}
	for _, v := range gone {
		w.exec(`DELETE FROM dead_letters WHERE project = ? AND id = ?`, v.Project, v.Video)
		if !made[v.Video] {
			w.exec(`DELETE FROM source_rows WHERE video_job = ?`, v.Video)
		}
	}
	return gone, w.err
}

// PruneRest implements ledger.Tx.
func (t *tx) PruneRest(ctx context.Context, d ledger.Deletion, limit int) (n int64, err error) {
	for _, kind := range []struct{ table, key string }{
		{`attempts`, `video_job, number`}, {`pages`, `last_position`}, {`job_costs`, `last_sequence`}, {`job_events`, `last_sequence`},
	} {
		keep := ``
		args := []any{d.Project, d.ID}
		if kind.table == `job_events` {
			keep = `AND last_sequence < ?`
			args = append(args, d.Last)
		}
		done, err := t.ExecContext(ctx, `DELETE FROM `+kind.table+` WHERE (project, bulk_job, `+kind.key+`) IN (SELECT project, bulk_job, `+kind.key+`
			FROM `+kind.table+` WHERE project = ? AND bulk_job = ? `+keep+` LIMIT ?)`, append(args, limit)...)
		if err != nil {
			return n, err
		}
		rows, err := done.RowsAffected()
		if err != nil {
			return n, err
		}
		n += rows
	}
	return n, nil
}

// Pruned implements ledger.Tx.
func (t *tx) Pruned(ctx context.Context, d ledger.Deletion) error {
	_, err := t.ExecContext(ctx, `UPDATE deletions SET pruned = 1 WHERE project = ? AND bulk_job = ?`, d.Project, d.ID)
	return err
}

// ForgetDeletions implements ledger.Tx.
func (t *tx) ForgetDeletions(ctx context.Context, before time.Time, limit int) (int, error) {
	old, err := rows(ctx, t.Tx, scanDeletion, `SELECT project, bulk_job, last_sequence FROM deletions
		WHERE pruned = 1 AND delete_ms < ? ORDER BY delete_ms LIMIT ?`, before.UnixMilli(), limit)
	if err != nil {
		return 0, err
	}
	w := &writer{ctx: ctx, tx: t}
	for _, d := range old {
		w.exec(`DELETE FROM job_events WHERE project = ? AND bulk_job = ?`, d.Project, d.ID)
		w.exec(`DELETE FROM deletions WHERE project = ? AND bulk_job = ?`, d.Project, d.ID)
	}
	return len(old), w.err
}

// AddBlobs implements ledger.Tx.
func (t *tx) AddBlobs(ctx context.Context, keys []string) error {
	w := &writer{ctx: ctx, tx: t}
	for _, k := range keys {
		w.exec(`INSERT OR IGNORE INTO blob_deletions (blob_key) VALUES (?)`, k)
	}
	return w.err
}

// LeaseBlobs implements ledger.Tx.
func (t *tx) LeaseBlobs(ctx context.Context, limit int, until, now time.Time) ([]string, error) {
	return rows(ctx, t.Tx, func(row *sql.Rows) (key string, err error) { return key, row.Scan(&key) },
		`UPDATE blob_deletions SET until_ms = ? WHERE blob_key IN
		(SELECT blob_key FROM blob_deletions WHERE until_ms <= ? ORDER BY until_ms LIMIT ?) RETURNING blob_key`, until.UnixMilli(), now.UnixMilli(), limit)
}

// ConfirmBlobs implements ledger.Tx.
func (t *tx) ConfirmBlobs(ctx context.Context, keys []string) error {
	w := &writer{ctx: ctx, tx: t}
	for _, k := range keys {
		w.exec(`DELETE FROM blob_deletions WHERE blob_key = ?`, k)
	}
	return w.err
}
