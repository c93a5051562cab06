package render

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"time"
)

// callbackMost bounds what is read of a call.
const callbackMost = 64 << 10

// callbacks takes calls of hosted providers until ctx ends. Whoever calls can make us look after an order a little earlier, and
// nothing else; so the caller need not be known.
func (w *worker) callbacks(ctx context.Context) error {
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", w.cfg.ProviderCallbacks)
	if err != nil {
		return fmt.Errorf("provider-callbacks: %w", err)
	}
	server := &http.Server{
		Handler: http.HandlerFunc(w.callback), ReadTimeout: 10 * time.Second, WriteTimeout: 10 * time.Second, MaxHeaderBytes: 16 << 10,
	}
	stop := context.AfterFunc(ctx, func() { server.Close() })
	defer stop()
	if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
		return fmt.Errorf("provider-callbacks: %w", err)
	}
	return nil
}

// callback answers the same to all, so that nobody learns which orders there are.
func (w *worker) callback(out http.ResponseWriter, in *http.Request) {
	d, ok := w.drivers[strings.TrimPrefix(in.URL.Path, "/")]
	if in.Method != http.MethodPost || !ok {
		http.NotFound(out, in)
		return
	}
	body, err := io.ReadAll(io.LimitReader(in.Body, callbackMost))
	if err == nil {
		err = d.Hint(in.Header, body)
	}
	if err != nil {
		w.Log.Debug("a callback that means nothing", "error", err)
	}
	out.WriteHeader(http.StatusNoContent)
}
