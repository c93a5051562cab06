package ledger

import (
	"context"

	"github.com/sheetreel/sheetreel/services/scheduler/store"
)

// requested returns the resource that an earlier call with the same request id made or changed; empty when there
// was none.
func (w *work) requested(ctx context.Context, project string, r store.Request) (string, error) {
	if r.ID == "" {
		return "", nil
	}
	hash, resource, err := w.Request(ctx, project, r, w.now)
	if err == nil && resource != "" && hash != r.Hash {
		return "", &store.RequestReusedError{RequestID: r.ID, Resource: resource}
	}
	return resource, err
}

// remember keeps a request with its effect, in the effect's own transaction.
func (w *work) remember(project string, r store.Request, resource string) {
	if r.ID != "" {
		w.out.Requests = append(w.out.Requests, Request{Request: r, Project: project, Resource: resource, Expire: w.now.Add(store.RequestRetention)})
	}
}

// once runs change unless the same request was done before.
func (w *work) once(ctx context.Context, project string, r store.Request, resource string, change func() error) error {
	done, err := w.requested(ctx, project, r)
	if err != nil || done != "" {
		return err
	}
	if err := change(); err != nil {
		return err
	}
	w.remember(project, r, resource)
	return w.flush(ctx)
}
