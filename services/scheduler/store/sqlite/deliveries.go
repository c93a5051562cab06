package sqlite

import (
	"context"
	"database/sql"
	"time"

	schedulerv1 "github.com/sheetreel/sheetreel/gen/sheetreel/scheduler/v1"
	"github.com/sheetreel/sheetreel/services/scheduler/store"
	"github.com/sheetreel/sheetreel/services/scheduler/store/ledger"
)

// The columns of a delivery, without its body and with it.
const (
	deliveryColumns = `project, endpoint, id, type, state, attempts, due_ms, tried_ms, status, error, create_ms, end_ms, x''`
	deliveryAndBody = `project, endpoint, id, type, state, attempts, due_ms, tried_ms, status, error, create_ms, end_ms, body`
)

func scanDelivery(row *sql.Rows) (d store.Delivery, err error) {
	var due, tried, created, ended sql.NullInt64
	err = row.Scan(&d.Project, &d.ID, &d.Delivery, &d.Type, &d.State, &d.Attempts, &due, &tried, &d.Status, &d.Error, &created, &ended, &d.Body)
	d.Due, d.Tried, d.Created, d.Ended = fromMillis(due), fromMillis(tried), fromMillis(created), fromMillis(ended)
	return d, err
}

// Delivery implements ledger.Reader.
func (r reader) Delivery(ctx context.Context, k store.DeliveryKey) (store.Delivery, error) {
	return first(rows(ctx, r.Tx, scanDelivery, `SELECT `+deliveryAndBody+` FROM webhook_deliveries WHERE project = ? AND endpoint = ? AND id = ?`,
		k.Project, k.ID, k.Delivery))
}

// Deliveries implements ledger.Reader.
func (r reader) Deliveries(ctx context.Context, k store.EndpointKey, in store.DeliveryState, before string, limit int) ([]store.Delivery, error) {
	query := `SELECT ` + deliveryColumns + ` FROM webhook_deliveries WHERE project = ?1 AND endpoint = ?2 AND (?3 = '' OR id < ?3) `
	args := []any{k.Project, k.ID, before, limit}
	if in != schedulerv1.WebhookDelivery_STATE_UNSPECIFIED {
		query += `AND state = ?5 `
		args = append(args, int64(in))
	}
	return rows(ctx, r.Tx, scanDelivery, query+`ORDER BY id DESC LIMIT ?4`, args...)
}

// DueWebhooks implements ledger.Reader: it steps from endpoint to endpoint, so it costs by their number alone.
func (r reader) DueWebhooks(ctx context.Context, after store.EndpointKey, limit int, now time.Time) ([]store.EndpointKey, error) {
	var due []store.EndpointKey
	for len(due) < limit {
		var at int64
		next, err := rows(ctx, r.Tx, func(row *sql.Rows) (k store.EndpointKey, err error) {
			return k, row.Scan(&k.Project, &k.ID, &at)
		}, `SELECT project, endpoint, due_ms FROM webhook_deliveries WHERE state = 1 AND (project, endpoint) > (?, ?)
			ORDER BY project, endpoint, due_ms LIMIT 1`, after.Project, after.ID)
		if err != nil || len(next) == 0 {
			return due, err
		}
		after = next[0]
		if at <= now.UnixMilli() {
			due = append(due, after)
		}
	}
	return due, nil
}

// AddDelivery implements ledger.Tx.
func (t *tx) AddDelivery(ctx context.Context, d store.Delivery) error {
	w := &writer{ctx: ctx, tx: t}
	w.exec(`INSERT INTO webhook_deliveries (project, endpoint, id, type, body, state, attempts, due_ms, status, error, create_ms)
		VALUES (?, ?, ?, ?, ?, 1, 0, ?, 0, '', ?)`, d.Project, d.ID, d.Delivery, int64(d.Type), d.Body, d.Due.UnixMilli(), d.Created.UnixMilli())
	return w.err
}

// requeued is what a delivery becomes that is sent once more.
const requeued = `state = 1, attempts = 0, lease = NULL, end_ms = NULL`

