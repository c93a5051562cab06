package sqlite

import (
	"context"
	"database/sql"
	"time"

	schedulerv1 "github.com/sheetreel/sheetreel/gen/sheetreel/scheduler/v1"
	"github.com/sheetreel/sheetreel/services/scheduler/store"
	"github.com/sheetreel/sheetreel/services/scheduler/store/ledger"
)

const connectedColumns = `SELECT project, id, due_ms, lease, until_ms, sheet FROM connected_sheets `

func scanConnected(row *sql.Rows) (c store.Connected, err error) {
	var due, until sql.NullInt64
	var lease sql.NullString
	var raw []byte
	if err := row.Scan(&c.Project, &c.ID, &due, &lease, &until, &raw); err != nil {
		return c, err
	}
	c.Due, c.Until, c.Lease = fromMillis(due), fromMillis(until), lease.String
	c.Sheet, err = ledger.Unmarshal(raw, &schedulerv1.ConnectedSheet{})
	return c, err
}

// Connected implements ledger.Reader.
func (r reader) Connected(ctx context.Context, k store.ConnectedKey) (store.Connected, error) {
	return first(rows(ctx, r.Tx, scanConnected, connectedColumns+`WHERE project = ? AND id = ?`, k.Project, k.ID))
}

// AllConnected implements ledger.Reader.
func (r reader) AllConnected(ctx context.Context, project, before string, limit int) ([]store.Connected, error) {
	return rows(ctx, r.Tx, scanConnected, connectedColumns+`WHERE project = ? AND (? = '' OR id < ?) ORDER BY id DESC LIMIT ?`, project, before, before, limit)
}

// CountConnected implements ledger.Tx.
func (t *tx) CountConnected(ctx context.Context, project string) (int, error) {
	return first(rows(ctx, t.Tx, scanCount, `SELECT count(*) FROM connected_sheets WHERE project = ?`, project))
}

// LockConnected implements ledger.Tx. The one writer has a lock on everything.
func (t *tx) LockConnected(ctx context.Context, k store.ConnectedKey) (store.Connected, error) {
	return t.Connected(ctx, k)
}

// ConnectedOf implements ledger.Tx.
func (t *tx) ConnectedOf(ctx context.Context, lease string, now time.Time) (store.Connected, error) {
	return first(rows(ctx, t.Tx, scanConnected, connectedColumns+`WHERE lease = ? AND until_ms > ?`, lease, now.UnixMilli()))
}

// NextConnected implements ledger.Tx.
func (t *tx) NextConnected(ctx context.Context, now time.Time) (store.Connected, error) {
	return first(rows(ctx, t.Tx, scanConnected, connectedColumns+`WHERE active = 1 AND due_ms <= ?1 AND until_ms <= ?1
		ORDER BY due_ms, project, id LIMIT 1`, now.UnixMilli()))
}

// PutConnected implements ledger.Tx.
func (t *tx) PutConnected(ctx context.Context, c store.Connected) error {
	raw, err := ledger.Marshal(c.Sheet)
	if err != nil {
		return err
	}
	w := &writer{ctx: ctx, tx: t}
	w.exec(`INSERT OR REPLACE INTO connected_sheets (project, id, active, due_ms, lease, until_ms, sheet) VALUES (?, ?, ?, ?, ?, ?, ?)`,
		c.Project, c.ID, c.Active(), milliOr0(c.Due), null(c.Lease), milliOr0(c.Until), raw)
	return w.err
}

// RemoveConnected implements ledger.Tx.
func (t *tx) RemoveConnected(ctx context.Context, k store.ConnectedKey) error {
	w := &writer{ctx: ctx, tx: t}
	w.exec(`DELETE FROM connected_sheets WHERE project = ? AND id = ?`, k.Project, k.ID)
	return w.err
}
