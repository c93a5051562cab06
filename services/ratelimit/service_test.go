package ratelimit

import (
	"context"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	healthpb "google.golang.org/grpc/health/grpc_health_v1"
	"google.golang.org/grpc/status"

	ratelimitv1 "github.com/sheetreel/sheetreel/gen/sheetreel/ratelimit/v1"
	"github.com/sheetreel/sheetreel/kit/grpckit"
	"github.com/sheetreel/sheetreel/kit/run"
)

// bundle is the service behind a real gRPC server, with clients.
type bundle struct {
	quota  ratelimitv1.QuotaServiceClient
	limits ratelimitv1.RateLimitServiceClient
	health healthpb.HealthClient
}

// setup serves until the test ends. It works inside a synctest bubble too.
func setup(t testing.TB, cfg Config, deps Deps) bundle {
	t.Helper()
	deps.Log = slog.New(slog.DiscardHandler)
	service, err := New(cfg, deps)
	if err != nil {
		t.Fatal(err)
	}
	server, err := grpckit.NewServer(deps.Log)
	if err != nil {
		t.Fatal(err)
	}
	service.Register(server)
	listener := grpckit.NewInProcess()
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() {
		var group run.Group
		group.Add("server", func(ctx context.Context) error { return server.Serve(ctx, listener) })
		group.Add("service", service.Run)
		ended <- group.Run(ctx)
	}()
	conn, err := listener.Dial()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		conn.Close()
		stop()
		if err := <-ended; err != nil {
			t.Errorf("serve: %v", err)
		}
	})
	return bundle{
		quota: ratelimitv1.NewQuotaServiceClient(conn), limits: ratelimitv1.NewRateLimitServiceClient(conn),
		health: healthpb.NewHealthClient(conn),
	}
}

// standing is a clock that stands still.
func standing() Deps {
	now := time.Now()
	return Deps{Clock: func() time.Time { return now }}
}

// limitsFile writes a limits file.
func limitsFile(t *testing.T, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "limits.yaml")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestNewRefuses(t *testing.T) {
	tests := []struct {
		name string
		cfg  Config
		want string
	}{
		{"an absent file", Config{Limits: "no/such/file"}, "no/such/file"},
		{"nonsense in a file", Config{Limits: limitsFile(t, "limits: [{name: x, capacity: -1}]")}, "rule x: line 1: capacity:"},
		{"negative bounds", Config{MaxKeys: -1}, "max keys -1"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if _, err := New(test.cfg, Deps{}); err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("error %v, want it to contain %q", err, test.want)
			}
		})
	}
}

func TestHealth(t *testing.T) {
	b := setup(t, Config{}, Deps{})
	for _, name := range []string{"", "sheetreel.ratelimit.v1.QuotaService", "sheetreel.ratelimit.v1.RateLimitService"} {
		// Waits until the server has begun to serve: before that it does not know its services.
		reply, err := b.health.Check(t.Context(), &healthpb.HealthCheckRequest{Service: name}, grpc.WaitForReady(true))
		if err != nil || reply.GetStatus() != healthpb.HealthCheckResponse_SERVING {
			t.Errorf("health of %q: %v, %v", name, reply.GetStatus(), err)
		}
	}
}

func wantCode(t *testing.T, err error, want codes.Code) {
	t.Helper()
	if got := status.Code(err); got != want {
		t.Fatalf("code %v, want %v: %v", got, want, err)
	}
}
