package gateway

import (
	"context"
	"encoding/json"
	"net/http"
	"strconv"
	"strings"

	"github.com/grpc-ecosystem/grpc-gateway/v2/runtime"
	"google.golang.org/genproto/googleapis/rpc/code"
	_ "google.golang.org/genproto/googleapis/rpc/errdetails" // linked, so that every detail can be written as JSON
	spb "google.golang.org/genproto/googleapis/rpc/status"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/encoding/protojson"

	errorsv1 "github.com/sheetreel/sheetreel/gen/sheetreel/errors/v1"
	"github.com/sheetreel/sheetreel/kit/errs"
	"github.com/sheetreel/sheetreel/kit/ratefield"
)

// errorBody is the form of every error over HTTP, after AIP-193. That of a limit is a problem document besides.
type errorBody struct {
	*problem
	Error errorStatus `json:"error"`
}

type errorStatus struct {
	// Code is the HTTP status.
	Code    int    `json:"code"`
	Message string `json:"message"`
	// Status is the name of the gRPC code.
	Status  string            `json:"status"`
	Details []json.RawMessage `json:"details,omitempty"`
}

// newErrorBody gives the form of an error. A detail that cannot be written is left out, not the whole error.
func newErrorBody(httpStatus int, st *spb.Status) errorBody {
	e := errorStatus{Code: httpStatus, Message: st.GetMessage(), Status: code.Code(st.GetCode()).String()}
	for _, detail := range st.GetDetails() {
		if raw, err := protojson.Marshal(detail); err == nil {
			e.Details = append(e.Details, raw)
		}
	}
	return errorBody{problem: newProblem(httpStatus, st), Error: e}
}

// writeError answers with an error and the headers that belong to it.
func writeError(w http.ResponseWriter, httpStatus int, err error) {
	st := status.Convert(err)
	errorHeaders(w.Header(), err)
	h := w.Header()
	answer := newErrorBody(httpStatus, st.Proto())
	h.Set("Content-Type", "application/json")
	if answer.problem != nil {
		h.Set("Content-Type", problemType)
	}
	h.Set("Cache-Control", "no-store")
	h.Del("Content-Length")
	body, marshalErr := json.Marshal(answer)
	if marshalErr != nil { // cannot happen: strings and valid raw messages only
		body = []byte(`{"error":{"code":500,"message":"internal error","status":"INTERNAL"}}`)
	}
	w.WriteHeader(httpStatus)
	_, _ = w.Write(append(body, '\n')) // a caller that went away needs no answer
}

// errorHeaders sets the headers that say how to go on.
func errorHeaders(h http.Header, err error) {
	switch status.Code(err) {
	case codes.Unauthenticated:
		h.Set("WWW-Authenticate", "Bearer")
	case codes.ResourceExhausted, codes.Unavailable:
		if delay, ok := errs.RetryDelay(err); ok {
			h.Set(ratefield.RetryHeader, strconv.FormatInt(ratefield.Seconds(delay), 10))
		}
		if policies, left := errs.RateFields(err); left != "" { // in place of what the limits before it had left
			h.Set(ratefield.PolicyHeader, policies)
			h.Set(ratefield.LimitHeader, left)
		}
	}
}

// publicError gives an error the reason that every error carries. What has none comes from the facade itself, which
// could not read the request, or from the connection to a backend.
func publicError(r *http.Request, err error) (int, error) {
	if body, ok := r.Body.(*requestBody); ok && body.failure != nil {
		return body.status, body.failure
	}
	st := status.Convert(err)
	if errs.ReasonOf(err) == errorsv1.ErrorReason_ERROR_REASON_UNSPECIFIED && st.Code() == codes.InvalidArgument {
		message := strings.ReplaceAll(st.Message(), "\u00a0", " ") // protojson varies its spaces on purpose
		err = errs.New(codes.InvalidArgument, errorsv1.ErrorReason_REQUEST_MALFORMED, message)
	}
	err = errs.Public(err)
	return runtime.HTTPStatusFromCode(status.Code(err)), err
}

// handleError is grpc-gateway's hook for failed calls.
func handleError(_ context.Context, _ *runtime.ServeMux, _ runtime.Marshaler, w http.ResponseWriter, r *http.Request, err error) {
	httpStatus, err := publicError(r, err)
	writeError(w, httpStatus, err)
}

// handleRoutingError is grpc-gateway's hook for requests that match no method.
func handleRoutingError(_ context.Context, _ *runtime.ServeMux, _ runtime.Marshaler, w http.ResponseWriter, r *http.Request, httpStatus int) {
	switch httpStatus {
	case http.StatusMethodNotAllowed:
		writeError(w, httpStatus, errs.New(codes.Unimplemented, errorsv1.ErrorReason_METHOD_NOT_FOUND, r.Method+" is not possible here"))
	case http.StatusBadRequest:
		writeError(w, httpStatus, errs.New(codes.InvalidArgument, errorsv1.ErrorReason_REQUEST_MALFORMED, "the path is malformed"))
	default:
		notFound(w, r)
	}
}

// notFound answers for a path that nothing serves.
func notFound(w http.ResponseWriter, r *http.Request) {
	writeError(w, http.StatusNotFound, errs.New(codes.NotFound, errorsv1.ErrorReason_REQUEST_MALFORMED, "no such path: "+r.URL.Path))
}

type headerKey struct{}

// handleStreamError is grpc-gateway's hook for streams that fail. Before the first message the headers can still say
// how to go on.
func handleStreamError(ctx context.Context, err error) *status.Status {
	err = errs.Public(err)
	if h, ok := ctx.Value(headerKey{}).(http.Header); ok {
		errorHeaders(h, err)
	}
	return status.Convert(err)
}
