package postgres

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"

	schedulerv1 "github.com/sheetreel/sheetreel/gen/sheetreel/scheduler/v1"
	"github.com/sheetreel/sheetreel/services/scheduler/store"
	"github.com/sheetreel/sheetreel/services/scheduler/store/ledger"
)

// deliveryColumns gives the same columns with the body or an empty one.
func deliveryColumns(body string) string {
	return `d.project, d.endpoint, d.id, d.type, ` + body + `, d.state, d.attempts, d.due_ms, d.tried_ms, d.status, d.error, d.create_ms, d.end_ms`
}

const (
	withBody    = `d.body`
	withoutBody = `''::bytea`
)

func scanDelivery(row pgx.CollectableRow) (d store.Delivery, err error) {
	var state int16
	var due, tried, created, ended *int64
	err = row.Scan(&d.Project, &d.ID, &d.Delivery, &d.Type, &d.Body, &state, &d.Attempts, &due, &tried, &d.Status, &d.Error, &created, &ended)
	d.State = schedulerv1.WebhookDelivery_State(state)
	d.Due, d.Tried, d.Created, d.Ended = fromMillis(due), fromMillis(tried), fromMillis(created), fromMillis(ended)
	return d, err
}

// Delivery implements ledger.Reader.
func (r reader) Delivery(ctx context.Context, k store.DeliveryKey) (store.Delivery, error) {
	rows, err := r.Query(ctx, `SELECT `+deliveryColumns(withBody)+` FROM webhook_deliveries d WHERE d.project = $1 AND d.endpoint = $2 AND d.id = $3`,
		k.Project, k.ID, k.Delivery)
	return first(collect(rows, err, scanDelivery))
}

// Deliveries implements ledger.Reader.
func (r reader) Deliveries(ctx context.Context, k store.EndpointKey, in store.DeliveryState, before string, limit int) ([]store.Delivery, error) {
	query := `SELECT ` + deliveryColumns(withoutBody) + ` FROM webhook_deliveries d
		WHERE d.project = $1 AND d.endpoint = $2 AND ($3::uuid IS NULL OR d.id < $3) `
	args := []any{k.Project, k.ID, null(before), limit}
	if in != schedulerv1.WebhookDelivery_STATE_UNSPECIFIED {
		query += `AND d.state = $5 `
		args = append(args, int16(in))
	}
	rows, err := r.Query(ctx, query+`ORDER BY d.id DESC LIMIT $4`, args...)
	return collect(rows, err, scanDelivery)
}

// DueWebhooks implements ledger.Reader: it steps from endpoint to endpoint, so it costs by their number alone.
func (r reader) DueWebhooks(ctx context.Context, after store.EndpointKey, limit int, now time.Time) ([]store.EndpointKey, error) {
	if after.ID == "" {
		after.ID = firstID
	}
	rows, err := r.Query(ctx, `WITH RECURSIVE heads AS (
			(SELECT project, endpoint, due_ms FROM webhook_deliveries WHERE state = 1 AND (project, endpoint) > ($1::text, $2::uuid)
				ORDER BY project, endpoint, due_ms LIMIT 1)
			UNION ALL
			SELECT n.project, n.endpoint, n.due_ms FROM heads AS h CROSS JOIN LATERAL (SELECT project, endpoint, due_ms FROM webhook_deliveries
				WHERE state = 1 AND (project, endpoint) > (h.project, h.endpoint) ORDER BY project, endpoint, due_ms LIMIT 1) AS n
		) SELECT project, endpoint FROM heads WHERE due_ms <= $3 LIMIT $4`, after.Project, after.ID, now.UnixMilli(), limit)
	return collect(rows, err, func(row pgx.CollectableRow) (k store.EndpointKey, err error) { return k, row.Scan(&k.Project, &k.ID) })
}

// AddDelivery implements ledger.Tx.
func (t *tx) AddDelivery(ctx context.Context, d store.Delivery) error {
	_, err := t.Exec(ctx, `INSERT INTO webhook_deliveries (project, endpoint, id, type, body, state, attempts, due_ms, status, error, create_ms)
		VALUES ($1, $2, $3, $4, $5, 1, 0, $6, 0, '', $7)`, d.Project, d.ID, d.Delivery, int32(d.Type), d.Body, d.Due.UnixMilli(), d.Created.UnixMilli())
	return err
}

// requeued is what a delivery becomes that is sent once more.
const requeued = `state = 1, attempts = 0, lease = NULL, end_ms = NULL`

// RequeueDelivery implements ledger.Tx.
func (t *tx) RequeueDelivery(ctx context.Context, k store.DeliveryKey, now time.Time) error {
	_, err := t.Exec(ctx, `UPDATE webhook_deliveries SET `+requeued+`, due_ms = $4
		WHERE project = $1 AND endpoint = $2 AND id = $3 AND (lease IS NULL OR due_ms <= $4)`, k.Project, k.ID, k.Delivery, now.UnixMilli())
	return err
}

// RequeueDeliveries implements ledger.Tx.
func (t *tx) RequeueDeliveries(ctx context.Context, k store.EndpointKey, since time.Time, limit int, now time.Time) (int, error) {
	tag, err := t.Exec(ctx, `WITH few AS MATERIALIZED (SELECT id FROM webhook_deliveries
			WHERE project = $1 AND endpoint = $2 AND state = 3 AND create_ms >= $3 AND end_ms <= $4 ORDER BY id LIMIT $5 FOR UPDATE)
		UPDATE webhook_deliveries AS d SET `+requeued+`, due_ms = $4 FROM few WHERE d.project = $1 AND d.endpoint = $2 AND d.id = few.id`,
		k.Project, k.ID, since.UnixMilli(), now.UnixMilli(), limit)
	return int(tag.RowsAffected()), err
}

