package postgres

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/sheetreel/sheetreel/services/scheduler/store"
)

func scanSheet(row pgx.CollectableRow) (sheet string, err error) { return sheet, row.Scan(&sheet) }

func scanCount(row pgx.CollectableRow) (n int, err error) { return n, row.Scan(&n) }

// SheetOf implements ledger.Reader.
func (r reader) SheetOf(ctx context.Context, lease string, now time.Time) (string, error) {
	rows, err := r.Query(ctx, `SELECT sheet FROM write_back_sheets WHERE lease = $1 AND until_ms > $2`, lease, now.UnixMilli())
	return first(collect(rows, err, scanSheet))
}

// LiveSheets implements ledger.Reader.
func (r reader) LiveSheets(ctx context.Context, now time.Time) (int, error) {
	rows, err := r.Query(ctx, `SELECT count(*) FROM write_back_sheets WHERE lease IS NOT NULL AND until_ms > $1`, now.UnixMilli())
	return first(collect(rows, err, scanCount))
}

// SheetBulks implements ledger.Reader.
func (r reader) SheetBulks(ctx context.Context, sheet string, limit int) ([]store.BulkKey, error) {
	rows, err := r.Query(ctx, `SELECT w.project, w.bulk_job FROM write_backs w JOIN bulk_jobs b ON b.project = w.project AND b.id = w.bulk_job
		WHERE w.sheet = $1 AND b.last_sequence > w.written_sequence ORDER BY w.sheet, w.bulk_job LIMIT $2`, sheet, limit)
	return collect(rows, err, func(row pgx.CollectableRow) (k store.BulkKey, err error) { return k, row.Scan(&k.Project, &k.ID) })
}

// WritesBack implements ledger.Reader.
func (r reader) WritesBack(ctx context.Context, k store.BulkKey, sheet string) (bool, error) {
	rows, err := r.Query(ctx, `SELECT count(*) FROM write_backs WHERE project = $1 AND bulk_job = $2 AND sheet = $3`, k.Project, k.ID, sheet)
	n, err := first(collect(rows, err, scanCount))
	return n > 0, err
}

// AddWriteBack implements ledger.Tx.
func (t *tx) AddWriteBack(ctx context.Context, k store.BulkKey, sheet string) error {
	b := &pgx.Batch{}
	b.Queue(`INSERT INTO write_back_sheets (sheet) VALUES ($1) ON CONFLICT (sheet) DO UPDATE SET due_ms = 0`, sheet)
	b.Queue(`INSERT INTO write_backs (project, bulk_job, sheet) VALUES ($1, $2, $3)`, k.Project, k.ID, sheet)
	return t.SendBatch(ctx, b).Close()
}

// NextSheet implements ledger.Tx.
func (t *tx) NextSheet(ctx context.Context, now time.Time) (string, error) {
	rows, err := t.Query(ctx, `SELECT s.sheet FROM write_back_sheets s WHERE s.due_ms <= $1 AND s.until_ms <= $1
		AND EXISTS (SELECT FROM write_backs w JOIN bulk_jobs b ON b.project = w.project AND b.id = w.bulk_job
			WHERE w.sheet = s.sheet AND b.last_sequence > w.written_sequence)
		ORDER BY s.due_ms, s.sheet LIMIT 1 FOR UPDATE OF s SKIP LOCKED`, now.UnixMilli())
	return first(collect(rows, err, scanSheet))
}

// PutSheetLease implements ledger.Tx.
func (t *tx) PutSheetLease(ctx context.Context, sheet string, l store.NewLease, due time.Time) error {
	_, err := t.Exec(ctx, `UPDATE write_back_sheets SET lease = $2, worker = $3, until_ms = $4, due_ms = $5 WHERE sheet = $1`,
		sheet, null(l.ID), null(l.Worker), number(millis(l.Until)), due.UnixMilli())
	return err
}

// ExtendSheetLease implements ledger.Tx.
func (t *tx) ExtendSheetLease(ctx context.Context, lease string, until, now time.Time) (bool, error) {
	done, err := t.Exec(ctx, `UPDATE write_back_sheets SET until_ms = $2 WHERE lease = $1 AND until_ms > $3`, lease, until.UnixMilli(), now.UnixMilli())
	return done.RowsAffected() > 0, err
}

// PutWriteBack implements ledger.Tx.
func (t *tx) PutWriteBack(ctx context.Context, k store.BulkKey, written int64, status []byte) error {
	_, err := t.Exec(ctx, `UPDATE write_backs SET written_sequence = $3, status = $4 WHERE project = $1 AND bulk_job = $2`, k.Project, k.ID, written, status)
	return err
}
