package sqlite

import (
	"context"
	"database/sql"
	"errors"

	"github.com/sheetreel/sheetreel/services/scheduler/store"
)

// requested returns the resource that an earlier call with the same request id made or changed; empty when there
// was none.
func (t *tx) requested(ctx context.Context, project string, r store.Request) (string, error) {
	if r.ID == "" {
		return "", nil
	}
	var hash, resource string
	// The remembered request of this id, unless it is too old.
	err := t.QueryRowContext(ctx, `SELECT hash, resource FROM requests
		WHERE project = ? AND method = ? AND request_id = ? AND expire_ms > ?`,
		project, r.Method, r.ID, t.now.UnixMilli()).Scan(&hash, &resource)
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return "", nil
	case err != nil:
		return "", err
	case hash != r.Hash:
		return "", &store.RequestReusedError{RequestID: r.ID, Resource: resource}
	}
	return resource, nil
}

// remember keeps a request with its effect, in the effect's own transaction.
func (t *tx) remember(ctx context.Context, project string, r store.Request, resource string) error {
	if r.ID == "" {
		return nil
	}
	_, err := t.ExecContext(ctx, `INSERT OR REPLACE INTO requests (project, method, request_id, hash, resource, expire_ms)
		VALUES (?, ?, ?, ?, ?, ?)`,
		project, r.Method, r.ID, r.Hash, resource, t.now.Add(store.RequestRetention).UnixMilli())
	return err
}

// once runs change unless the same request was done before.
func (t *tx) once(ctx context.Context, project string, r store.Request, resource string, change func() error) error {
	done, err := t.requested(ctx, project, r)
	if err != nil || done != "" {
		return err
	}
	if err := change(); err != nil {
		return err
	}
	return t.remember(ctx, project, r, resource)
}
