package sqlite

import (
	"context"
	"database/sql"

	"github.com/sheetreel/sheetreel/services/scheduler/store"
)

const endpointColumns = `SELECT project, id, url, display_name, types, state, reason, secret, previous, previous_until_ms, failing_ms,
	create_ms, update_ms FROM webhook_endpoints `

func scanEndpoint(row *sql.Rows) (e store.Endpoint, err error) {
	var secret, previous []byte
	var until, failing, created, updated sql.NullInt64
	err = row.Scan(&e.Project, &e.ID, &e.URL, &e.DisplayName, &e.Types, &e.State, &e.Reason, &secret, &previous, &until, &failing, &created, &updated)
	e.Secret, e.Previous = secret, previous
	e.PreviousUntil, e.FailingSince, e.Created, e.Updated = fromMillis(until), fromMillis(failing), fromMillis(created), fromMillis(updated)
	return e, err
}

// Webhook implements ledger.Reader.
func (r reader) Webhook(ctx context.Context, k store.EndpointKey) (store.Endpoint, error) {
	return first(rows(ctx, r.Tx, scanEndpoint, endpointColumns+`WHERE project = ? AND id = ?`, k.Project, k.ID))
}

// Webhooks implements ledger.Reader.
func (r reader) Webhooks(ctx context.Context, project, before string, limit int) ([]store.Endpoint, error) {
	return rows(ctx, r.Tx, scanEndpoint, endpointColumns+`WHERE project = ? AND (? = '' OR id < ?) ORDER BY id DESC LIMIT ?`, project, before, before, limit)
}

// WebhooksOf implements ledger.Tx. The one writer has a lock on everything.
func (t *tx) WebhooksOf(ctx context.Context, keys []store.EndpointKey, _ bool) ([]store.Endpoint, error) {
	var all []store.Endpoint
	for _, k := range keys {
		found, err := rows(ctx, t.Tx, scanEndpoint, endpointColumns+`WHERE project = ? AND id = ?`, k.Project, k.ID)
		if err != nil {
			return nil, err
		}
		all = append(all, found...)
	}
	return all, nil
}

// CountWebhooks implements ledger.Tx.
func (t *tx) CountWebhooks(ctx context.Context, project string) (int, error) {
	return first(rows(ctx, t.Tx, func(row *sql.Rows) (n int, err error) { return n, row.Scan(&n) },
		`SELECT count(*) FROM webhook_endpoints WHERE project = ?`, project))
}

// PutWebhook implements ledger.Tx.
func (t *tx) PutWebhook(ctx context.Context, e store.Endpoint) error {
	w := &writer{ctx: ctx, tx: t}
	w.exec(`INSERT OR REPLACE INTO webhook_endpoints (project, id, url, display_name, types, state, reason, secret, previous, previous_until_ms,
		failing_ms, create_ms, update_ms) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
		e.Project, e.ID, e.URL, e.DisplayName, int64(e.Types), int64(e.State), int64(e.Reason), []byte(e.Secret), blob(e.Previous),
		millis(e.PreviousUntil), millis(e.FailingSince), e.Created.UnixMilli(), e.Updated.UnixMilli())
	return w.err
}

// RemoveWebhook implements ledger.Tx.
func (t *tx) RemoveWebhook(ctx context.Context, k store.EndpointKey) error {
	w := &writer{ctx: ctx, tx: t}
	w.exec(`DELETE FROM webhook_endpoints WHERE project = ? AND id = ?`, k.Project, k.ID)
	return w.err
}
