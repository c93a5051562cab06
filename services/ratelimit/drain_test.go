package ratelimit

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"testing"
	"testing/synctest"
	"time"

	"google.golang.org/grpc/codes"

	errorsv1 "github.com/sheetreel/sheetreel/gen/sheetreel/errors/v1"
	ratelimitv1 "github.com/sheetreel/sheetreel/gen/sheetreel/ratelimit/v1"
	"github.com/sheetreel/sheetreel/kit/errs"
	"github.com/sheetreel/sheetreel/kit/grpckit"
)

// A service that is told to stop ends streams with OK, tells those that wait to go elsewhere, and decides nothing more, so that
// its engine's last state holds every decision.
func TestAStoppedServiceDecidesNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		log := slog.New(slog.DiscardHandler)
		service, err := New(Config{Limits: limitsFile(t, oneAMinute)}, Deps{Log: log})
		if err != nil {
			t.Fatal(err)
		}
		server, err := grpckit.NewServer(log)
		if err != nil {
			t.Fatal(err)
		}
		service.Register(server)
		listener := grpckit.NewInProcess()
		serving, down := context.WithCancel(context.Background())
		running, stop := context.WithCancel(context.Background())
		served, ran := make(chan error, 1), make(chan error, 1)
		go func() { served <- server.Serve(serving, listener) }()
		go func() { ran <- service.Run(running) }()
		conn, err := listener.Dial()
		if err != nil {
			t.Fatal(err)
		}
		quota := ratelimitv1.NewQuotaServiceClient(conn)
		ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
		defer cancel()

		stream, err := quota.AcquireStream(ctx)
		if err != nil {
			t.Fatal(err)
		}
		call := waitFor("ada", 1).GetRequest()
		if err := stream.Send(&ratelimitv1.AcquireStreamRequest{Requests: []*ratelimitv1.AcquireRequest{call}}); err != nil {
			t.Fatal(err)
		}
		if _, err := stream.Recv(); err != nil {
			t.Fatal(err)
		}
		waited := make(chan error, 1)
		go func() {
			_, err := quota.Wait(ctx, waitFor("ada", 1))
			waited <- err
		}()
		synctest.Wait()
		stop()
		if err := <-ran; err != nil {
			t.Errorf("run: %v", err)
		}
		if _, err := stream.Recv(); !errors.Is(err, io.EOF) {
			t.Errorf("stream: %v, want its end", err)
		}
		_, late := quota.Acquire(ctx, waitFor("bob", 1).GetRequest())
		for what, err := range map[string]error{"who waited": <-waited, "who came late": late} {
			wantCode(t, err, codes.Unavailable)
			if got := errs.ReasonOf(err); got != errorsv1.ErrorReason_SHUTTING_DOWN {
				t.Errorf("%s: reason %v", what, got)
			}
		}
		conn.Close()
		down()
		if err := <-served; err != nil {
			t.Errorf("serve: %v", err)
		}
	})
}
