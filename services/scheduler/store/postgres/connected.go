package postgres

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"

	schedulerv1 "github.com/sheetreel/sheetreel/gen/sheetreel/scheduler/v1"
	"github.com/sheetreel/sheetreel/services/scheduler/store"
	"github.com/sheetreel/sheetreel/services/scheduler/store/ledger"
)

const connectedColumns = `SELECT project, id, due_ms, lease, until_ms, sheet FROM connected_sheets `

func scanConnected(row pgx.CollectableRow) (c store.Connected, err error) {
	var due, until int64
	var lease *string
	var raw []byte
	if err := row.Scan(&c.Project, &c.ID, &due, &lease, &until, &raw); err != nil {
		return c, err
	}
	c.Due, c.Until, c.Lease = fromMillis(&due), fromMillis(&until), text(lease)
	c.Sheet, err = ledger.Unmarshal(raw, &schedulerv1.ConnectedSheet{})
	return c, err
}

// Connected implements ledger.Reader.
func (r reader) Connected(ctx context.Context, k store.ConnectedKey) (store.Connected, error) {
	rows, err := r.Query(ctx, connectedColumns+`WHERE project = $1 AND id = $2`, k.Project, k.ID)
	return first(collect(rows, err, scanConnected))
}

// AllConnected implements ledger.Reader.
func (r reader) AllConnected(ctx context.Context, project, before string, limit int) ([]store.Connected, error) {
	rows, err := r.Query(ctx, connectedColumns+`WHERE project = $1 AND ($2::uuid IS NULL OR id < $2) ORDER BY id DESC LIMIT $3`, project, null(before), limit)
	return collect(rows, err, scanConnected)
}

// CountConnected implements ledger.Tx.
func (t *tx) CountConnected(ctx context.Context, project string) (n int, err error) {
	b := &pgx.Batch{}
	b.Queue(`SELECT pg_advisory_xact_lock(hashtextextended('connected sheets of ' || $1, 0))`, project)
	b.Queue(`SELECT count(*) FROM connected_sheets WHERE project = $1`, project).
		QueryRow(func(row pgx.Row) error { return row.Scan(&n) })
	err = t.SendBatch(ctx, b).Close()
	return n, err
}

// LockConnected implements ledger.Tx.
func (t *tx) LockConnected(ctx context.Context, k store.ConnectedKey) (store.Connected, error) {
	rows, err := t.Query(ctx, connectedColumns+`WHERE project = $1 AND id = $2 FOR UPDATE`, k.Project, k.ID)
	return first(collect(rows, err, scanConnected))
}

// ConnectedOf implements ledger.Tx.
func (t *tx) ConnectedOf(ctx context.Context, lease string, now time.Time) (store.Connected, error) {
	rows, err := t.Query(ctx, connectedColumns+`WHERE lease = $1 AND until_ms > $2 FOR UPDATE`, lease, now.UnixMilli())
	return first(collect(rows, err, scanConnected))
}

// NextConnected implements ledger.Tx.
func (t *tx) NextConnected(ctx context.Context, now time.Time) (store.Connected, error) {
	rows, err := t.Query(ctx, connectedColumns+`WHERE active AND due_ms <= $1 AND until_ms <= $1
		ORDER BY due_ms, project, id LIMIT 1 FOR UPDATE SKIP LOCKED`, now.UnixMilli())
	return first(collect(rows, err, scanConnected))
}

// PutConnected implements ledger.Tx.
func (t *tx) PutConnected(ctx context.Context, c store.Connected) error {
	raw, err := ledger.Marshal(c.Sheet)
	if err != nil {
		return err
	}
	_, err = t.Exec(ctx, `INSERT INTO connected_sheets (project, id, active, due_ms, lease, until_ms, sheet) VALUES ($1, $2, $3, $4, $5, $6, $7)
		ON CONFLICT (project, id) DO UPDATE SET active = $3, due_ms = $4, lease = $5, until_ms = $6, sheet = $7`,
		c.Project, c.ID, c.Active(), number(millis(c.Due)), null(c.Lease), number(millis(c.Until)), raw)
	return err
}

// RemoveConnected implements ledger.Tx.
func (t *tx) RemoveConnected(ctx context.Context, k store.ConnectedKey) error {
	_, err := t.Exec(ctx, `DELETE FROM connected_sheets WHERE project = $1 AND id = $2`, k.Project, k.ID)
	return err
}
