package postgres

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/sheetreel/sheetreel/kit/pg"
	"github.com/sheetreel/sheetreel/services/scheduler/store"
	"github.com/sheetreel/sheetreel/services/scheduler/store/ledger"
)

// EndedBefore implements store.Store.
func (s *Store) EndedBefore(ctx context.Context, before time.Time, limit int) ([]store.BulkKey, error) {
	limited, cancel := s.db.Limit(ctx)
	defer cancel()
	rows, err := s.db.Pool.Query(limited, `SELECT project, id FROM bulk_jobs WHERE end_ms IS NOT NULL AND end_ms < $1 ORDER BY end_ms LIMIT $2`,
		before.UnixMilli(), limit)
	all, err := collect(rows, err, func(row pgx.CollectableRow) (k store.BulkKey, err error) { return k, row.Scan(&k.Project, &k.ID) })
	return all, pg.Trouble(ctx, err)
}

// Unlink implements ledger.Tx.
func (t *tx) Unlink(ctx context.Context, d ledger.Deletion, now time.Time) error {
	b := &pgx.Batch{}
	b.Queue(`DELETE FROM bulk_jobs WHERE project = $1 AND id = $2`, d.Project, d.ID)
	b.Queue(`DELETE FROM bulk_job_details WHERE project = $1 AND id = $2`, d.Project, d.ID)
	b.Queue(`DELETE FROM write_backs WHERE project = $1 AND bulk_job = $2`, d.Project, d.ID)
	b.Queue(`INSERT INTO deletions (project, bulk_job, last_sequence, delete_ms) VALUES ($1, $2, $3, $4)`, d.Project, d.ID, d.Last, now.UnixMilli())
	return t.SendBatch(ctx, b).Close()
}

// NextDeletion implements ledger.Tx.
func (t *tx) NextDeletion(ctx context.Context) (ledger.Deletion, error) {
	rows, err := t.Query(ctx, `SELECT project, bulk_job, last_sequence FROM deletions WHERE NOT pruned ORDER BY delete_ms LIMIT 1 FOR UPDATE SKIP LOCKED`)
	return first(collect(rows, err, scanDeletion))
}

func scanDeletion(row pgx.CollectableRow) (d ledger.Deletion, err error) {
	return d, row.Scan(&d.Project, &d.ID, &d.Last)
}

// pruneVideos and pruneRows find rows first, and delete them by where they are: any other way the planner, who does not
// know how few they are, may look at all of the bulk job. Nobody else changes rows of a deleted bulk job. A row of a
// source whose video job came to nothing is forgotten with it: it was never made, so it is new again.
const pruneVideos = `WITH gone AS (DELETE FROM finished WHERE ctid = ANY (ARRAY(
		SELECT ctid FROM finished WHERE project = $1 AND bulk_job = $2 LIMIT $3::bigint)) RETURNING id, state, result),
	forgotten AS (DELETE FROM source_rows WHERE ctid = ANY (ARRAY(SELECT s.place FROM gone
		JOIN LATERAL (SELECT ctid AS place FROM source_rows WHERE video_job = gone.id LIMIT 1) AS s ON true
		WHERE gone.state = ANY ($4::smallint[])))),
	letters AS (DELETE FROM dead_letters WHERE ctid = ANY (ARRAY(SELECT d.place FROM gone
		JOIN LATERAL (SELECT ctid AS place FROM dead_letters WHERE project = $1 AND id = gone.id LIMIT 1) AS d ON true)))
	SELECT id, result FROM gone`

func pruneRows(table, condition string) string {
	return `DELETE FROM ` + table + ` WHERE ctid = ANY (ARRAY(
		SELECT ctid FROM ` + table + ` WHERE project = $1 AND bulk_job = $2 ` + condition + ` LIMIT $3::bigint))`
}

