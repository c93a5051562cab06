package sqlite

import (
	"context"
	"database/sql"
	"time"

	"github.com/sheetreel/sheetreel/services/scheduler/store"
)

func scanSheet(row *sql.Rows) (sheet string, err error) { return sheet, row.Scan(&sheet) }

func scanCount(row *sql.Rows) (n int, err error) { return n, row.Scan(&n) }

// SheetOf implements ledger.Reader.
func (r reader) SheetOf(ctx context.Context, lease string, now time.Time) (string, error) {
	return first(rows(ctx, r.Tx, scanSheet, `SELECT sheet FROM write_back_sheets WHERE lease = ? AND until_ms > ?`, lease, now.UnixMilli()))
}

// LiveSheets implements ledger.Reader.
func (r reader) LiveSheets(ctx context.Context, now time.Time) (int, error) {
	return first(rows(ctx, r.Tx, scanCount, `SELECT count(*) FROM write_back_sheets WHERE lease IS NOT NULL AND until_ms > ?`, now.UnixMilli()))
}

// SheetBulks implements ledger.Reader.
func (r reader) SheetBulks(ctx context.Context, sheet string, limit int) ([]store.BulkKey, error) {
	return rows(ctx, r.Tx, func(row *sql.Rows) (k store.BulkKey, err error) { return k, row.Scan(&k.Project, &k.ID) },
		`SELECT w.project, w.bulk_job FROM write_backs w JOIN bulk_jobs b ON b.project = w.project AND b.id = w.bulk_job
		WHERE w.sheet = ? AND b.last_sequence > w.written_sequence ORDER BY w.bulk_job LIMIT ?`, sheet, limit)
}

// WritesBack implements ledger.Reader.
func (r reader) WritesBack(ctx context.Context, k store.BulkKey, sheet string) (bool, error) {
	n, err := first(rows(ctx, r.Tx, scanCount, `SELECT count(*) FROM write_backs WHERE project = ? AND bulk_job = ? AND sheet = ?`, k.Project, k.ID, sheet))
	return n > 0, err
}

// AddWriteBack implements ledger.Tx.
func (t *tx) AddWriteBack(ctx context.Context, k store.BulkKey, sheet string) error {
	w := &writer{ctx: ctx, tx: t}
	w.exec(`INSERT INTO write_back_sheets (sheet) VALUES (?) ON CONFLICT (sheet) DO UPDATE SET due_ms = 0`, sheet)
	w.exec(`INSERT INTO write_backs (project, bulk_job, sheet) VALUES (?, ?, ?)`, k.Project, k.ID, sheet)
	return w.err
}

// NextSheet implements ledger.Tx.
func (t *tx) NextSheet(ctx context.Context, now time.Time) (string, error) {
	return first(rows(ctx, t.Tx, scanSheet, `SELECT s.sheet FROM write_back_sheets s WHERE s.due_ms <= ?1 AND s.until_ms <= ?1
		AND EXISTS (SELECT 1 FROM write_backs w JOIN bulk_jobs b ON b.project = w.project AND b.id = w.bulk_job
			WHERE w.sheet = s.sheet AND b.last_sequence > w.written_sequence)
		ORDER BY s.due_ms, s.sheet LIMIT 1`, now.UnixMilli()))
}

// PutSheetLease implements ledger.Tx.
func (t *tx) PutSheetLease(ctx context.Context, sheet string, l store.NewLease, due time.Time) error {
	w := &writer{ctx: ctx, tx: t}
	w.exec(`UPDATE write_back_sheets SET lease = ?, worker = ?, until_ms = ?, due_ms = ? WHERE sheet = ?`,
		null(l.ID), null(l.Worker), milliOr0(l.Until), due.UnixMilli(), sheet)
	return w.err
}

// ExtendSheetLease implements ledger.Tx.
func (t *tx) ExtendSheetLease(ctx context.Context, lease string, until, now time.Time) (bool, error) {
	done, err := t.ExecContext(ctx, `UPDATE write_back_sheets SET until_ms = ? WHERE lease = ? AND until_ms > ?`, until.UnixMilli(), lease, now.UnixMilli())
	if err != nil {
		return false, err
	}
	n, err := done.RowsAffected()
	return n > 0, err
}

// PutWriteBack implements ledger.Tx.
func (t *tx) PutWriteBack(ctx context.Context, k store.BulkKey, written int64, status []byte) error {
	w := &writer{ctx: ctx, tx: t}
	w.exec(`UPDATE write_backs SET written_sequence = ?, status = ? WHERE project = ? AND bulk_job = ?`, written, blob(status), k.Project, k.ID)
	return w.err
}
