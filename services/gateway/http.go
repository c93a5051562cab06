package gateway

import (
	"context"
	"crypto/rand"
	"net/http"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/metadata"

	"github.com/sheetreel/sheetreel/gen/openapi"
	errorsv1 "github.com/sheetreel/sheetreel/gen/sheetreel/errors/v1"
	"github.com/sheetreel/sheetreel/kit/errs"
)

// routes puts everything under its path.
func (s *Service) routes() (http.Handler, error) {
	api, err := s.facade()
	if err != nil {
		return nil, err
	}
	page, err := newPage(s.cfg.PageProject)
	if err != nil {
		return nil, err
	}
	mux := http.NewServeMux()
	mux.Handle("/v1/", s.countHTTP(s.watchAsEvents(api)))
	mux.HandleFunc("GET /v1/projects/{project}/bulkJobs/{bulk_job}/videoJobs/{video_job}/artifacts/{file_name}", s.artifact)
	mux.HandleFunc("GET /v1/projects/{project}/bulkJobs/{bulk_job}/importReport.csv", s.importReport)
	mux.Handle("POST /v1/projects/{project}/uploads", s.countHTTP(http.HandlerFunc(s.upload)))
	mux.HandleFunc("GET /openapi.json", serveOpenAPI)
	mux.HandleFunc("GET /healthz", healthz)
	mux.HandleFunc("GET /readyz", s.readyz)
	mux.HandleFunc("GET /{$}", page.index)
	mux.HandleFunc("GET /page/{file}", page.file)
	mux.HandleFunc("/", notFound)

	// A foreign site must not start or cancel anything through a visitor's browser.
	crossOrigin := http.NewCrossOriginProtection()
	crossOrigin.SetDenyHandler(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		writeError(w, http.StatusForbidden, errs.New(codes.PermissionDenied, errorsv1.ErrorReason_REQUEST_MALFORMED,
			"requests from pages of another origin are refused"))
	}))
	return requestID(slowReaders(plain(crossOrigin.Handler(mux)))), nil
}

// requestID gives every request an id, the caller's if it has one, and says it in the answer.
func requestID(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		id := r.Header.Get("X-Request-Id")
		if !validRequestID(id) {
			id = rand.Text()
			r.Header.Set("X-Request-Id", id)
		}
		w.Header().Set("X-Request-Id", id)
		next.ServeHTTP(w, r)
	})
}

// validRequestID accepts 1 to 128 printable ASCII characters: what is safe in headers, metadata and logs.
func validRequestID(id string) bool {
	for i := range len(id) {
		if id[i] <= ' ' || id[i] > '~' {
			return false
		}
	}
	return id != "" && len(id) <= 128
}

// plain sets what holds for every answer.
func plain(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("X-Content-Type-Options", "nosniff")
		next.ServeHTTP(w, r)
	})
}

// writeTimeout bounds a single write. A reader that takes nothing for so long is cut off.
const writeTimeout = 30 * time.Second

// slowReaders gives every write a deadline, instead of one for the whole answer.
func slowReaders(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		next.ServeHTTP(&deadlineWriter{ResponseWriter: w, rc: http.NewResponseController(w)}, r)
	})
}

type deadlineWriter struct {
	http.ResponseWriter
	rc *http.ResponseController
}

func (w *deadlineWriter) Write(p []byte) (int, error) {
	_ = w.rc.SetWriteDeadline(time.Now().Add(writeTimeout)) // not supported by test recorders
	return w.ResponseWriter.Write(p)
}

// Unwrap lets http.ResponseController reach the writer beneath.
func (w *deadlineWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }

// outgoing gives the context for a call that a handler makes itself, with the metadata that the facade would send.
func outgoing(r *http.Request) context.Context {
	md := metadata.MD{}
	for _, name := range []string{"authorization", "x-request-id", "traceparent", "tracestate"} {
		if values := r.Header.Values(name); len(values) > 0 {
			md.Set(name, values...)
		}
	}
	return metadata.NewOutgoingContext(r.Context(), md)
}

func serveOpenAPI(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-cache")
	_, _ = w.Write(openapi.Document)
}