// PruneVideos implements ledger.Tx. What is finished has nobody who waits or runs.
func (t *tx) PruneVideos(ctx context.Context, d ledger.Deletion, limit int) ([]ledger.Remains, error) {
	rows, err := t.Query(ctx, pruneVideos, d.Project, d.ID, limit, failedEnds())
	return collect(rows, err, func(row pgx.CollectableRow) (v ledger.Remains, err error) {
		v.BulkKey = d.BulkKey
		return v, row.Scan(&v.Video, &v.Result)
	})
}

// PruneRest implements ledger.Tx.
func (t *tx) PruneRest(ctx context.Context, d ledger.Deletion, limit int) (n int64, err error) {
	b := &pgx.Batch{}
	b.Queue(pruneRows(`attempts`, ``), d.Project, d.ID, limit)
	b.Queue(pruneRows(`pages`, ``), d.Project, d.ID, limit)
	b.Queue(pruneRows(`job_costs`, ``), d.Project, d.ID, limit)
	b.Queue(pruneRows(`job_events`, `AND last_sequence < $4::bigint`), d.Project, d.ID, limit, d.Last)
	results := t.SendBatch(ctx, b)
	for range b.Len() {
		tag, execErr := results.Exec()
		if execErr != nil {
			err = execErr
			break
		}
		n += tag.RowsAffected()
	}
	if closeErr := results.Close(); err == nil {
		err = closeErr
	}
	return n, err
}

// Pruned implements ledger.Tx.
func (t *tx) Pruned(ctx context.Context, d ledger.Deletion) error {
	_, err := t.Exec(ctx, `UPDATE deletions SET pruned = true WHERE project = $1 AND bulk_job = $2`, d.Project, d.ID)
	return err
}

// ForgetDeletions implements ledger.Tx.
func (t *tx) ForgetDeletions(ctx context.Context, before time.Time, limit int) (int, error) {
	rows, err := t.Query(ctx, `DELETE FROM deletions WHERE ctid = ANY (ARRAY(SELECT ctid FROM deletions
		WHERE pruned AND delete_ms < $1 ORDER BY delete_ms LIMIT $2::bigint FOR UPDATE SKIP LOCKED)) RETURNING project, bulk_job, last_sequence`,
		before.UnixMilli(), limit)
	old, err := collect(rows, err, scanDeletion)
	if err != nil || len(old) == 0 {
		return 0, err
	}
	b := &pgx.Batch{}
	for _, d := range old {
		b.Queue(`DELETE FROM job_events WHERE project = $1 AND bulk_job = $2 AND last_sequence <= $3`, d.Project, d.ID, d.Last)
	}
	return len(old), t.SendBatch(ctx, b).Close()
}

// AddBlobs implements ledger.Tx.
func (t *tx) AddBlobs(ctx context.Context, keys []string) error {
	_, err := t.Exec(ctx, `INSERT INTO blob_deletions (blob_key) SELECT DISTINCT unnest($1::text[]) ON CONFLICT DO NOTHING`, column(keys, clean))
	return err
}

// LeaseBlobs implements ledger.Tx.
func (t *tx) LeaseBlobs(ctx context.Context, limit int, until, now time.Time) ([]string, error) {
	rows, err := t.Query(ctx, `UPDATE blob_deletions SET until_ms = $2 WHERE ctid = ANY (ARRAY(SELECT ctid FROM blob_deletions
		WHERE until_ms <= $3 ORDER BY until_ms LIMIT $1::bigint FOR UPDATE SKIP LOCKED)) RETURNING blob_key`,
		limit, until.UnixMilli(), now.UnixMilli())
	return collect(rows, err, pgx.RowTo[string])
}

// ConfirmBlobs implements ledger.Tx.
func (t *tx) ConfirmBlobs(ctx context.Context, keys []string) error {
	_, err := t.Exec(ctx, `DELETE FROM blob_deletions WHERE blob_key = ANY ($1::text[])`, column(keys, clean))
	return err
}
