package gateway

import (
	"context"
	"net/http"
	"strings"

	"github.com/grpc-ecosystem/grpc-gateway/v2/runtime"

	ingestv1 "github.com/sheetreel/sheetreel/gen/sheetreel/ingest/v1"
	ratelimitv1 "github.com/sheetreel/sheetreel/gen/sheetreel/ratelimit/v1"
	renderv1 "github.com/sheetreel/sheetreel/gen/sheetreel/render/v1"
	schedulerv1 "github.com/sheetreel/sheetreel/gen/sheetreel/scheduler/v1"
)

// facade serves the public methods as JSON.
func (s *Service) facade() (http.Handler, error) {
	ctx := context.Background() // unused by handlers that are given their client
	mux := runtime.NewServeMux(
		runtime.WithMarshalerOption(runtime.MIMEWildcard, newCodec()),
		runtime.WithErrorHandler(handleError),
		runtime.WithRoutingErrorHandler(handleRoutingError),
		runtime.WithStreamErrorHandler(handleStreamError),
		runtime.WithIncomingHeaderMatcher(headerIn),
		runtime.WithOutgoingHeaderMatcher(headerOut),
		runtime.WithOutgoingTrailerMatcher(headerOut),
		runtime.WithDisablePathLengthFallback(), // a form posted to a GET method is no GET
		runtime.WithDisableHTTPMethodOverride(),
	)
	b := s.backends
	err := ingestv1.RegisterIngestServiceHandlerClient(ctx, mux, ingestv1.NewIngestServiceClient(keyed{b.Ingest}))
	if err != nil {
		return nil, err
	}
	err = ratelimitv1.RegisterRateLimitServiceHandlerClient(ctx, mux, ratelimitv1.NewRateLimitServiceClient(keyed{b.Ratelimit}))
	if err != nil {
		return nil, err
	}
	err = renderv1.RegisterRenderServiceHandlerClient(ctx, mux, renderv1.NewRenderServiceClient(keyed{b.Render}))
	if err != nil {
		return nil, err
	}
	err = schedulerv1.RegisterSchedulerServiceHandlerClient(ctx, mux, schedulerv1.NewSchedulerServiceClient(keyed{b.Scheduler}))
	if err != nil {
		return nil, err
	}
	err = schedulerv1.RegisterCostServiceHandlerClient(ctx, mux, schedulerv1.NewCostServiceClient(keyed{b.Scheduler}))
	if err != nil {
		return nil, err
	}
	err = schedulerv1.RegisterWebhookServiceHandlerClient(ctx, mux, schedulerv1.NewWebhookServiceClient(keyed{b.Scheduler}))
	if err != nil {
		return nil, err
	}
	err = schedulerv1.RegisterConnectedSheetServiceHandlerClient(ctx, mux, schedulerv1.NewConnectedSheetServiceClient(keyed{b.Scheduler}))
	if err != nil {
		return nil, err
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		boundBody(w, r)
		ctx := context.WithValue(r.Context(), headerKey{}, w.Header())
		if key := r.Header.Get("Idempotency-Key"); key != "" {
			ctx = context.WithValue(ctx, idempotencyKey{}, key)
		}
		mux.ServeHTTP(w, r.WithContext(ctx))
	}), nil
}

// headerIn names the HTTP headers that reach a backend. Authorization does without our help.
func headerIn(name string) (string, bool) {
	switch name = strings.ToLower(name); name {
	case "x-request-id", "traceparent", "tracestate":
		return name, true
	}
	return "", false
}

// headerOut keeps the metadata of backends inside.
func headerOut(string) (string, bool) { return "", false }