// TakeDeliveries implements ledger.Tx.
func (t *tx) TakeDeliveries(ctx context.Context, wants []store.DeliveryWant, lease string, until, now time.Time) ([]store.Delivery, error) {
	rows, err := t.Query(ctx, `WITH few AS MATERIALIZED (
			SELECT f.project, f.endpoint, f.id FROM unnest($1::text[], $2::text[]::uuid[], $3::integer[]) AS w (project, endpoint, most)
			CROSS JOIN LATERAL (SELECT project, endpoint, id FROM webhook_deliveries AS d
				WHERE d.project = w.project AND d.endpoint = w.endpoint AND d.state = 1 AND d.due_ms <= $4
				ORDER BY d.due_ms, d.id LIMIT w.most FOR UPDATE SKIP LOCKED) AS f
		) UPDATE webhook_deliveries AS d SET lease = $5, due_ms = $6 FROM few
		WHERE d.project = few.project AND d.endpoint = few.endpoint AND d.id = few.id RETURNING `+deliveryColumns(withBody),
		column(wants, func(w store.DeliveryWant) string { return w.Project }), column(wants, func(w store.DeliveryWant) string { return w.ID }),
		column(wants, func(w store.DeliveryWant) int32 { return int32(w.Count) }), now.UnixMilli(), lease, until.UnixMilli())
	return collect(rows, err, scanDelivery)
}

// EndDeliveries implements ledger.Tx.
func (t *tx) EndDeliveries(ctx context.Context, ends []store.DeliveryEnd, now time.Time) error {
	_, err := t.Exec(ctx, `UPDATE webhook_deliveries AS d SET lease = NULL, state = n.state, due_ms = n.due_ms, error = n.error,
			attempts = d.attempts + CASE WHEN n.tried_ms IS NULL THEN 0 ELSE 1 END, tried_ms = coalesce(n.tried_ms, d.tried_ms),
			status = CASE WHEN n.tried_ms IS NULL THEN d.status ELSE n.status END, end_ms = CASE WHEN n.state = 1 THEN NULL ELSE $1::bigint END
		FROM unnest($2::text[], $3::text[]::uuid[], $4::text[]::uuid[], $5::text[], $6::smallint[], $7::bigint[], $8::bigint[], $9::integer[], $10::text[])
			AS n (project, endpoint, id, lease, state, due_ms, tried_ms, status, error)
		WHERE d.project = n.project AND d.endpoint = n.endpoint AND d.id = n.id AND d.lease = n.lease AND d.state = 1`, now.UnixMilli(),
		column(ends, func(e store.DeliveryEnd) string { return e.Project }),
		column(ends, func(e store.DeliveryEnd) string { return e.ID }),
		column(ends, func(e store.DeliveryEnd) string { return e.Delivery }),
		column(ends, func(e store.DeliveryEnd) string { return e.Lease }),
		column(ends, func(e store.DeliveryEnd) int16 { return int16(e.State) }),
		column(ends, func(e store.DeliveryEnd) int64 { return dueOr0(e.Due) }),
		column(ends, func(e store.DeliveryEnd) *int64 { return millis(e.Tried) }),
		column(ends, func(e store.DeliveryEnd) int32 { return e.Status }),
		column(ends, func(e store.DeliveryEnd) string { return clean(e.Error) }))
	return err
}

func dueOr0(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMilli()
}

// DropDeliveries implements ledger.Tx.
func (t *tx) DropDeliveries(ctx context.Context, before time.Time, limit int) (int, error) {
	tag, err := t.Exec(ctx, `WITH old AS MATERIALIZED (SELECT project, endpoint, id FROM webhook_deliveries
			WHERE end_ms IS NOT NULL AND end_ms < $1 ORDER BY end_ms LIMIT $2 FOR UPDATE SKIP LOCKED)
		DELETE FROM webhook_deliveries AS d USING old WHERE d.project = old.project AND d.endpoint = old.endpoint AND d.id = old.id`,
		before.UnixMilli(), limit)
	return int(tag.RowsAffected()), err
}

// writeNotices gives each notice to the endpoints that want it.
func writeNotices(b *pgx.Batch, c *ledger.Changes) {
	all := c.Notices
	if len(all) == 0 {
		return
	}
	b.Queue(`INSERT INTO webhook_deliveries (project, endpoint, id, type, body, state, attempts, due_ms, status, error, create_ms)
		SELECT n.project, e.id, n.id, n.type, n.body, 1, 0, $1, 0, '', $1
		FROM unnest($2::text[], $3::text[]::uuid[], $4::integer[], $5::bytea[]) AS n (project, id, type, body)
		JOIN webhook_endpoints AS e ON e.project = n.project AND e.state = 1 AND (e.types = 0 OR e.types & n.type <> 0)`, c.Now.UnixMilli(),
		column(all, func(n ledger.Notice) string { return n.Project }),
		column(all, func(n ledger.Notice) string { return n.ID }),
		column(all, func(n ledger.Notice) int32 { return int32(n.Type) }),
		column(all, func(n ledger.Notice) []byte { return n.Body }))
}
