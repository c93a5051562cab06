package quota_test

import (
	"context"
	"log/slog"
	"sync"
	"testing"
	"time"

	"google.golang.org/grpc"

	errorsv1 "github.com/sheetreel/sheetreel/gen/sheetreel/errors/v1"
	ratelimitv1 "github.com/sheetreel/sheetreel/gen/sheetreel/ratelimit/v1"
	"github.com/sheetreel/sheetreel/kit/errs"
	"github.com/sheetreel/sheetreel/kit/grpckit"
)

// limiter is a rate limit service that answers by a script.
type limiter struct {
	ratelimitv1.UnimplementedQuotaServiceServer
	// decide answers a call; nil grants it.
	decide func(req *ratelimitv1.AcquireRequest) error

	mu        sync.Mutex
	asked     []*ratelimitv1.AcquireRequest
	batches   []int
	cancelled []string
	endAfter  int           // the stream ends with OK before this batch; 0: never
	hold      chan struct{} // batches are answered when it is closed; nil: at once
}

func (l *limiter) one(req *ratelimitv1.AcquireRequest) error {
	l.mu.Lock()
	l.asked = append(l.asked, req)
	decide := l.decide
	l.mu.Unlock()
	if decide == nil {
		return nil
	}
	return decide(req)
}

func (l *limiter) Acquire(_ context.Context, req *ratelimitv1.AcquireRequest) (*ratelimitv1.AcquireResponse, error) {
	if err := l.one(req); err != nil {
		return nil, err
	}
	return &ratelimitv1.AcquireResponse{Permit: "p-" + req.GetRequestId(), GrantedCost: max(req.GetCost(), 1)}, nil
}

func (l *limiter) AcquireStream(stream grpc.BidiStreamingServer[ratelimitv1.AcquireStreamRequest, ratelimitv1.AcquireStreamResponse]) error {
	for {
		in, err := stream.Recv()
		if err != nil {
			return err
		}
		l.mu.Lock()
		l.batches = append(l.batches, len(in.GetRequests()))
		ends, hold := l.endAfter == len(l.batches), l.hold
		l.mu.Unlock()
		if ends {
			return nil
		}
		if hold != nil {
			<-hold
		}
		out := &ratelimitv1.AcquireStreamResponse{Sequence: in.GetSequence()}
		for _, req := range in.GetRequests() {
			d := &ratelimitv1.Decision{Verdict: ratelimitv1.Decision_PROCEED, Permit: "p-" + req.GetRequestId(), GrantedCost: max(req.GetCost(), 1)}
			if err := l.one(req); err != nil {
				d = &ratelimitv1.Decision{Verdict: ratelimitv1.Decision_REJECT, Reason: errs.ReasonOf(err), Message: "no"}
			}
			out.Decisions = append(out.Decisions, d)
		}
		if err := stream.Send(out); err != nil {
			return err
		}
	}
}

func (l *limiter) Cancel(_ context.Context, req *ratelimitv1.CancelRequest) (*ratelimitv1.CancelResponse, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.cancelled = append(append(l.cancelled, req.GetReservations()...), req.GetPermit())
	return &ratelimitv1.CancelResponse{}, nil
}

// serve serves the limiter until the test ends.
func serve(t testing.TB, l *limiter) ratelimitv1.QuotaServiceClient {
	t.Helper()
	server, err := grpckit.NewServer(slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	ratelimitv1.RegisterQuotaServiceServer(server, l)
	listener := grpckit.NewInProcess()
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- server.Serve(ctx, listener) }()
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
	return ratelimitv1.NewQuotaServiceClient(conn)
}

func none() float64 { return 0 }

var read = map[string]string{"action": "sheets.read", "user": "ada"}

// after refuses until so much time has passed since now, by the exact rest.
func after(d time.Duration) func(*ratelimitv1.AcquireRequest) error {
	free := time.Now().Add(d)
	return func(*ratelimitv1.AcquireRequest) error {
		if wait := time.Until(free); wait > 0 {
			return errs.RateLimited(wait, "not now", errs.Exhausted{Limit: "reads"})
		}
		return nil
	}
}

func down(*ratelimitv1.AcquireRequest) error {
	return errs.Unavailable(errorsv1.ErrorReason_STORE_UNAVAILABLE, "down", 0)
}

// granting is a service that grants everything, without a server.
type granting struct {
	ratelimitv1.QuotaServiceClient
}

func (granting) Acquire(context.Context, *ratelimitv1.AcquireRequest, ...grpc.CallOption) (*ratelimitv1.AcquireResponse, error) {
	return &ratelimitv1.AcquireResponse{Permit: "p", GrantedCost: 1}, nil
}

func (granting) Cancel(context.Context, *ratelimitv1.CancelRequest, ...grpc.CallOption) (*ratelimitv1.CancelResponse, error) {
	return &ratelimitv1.CancelResponse{}, nil
}

func service() ratelimitv1.QuotaServiceClient { return granting{} }
