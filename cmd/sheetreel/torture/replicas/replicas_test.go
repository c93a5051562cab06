package replicas

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"sync"
	"testing"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	healthpb "google.golang.org/grpc/health/grpc_health_v1"
	"google.golang.org/grpc/status"

	"github.com/sheetreel/sheetreel/kit/errs"
	"github.com/sheetreel/sheetreel/kit/grpckit"

	"github.com/sheetreel/sheetreel/cmd/sheetreel/torture/history"
)

func TestOutcome(t *testing.T) {
	for _, tt := range []struct {
		err  error
		want history.Result
	}{
		{nil, history.OK},
		{errs.LeaseLost(), history.Refused},
		{errs.StateConflict("a", "COMPLETED", "no"), history.Rejected},
		{errs.NotFound("kind", "name"), history.Rejected},
		{status.Error(codes.Unavailable, "gone"), history.Unknown},
		{status.Error(codes.Internal, "broken"), history.Unknown},
		{status.Error(codes.Canceled, "cancelled"), history.Unknown},
		{context.DeadlineExceeded, history.Unknown},
	} {
		if got, text := Outcome(tt.err); got != tt.want || (text == "") != (got == history.OK || got == history.Refused) {
			t.Errorf("%v is %s (%q); want %s", tt.err, got, text, tt.want)
		}
	}
}

func TestInsist(t *testing.T) {
	tries := 0
	err := Insist(t.Context(), func(ctx context.Context) error {
		if _, bounded := ctx.Deadline(); !bounded {
			t.Error("a try has no deadline")
		}
		if tries++; tries < 3 {
			return status.Error(codes.Unavailable, "gone")
		}
		return errs.LeaseLost()
	})
	if tries != 3 || err == nil {
		t.Errorf("%d tries, %v; want the definite answer of the third", tries, err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	last := errors.New("gone")
	if err := Insist(ctx, func(context.Context) error { cancel(); return last }); !errors.Is(err, last) {
		t.Errorf("%v; want the last error", err)
	}
}

func TestCallsGoToReplicasThatAreUp(t *testing.T) {
	first, stopFirst := serve(t, "127.0.0.1:0")
	second, stopSecond := serve(t, "127.0.0.1:0")
	conn, err := Dial([]string{first, second})
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	call := func() {
		t.Helper()
		err := Insist(t.Context(), func(ctx context.Context) error {
			_, err := healthpb.NewHealthClient(conn).Check(ctx, &healthpb.HealthCheckRequest{}, grpc.WaitForReady(true))
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	call()
	stopFirst()
	call()
	stopSecond()
	_, stopAgain := serve(t, first)
	defer stopAgain()
	call()
}

// serve runs a server at an address and returns where it is and how it is stopped.
func serve(t *testing.T, address string) (at string, stop func()) {
	t.Helper()
	server, err := grpckit.NewServer(slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	listener, err := net.Listen("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	var owner sync.WaitGroup
	owner.Go(func() {
		if err := server.Serve(ctx, listener); err != nil {
			t.Error(err)
		}
	})
	return listener.Addr().String(), sync.OnceFunc(func() { cancel(); owner.Wait() })
}