// RequeueDelivery implements ledger.Tx.
func (t *tx) RequeueDelivery(ctx context.Context, k store.DeliveryKey, now time.Time) error {
	w := &writer{ctx: ctx, tx: t}
	w.exec(`UPDATE webhook_deliveries SET `+requeued+`, due_ms = ?1
		WHERE project = ?2 AND endpoint = ?3 AND id = ?4 AND (lease IS NULL OR due_ms <= ?1)`, now.UnixMilli(), k.Project, k.ID, k.Delivery)
	return w.err
}

// RequeueDeliveries implements ledger.Tx.
func (t *tx) RequeueDeliveries(ctx context.Context, k store.EndpointKey, since time.Time, limit int, now time.Time) (int, error) {
	done, err := t.ExecContext(ctx, `UPDATE webhook_deliveries SET `+requeued+`, due_ms = ?1 WHERE project = ?2 AND endpoint = ?3 AND id IN
		(SELECT id FROM webhook_deliveries WHERE project = ?2 AND endpoint = ?3 AND state = 3 AND create_ms >= ?4 AND end_ms <= ?1 ORDER BY id LIMIT ?5)`,
		now.UnixMilli(), k.Project, k.ID, since.UnixMilli(), limit)
	return affected(done, err)
}

func affected(done sql.Result, err error) (int, error) {
	if err != nil {
		return 0, err
	}
	n, err := done.RowsAffected()
	return int(n), err
}

// TakeDeliveries implements ledger.Tx.
func (t *tx) TakeDeliveries(ctx context.Context, wants []store.DeliveryWant, lease string, until, now time.Time) ([]store.Delivery, error) {
	var all []store.Delivery
	for _, w := range wants {
		taken, err := rows(ctx, t.Tx, scanDelivery, `UPDATE webhook_deliveries SET lease = ?1, due_ms = ?2
			WHERE project = ?3 AND endpoint = ?4 AND id IN (SELECT id FROM webhook_deliveries
				WHERE project = ?3 AND endpoint = ?4 AND state = 1 AND due_ms <= ?5 ORDER BY due_ms, id LIMIT ?6) RETURNING `+deliveryAndBody,
			lease, until.UnixMilli(), w.Project, w.ID, now.UnixMilli(), w.Count)
		if err != nil {
			return nil, err
		}
		all = append(all, taken...)
	}
	return all, nil
}

// EndDeliveries implements ledger.Tx.
func (t *tx) EndDeliveries(ctx context.Context, ends []store.DeliveryEnd, now time.Time) error {
	w := &writer{ctx: ctx, tx: t}
	for _, e := range ends {
		tried := 0
		if !e.Tried.IsZero() {
			tried = 1
		}
		w.exec(`UPDATE webhook_deliveries SET lease = NULL, state = ?1, due_ms = ?2, error = ?3, attempts = attempts + ?4,
			tried_ms = coalesce(?5, tried_ms), status = CASE WHEN ?4 = 1 THEN ?6 ELSE status END, end_ms = CASE WHEN ?1 = 1 THEN NULL ELSE ?7 END
			WHERE project = ?8 AND endpoint = ?9 AND id = ?10 AND lease = ?11 AND state = 1`, int64(e.State), milliOr0(e.Due), e.Error, tried,
			millis(e.Tried), e.Status, now.UnixMilli(), e.Project, e.ID, e.Delivery, e.Lease)
	}
	return w.err
}

// DropDeliveries implements ledger.Tx.
func (t *tx) DropDeliveries(ctx context.Context, before time.Time, limit int) (int, error) {
	return affected(t.ExecContext(ctx, `DELETE FROM webhook_deliveries WHERE rowid IN
		(SELECT rowid FROM webhook_deliveries WHERE end_ms IS NOT NULL AND end_ms < ? ORDER BY end_ms LIMIT ?)`, before.UnixMilli(), limit))
}

// notices gives each notice to the endpoints that want it.
func (w *writer) notices(c *ledger.Changes) {
	now := c.Now.UnixMilli()
	for _, n := range c.Notices {
		w.exec(`INSERT INTO webhook_deliveries (project, endpoint, id, type, body, state, attempts, due_ms, status, error, create_ms)
			SELECT project, id, ?1, ?2, ?3, 1, 0, ?4, 0, '', ?4 FROM webhook_endpoints
			WHERE project = ?5 AND state = 1 AND (types = 0 OR types & ?2 <> 0)`, n.ID, int64(n.Type), n.Body, now, n.Project)
	}
}
