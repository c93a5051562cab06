package gateway

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"testing"

	"gocloud.dev/blob/memblob"

	"github.com/sheetreel/sheetreel/services/gateway/internal/fake"
)

// addresses collects what is logged and tells the addresses that are listened on.
type addresses struct {
	mu   sync.Mutex
	text bytes.Buffer
	seen chan string // of HTTP
}

func (a *addresses) Write(p []byte) (int, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.text.Write(p)
	var line struct{ Msg, Address, Protocol string }
	if json.Unmarshal(p, &line) == nil && line.Msg == "listening" && line.Protocol == "http" {
		a.seen <- line.Address
	}
	return len(p), nil
}

// TestRunDrains starts a gateway on real ports, holds a watch open, and stops it: the watch ends in good order and
// Run returns without waiting for anybody's patience.
func TestRunDrains(t *testing.T) {
	scheduler := fake.New()
	scheduler.Put(running())
	conn := serve(t, scheduler.Register)
	bucket := memblob.OpenBucket(nil)
	defer bucket.Close()
	log := &addresses{seen: make(chan string, 1)}
	service, err := New(Config{HTTPListen: "127.0.0.1:0", GRPCListen: "127.0.0.1:0", PageProject: "demo"}, Deps{
		Backends: Backends{Ingest: conn, Scheduler: conn, Ratelimit: conn, Render: conn}, Blob: bucket,
		Log: slog.New(slog.NewJSONHandler(log, nil)),
	})
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	done := make(chan error, 1)
	go func() { done <- service.Run(ctx) }()
	base := "http://" + <-log.seen

	get := func(path, accept string) *http.Response {
		t.Helper()
		request, err := http.NewRequestWithContext(t.Context(), "GET", base+path, nil)
		if err != nil {
			t.Fatal(err)
		}
		request.Header.Set("Accept", accept)
		response, err := http.DefaultClient.Do(request)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { response.Body.Close() })
		return response
	}
	if body := text(t, get("/healthz", "*/*")); body != "{\"alive\":true}\n" {
		t.Errorf("healthz = %q", body)
	}
	ready := decoded[readiness](t, get("/readyz", "*/*"))
	if !ready.Ready || len(ready.Backends) != 4 {
		t.Errorf("readyz = %+v", ready)
	}
	events := bufio.NewReader(get(watchPath, "text/event-stream").Body)
	for line := ""; !strings.HasPrefix(line, "data:"); {
		if line, err = events.ReadString('\n'); err != nil {
			t.Fatal(err)
		}
	}
	lines := get(watchPath, "*/*").Body
	stop()
	rest, err := events.ReadString(0)
	if strings.Contains(rest, "failure") || err.Error() != "EOF" {
		t.Errorf("events end with %q, %v", rest, err)
	}
	var out bytes.Buffer
	if _, err := out.ReadFrom(lines); err != nil || strings.Contains(out.String(), `"error":{`) {
		t.Errorf("lines end with %q, %v", out.String(), err)
	}
	if err := <-done; err != nil {
		t.Errorf("Run = %v", err)
	}
}

func TestReadyNamesTheBackendThatIsNot(t *testing.T) {
	b := setup(t)
	b.service.unready.Store(true)
	r := b.do("GET", "/readyz", "")
	got := decoded[readiness](t, r)
	if r.StatusCode != http.StatusServiceUnavailable || got.Ready || got.Backends["scheduler"] != "SERVING" {
		t.Errorf("while draining: status %d, %+v", r.StatusCode, got)
	}
}

func TestNewRefusesWhatIsMissing(t *testing.T) {
	if _, err := New(Config{}, Deps{}); err == nil {
		t.Error("no error without a blob store")
	}
	bucket := memblob.OpenBucket(nil)
	defer bucket.Close()
	if _, err := New(Config{}, Deps{Blob: bucket}); err == nil {
		t.Error("no error without backends")
	}
}

func TestOpenAPIIsServed(t *testing.T) {
	b := setup(t)
	document := decoded[struct {
		OpenAPI string
		Paths   map[string]any
	}](t, b.do("GET", "/openapi.json", ""))
	if !strings.HasPrefix(document.OpenAPI, "3.1") || len(document.Paths) == 0 {
		t.Errorf("document = %+v", document)
	}
}
