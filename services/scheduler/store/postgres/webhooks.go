package postgres

import (
	"context"

	"github.com/jackc/pgx/v5"

	schedulerv1 "github.com/sheetreel/sheetreel/gen/sheetreel/scheduler/v1"
	"github.com/sheetreel/sheetreel/services/scheduler/store"
)

const endpointColumns = `SELECT project, id, url, display_name, types, state, reason, secret, previous, previous_until_ms, failing_ms,
	create_ms, update_ms FROM webhook_endpoints `

func scanEndpoint(row pgx.CollectableRow) (e store.Endpoint, err error) {
	var state, reason int16
	var until, failing, created, updated *int64
	err = row.Scan(&e.Project, &e.ID, &e.URL, &e.DisplayName, &e.Types, &state, &reason, &e.Secret, &e.Previous, &until, &failing, &created, &updated)
	e.State, e.Reason = schedulerv1.WebhookEndpoint_State(state), schedulerv1.WebhookEndpoint_DisableReason(reason)
	e.PreviousUntil, e.FailingSince, e.Created, e.Updated = fromMillis(until), fromMillis(failing), fromMillis(created), fromMillis(updated)
	return e, err
}

// Webhook implements ledger.Reader.
func (r reader) Webhook(ctx context.Context, k store.EndpointKey) (store.Endpoint, error) {
	rows, err := r.Query(ctx, endpointColumns+`WHERE project = $1 AND id = $2`, k.Project, k.ID)
	return first(collect(rows, err, scanEndpoint))
}

// Webhooks implements ledger.Reader.
func (r reader) Webhooks(ctx context.Context, project, before string, limit int) ([]store.Endpoint, error) {
	rows, err := r.Query(ctx, endpointColumns+`WHERE project = $1 AND ($2::uuid IS NULL OR id < $2) ORDER BY id DESC LIMIT $3`, project, null(before), limit)
	return collect(rows, err, scanEndpoint)
}

// WebhooksOf implements ledger.Tx.
func (t *tx) WebhooksOf(ctx context.Context, keys []store.EndpointKey, lock bool) ([]store.Endpoint, error) {
	query := endpointColumns + `WHERE (project, id) IN (SELECT * FROM unnest($1::text[], $2::text[]::uuid[]))`
	if lock {
		query += ` ORDER BY project, id FOR UPDATE`
	}
	rows, err := t.Query(ctx, query, column(keys, func(k store.EndpointKey) string { return k.Project }), column(keys, endpointID))
	return collect(rows, err, scanEndpoint)
}

func endpointID(k store.EndpointKey) string { return k.ID }

// CountWebhooks implements ledger.Tx.
func (t *tx) CountWebhooks(ctx context.Context, project string) (n int, err error) {
	b := &pgx.Batch{}
	b.Queue(`SELECT pg_advisory_xact_lock(hashtextextended('webhooks of ' || $1, 0))`, project)
	b.Queue(`SELECT count(*) FROM webhook_endpoints WHERE project = $1`, project).
		QueryRow(func(row pgx.Row) error { return row.Scan(&n) })
	err = t.SendBatch(ctx, b).Close()
	return n, err
}

// PutWebhook implements ledger.Tx.
func (t *tx) PutWebhook(ctx context.Context, e store.Endpoint) error {
	_, err := t.Exec(ctx, `INSERT INTO webhook_endpoints (project, id, url, display_name, types, state, reason, secret, previous, previous_until_ms,
			failing_ms, create_ms, update_ms) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)
		ON CONFLICT (project, id) DO UPDATE SET url = $3, display_name = $4, types = $5, state = $6, reason = $7, secret = $8, previous = $9,
			previous_until_ms = $10, failing_ms = $11, update_ms = $13`,
		e.Project, e.ID, clean(e.URL), clean(e.DisplayName), int32(e.Types), int16(e.State), int16(e.Reason), []byte(e.Secret), []byte(e.Previous),
		millis(e.PreviousUntil), millis(e.FailingSince), e.Created.UnixMilli(), e.Updated.UnixMilli())
	return err
}

// RemoveWebhook implements ledger.Tx.
func (t *tx) RemoveWebhook(ctx context.Context, k store.EndpointKey) error {
	_, err := t.Exec(ctx, `DELETE FROM webhook_endpoints WHERE project = $1 AND id = $2`, k.Project, k.ID)
	return err
}
