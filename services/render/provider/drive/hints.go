package drive

import (
	"context"
	"fmt"
	"net/http"
	"sync"
	"time"

	"github.com/sheetreel/sheetreel/services/render/provider"
)

// hints wake those that wait for an order, when a call from outside says that something has happened to it. Anybody may
// have made that call, so all that it does is to ask the provider a little earlier, and not more often than once a second.
type hints struct {
	mu    sync.Mutex
	calls map[provider.Handle]chan struct{}
}

const hintGap = time.Second

func newHints() *hints { return &hints{calls: map[provider.Handle]chan struct{}{}} }

// wait waits for a time, or for a hint.
func (h *hints) wait(ctx context.Context, handle provider.Handle, d time.Duration) error {
	h.mu.Lock()
	hint, ok := h.calls[handle]
	if !ok {
		hint = make(chan struct{}, 1)
		h.calls[handle] = hint
	}
	h.mu.Unlock()
	defer func() {
		h.mu.Lock()
		delete(h.calls, handle)
		h.mu.Unlock()
	}()
	timer := time.NewTimer(d)
	defer timer.Stop()
	gap := time.NewTimer(min(d, hintGap))
	defer gap.Stop()
	for early := gap.C; ; early = nil {
		var hinted <-chan struct{}
		if early == nil {
			hinted = hint
		}
		select {
		case <-early:
		case <-hinted:
			return nil
		case <-timer.C:
			return nil
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
}

// Hint takes a call from outside. The error says why it means nothing.
func (d *Driver) Hint(header http.Header, body []byte) error {
	handle, err := d.hosted.HandleCallback(header, body)
	if err != nil {
		return fmt.Errorf("provider %s: callback: %w", d.about.Name, err)
	}
	d.hints.mu.Lock()
	defer d.hints.mu.Unlock()
	if hint, ok := d.hints.calls[handle]; ok {
		select {
		case hint <- struct{}{}:
		default:
		}
	}
	return nil
}
