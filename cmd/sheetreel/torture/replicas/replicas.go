// Package replicas calls schedulers that come and go: calls go to whichever replicas are up, and what may be repeated
// is repeated until there is an answer.
package replicas

import (
	"context"
	"math/rand/v2"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/backoff"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/resolver"
	"google.golang.org/grpc/resolver/manual"
	"google.golang.org/grpc/status"

	errorsv1 "github.com/sheetreel/sheetreel/gen/sheetreel/errors/v1"
	"github.com/sheetreel/sheetreel/kit/errs"
	"github.com/sheetreel/sheetreel/kit/grpckit"
	"github.com/sheetreel/sheetreel/kit/retry"

	"github.com/sheetreel/sheetreel/cmd/sheetreel/torture/history"
)

// Dial makes a connection that spreads calls over the replicas at the addresses, as far as they are up.
func Dial(addresses []string) (*grpc.ClientConn, error) {
	list := manual.NewBuilderWithScheme("replicas")
	var state resolver.State
	for _, a := range addresses {
		state.Endpoints = append(state.Endpoints, resolver.Endpoint{Addresses: []resolver.Address{{Addr: a}}})
	}
	list.InitialState(state)
	// A replica that was killed is back within a second; look for it often.
	again := backoff.Config{BaseDelay: 100 * time.Millisecond, Multiplier: 1.6, Jitter: 0.2, MaxDelay: time.Second}
	return grpckit.Dial("replicas:///schedulers", grpc.WithResolvers(list),
		grpc.WithConnectParams(grpc.ConnectParams{Backoff: again, MinConnectTimeout: time.Second}))
}

// Outcome is what the caller knows about a call after it.
func Outcome(err error) (history.Result, string) {
	switch {
	case err == nil:
		return history.OK, ""
	case errs.ReasonOf(err) == errorsv1.ErrorReason_LEASE_LOST:
		return history.Refused, ""
	case definite(err):
		return history.Rejected, err.Error()
	}
	return history.Unknown, err.Error()
}

// definite tells whether an error says that nothing was done and that repeating is in vain. Of all others, even of
// INTERNAL, a caller cannot know: the database may have committed before it went away.
func definite(err error) bool {
	switch status.Code(err) {
	case codes.InvalidArgument, codes.NotFound, codes.AlreadyExists, codes.PermissionDenied, codes.FailedPrecondition,
		codes.OutOfRange, codes.Unimplemented, codes.Unauthenticated:
		return true
	}
	return false
}

// tryBound is the deadline of one call that does not wait for work.
const tryBound = 5 * time.Second

// Insist calls try, each time with a deadline, until it has a definite answer or ctx ends. It returns the last error.
func Insist(ctx context.Context, try func(context.Context) error) error {
	pauses := retry.Policy{Initial: 50 * time.Millisecond, Multiplier: 2, Max: time.Second}
	for attempt := 1; ; attempt++ {
		err := once(ctx, try)
		if err == nil || definite(err) || ctx.Err() != nil {
			return err
		}
		if !Pause(ctx, pauses.Wait(attempt, rand.Float64)) {
			return err
		}
	}
}

func once(ctx context.Context, try func(context.Context) error) error {
	ctx, cancel := context.WithTimeout(ctx, tryBound)
	defer cancel()
	return try(ctx)
}

// Pause waits, and tells whether it did not end early with ctx.
func Pause(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-timer.C:
		return true
	}
}
