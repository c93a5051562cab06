package gateway

import (
	"context"
	"net/http"
	"strings"

	"google.golang.org/grpc"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/peer"

	"github.com/sheetreel/sheetreel/kit/ratefield"
	"github.com/sheetreel/sheetreel/services/gateway/limit"
)

// caller is who made a request of the API, and the way to tell what is left of the limits. A call whose context has one is
// counted; what the gateway asks for itself has none.
type caller struct {
	// client is the network address, or empty.
	client string
	// tell sets the headers of the answer.
	tell func(limit.Grant)
	// places are those of the request's streams. They are given back when its handler returns.
	places []string
}

type callerKey struct{}

// countHTTP lets the calls of requests be counted.
func (s *Service) countHTTP(next http.Handler) http.Handler {
	if s.limiter == nil {
		return next
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		c := &caller{
			client: s.proxies.Client(r.RemoteAddr, r.Header.Values("X-Forwarded-For")),
			tell: func(g limit.Grant) {
				w.Header().Set(ratefield.PolicyHeader, g.Policies)
				w.Header().Set(ratefield.LimitHeader, g.Left)
			},
		}
		ctx := context.WithValue(r.Context(), callerKey{}, c)
		defer func() { s.limiter.Release(ctx, c.places) }()
		next.ServeHTTP(w, r.WithContext(ctx))
	})
}

// countGRPC lets the calls that a gRPC call makes be counted. The caller calls the function that it returns at the end.
func (s *Service) countGRPC(ctx context.Context) (context.Context, func()) {
	if s.limiter == nil {
		return ctx, func() {}
	}
	c := &caller{tell: func(g limit.Grant) {
		_ = grpc.SetHeader(ctx, metadata.Pairs( // fails only after the answer has begun
			strings.ToLower(ratefield.PolicyHeader), g.Policies, strings.ToLower(ratefield.LimitHeader), g.Left))
	}}
	if from, ok := peer.FromContext(ctx); ok {
		in, _ := metadata.FromIncomingContext(ctx)
		c.client = s.proxies.Client(from.Addr.String(), in.Get("x-forwarded-for"))
	}
	return context.WithValue(ctx, callerKey{}, c), func() { s.limiter.Release(ctx, c.places) }
}
