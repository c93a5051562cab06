package gateway

import (
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"gocloud.dev/blob/memblob"
	"google.golang.org/grpc"

	schedulerv1 "github.com/sheetreel/sheetreel/gen/sheetreel/scheduler/v1"
	"github.com/sheetreel/sheetreel/kit/grpckit"
	"github.com/sheetreel/sheetreel/services/gateway/internal/fake"
)

const (
	project   = "projects/demo"
	bulkName  = project + "/bulkJobs/01920000-0000-7000-8000-000000000001"
	videoName = bulkName + "/videoJobs/01920000-0000-7000-8000-0000000000a1"
)

// bench is a gateway in front of a fake scheduler.
type bench struct {
	t         testing.TB
	scheduler *fake.Scheduler
	quota     *fake.Quota
	service   *Service
	server    *httptest.Server
}

// setup starts a fake scheduler and a gateway in front of it. Both are gone at the test's end. Calls are not counted.
func setup(t *testing.T) *bench { return setupWith(t, Config{PageProject: "demo"}) }

// setupWith is setup with another configuration. The limits are fake too.
func setupWith(t testing.TB, cfg Config) *bench {
	t.Helper()
	b := &bench{t: t, scheduler: fake.New(), quota: &fake.Quota{}}
	conn := serve(t, func(r grpc.ServiceRegistrar) {
		b.scheduler.Register(r)
		b.quota.Register(r)
	})
	bucket := memblob.OpenBucket(nil)
	t.Cleanup(func() { bucket.Close() })
	service, err := New(cfg, Deps{
		Backends: Backends{Ingest: conn, Scheduler: conn, Ratelimit: conn, Render: conn},
		Blob:     bucket,
		Log:      slog.New(slog.DiscardHandler),
	})
	if err != nil {
		t.Fatal(err)
	}
	b.service = service
	b.server = httptest.NewServer(service.Handler())
	t.Cleanup(b.server.Close)
	return b
}

// serve starts a gRPC server in memory and connects to it.
func serve(t testing.TB, register func(grpc.ServiceRegistrar)) *grpc.ClientConn {
	t.Helper()
	server, err := grpckit.NewServer(slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	register(server)
	listener := grpckit.NewInProcess()
	conn, err := listener.Dial()
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- server.Serve(ctx, listener) }()
	t.Cleanup(func() {
		conn.Close()
		stop()
		if err := <-done; err != nil {
			t.Errorf("grpc server: %v", err)
		}
	})
	return conn
}

// do sends a request; headers come as name, value.
func (b *bench) do(method, path, body string, headers ...string) *http.Response {
	b.t.Helper()
	request, err := http.NewRequestWithContext(b.t.Context(), method, b.server.URL+path, strings.NewReader(body))
	if err != nil {
		b.t.Fatal(err)
	}
	for i := 0; i+1 < len(headers); i += 2 {
		request.Header.Set(headers[i], headers[i+1])
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		b.t.Fatal(err)
	}
	b.t.Cleanup(func() { response.Body.Close() })
	return response
}

// text reads the rest of an answer.
func text(t testing.TB, r *http.Response) string {
	t.Helper()
	data, err := io.ReadAll(r.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

// decoded reads an answer as JSON.
func decoded[T any](t testing.TB, r *http.Response) T {
	t.Helper()
	var v T
	data := text(t, r)
	if err := json.Unmarshal([]byte(data), &v); err != nil {
		t.Fatalf("answer %q: %v", data, err)
	}
	return v
}

// apiError is the form of an error.
type apiError struct {
	Error struct {
		Code    int
		Message string
		Status  string
		Details []map[string]any
	}
}

// reason reads the ErrorInfo.
func (e apiError) reason() any {
	for _, d := range e.Error.Details {
		if d["@type"] == "type.googleapis.com/google.rpc.ErrorInfo" {
			return d["reason"]
		}
	}
	return nil
}

// violation reads the first field violation.
func (e apiError) violation() string {
	for _, d := range e.Error.Details {
		if list, ok := d["fieldViolations"].([]any); ok {
			v := list[0].(map[string]any)
			field, _ := v["field"].(string)
			description, _ := v["description"].(string)
			return field + ": " + description
		}
	}
	return ""
}

func running() *schedulerv1.BulkJob {
	return &schedulerv1.BulkJob{Name: bulkName, State: schedulerv1.BulkJob_RUNNING, DisplayName: "Spring"}
}
