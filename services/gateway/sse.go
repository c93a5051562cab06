package gateway

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/grpc-ecosystem/grpc-gateway/v2/runtime"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"

	schedulerv1 "github.com/sheetreel/sheetreel/gen/sheetreel/scheduler/v1"
	"github.com/sheetreel/sheetreel/kit/errs"
)

const (
	// reconnectDelay is what a browser waits before it comes back.
	reconnectDelay = 2 * time.Second
	// heartbeatInterval keeps proxies from closing a quiet stream.
	heartbeatInterval = 15 * time.Second
)

// watchAsEvents answers a watch whose caller accepts server-sent events; anything else goes to next.
func (s *Service) watchAsEvents(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		name, ok := strings.CutSuffix(strings.TrimPrefix(r.URL.Path, "/v1/"), ":watch")
		if !ok || r.Method != http.MethodGet || !acceptsEvents(r) {
			next.ServeHTTP(w, r)
			return
		}
		s.watch(w, r, name)
	})
}

func acceptsEvents(r *http.Request) bool {
	for _, accept := range r.Header.Values("Accept") {
		for part := range strings.SplitSeq(accept, ",") {
			kind, _, _ := strings.Cut(part, ";")
			if strings.EqualFold(strings.TrimSpace(kind), "text/event-stream") {
				return true
			}
		}
	}
	return false
}

// watchMessage is a message of any watch.
type watchMessage interface {
	proto.Message
	GetEvents() []*schedulerv1.JobEvent
	GetResumeToken() string
}

// watched is what came of one receive of a watch.
type watched struct {
	message watchMessage
	err     error
}

// resumeToken is where a caller wants to go on.
func resumeToken(r *http.Request) string {
	if id := r.Header.Get("Last-Event-ID"); id != "" {
		return id // newer than the one in the address
	}
	query := r.URL.Query()
	return cmp.Or(query.Get("resumeToken"), query.Get("resume_token"))
}

// openWatch begins the watch of a bulk job or of a project, and returns what receives its messages.
func (s *Service) openWatch(ctx context.Context, name, token string) (func() (watchMessage, error), error) {
	scheduler := schedulerv1.NewSchedulerServiceClient(s.backends.Scheduler)
	if strings.Count(name, "/") == 1 {
		stream, err := scheduler.WatchProject(ctx, &schedulerv1.WatchProjectRequest{Parent: name, ResumeToken: token})
		return func() (watchMessage, error) { return stream.Recv() }, err
	}
	stream, err := scheduler.WatchBulkJob(ctx, &schedulerv1.WatchBulkJobRequest{Name: name, ResumeToken: token})
	return func() (watchMessage, error) { return stream.Recv() }, err
}

// watch sends a watch as server-sent events. The id of each is its resume token, so that a browser that comes back
// says where it was by itself.
func (s *Service) watch(w http.ResponseWriter, r *http.Request, name string) {
	token := resumeToken(r)
	ctx, cancel := context.WithCancel(outgoing(r))
	defer cancel()
	receive, err := s.openWatch(ctx, name, token)
	if err != nil {
		handleError(ctx, nil, nil, w, r, err)
		return
	}
	messages := make(chan watched)
	go func() {
		defer close(messages)
		for {
			message, err := receive()
			select {
			case messages <- watched{message, err}:
			case <-ctx.Done():
				return
			}
			if err != nil {
				return
			}
		}
	}()
	defer func() { // the goroutine ends before the handler does
		cancel()
		for range messages {
		}
	}()
	(&eventWriter{w: w, rc: http.NewResponseController(w), codec: newCodec(), resumed: token != ""}).
		run(ctx, r, messages)
}

// eventWriter writes the messages of one watch.
type eventWriter struct {
	w       http.ResponseWriter
	rc      *http.ResponseController
	codec   *codec
	resumed bool
	begun   bool // headers are out
	told    bool // the first message is out
}

func (e *eventWriter) run(ctx context.Context, r *http.Request, messages <-chan watched) {
	heartbeat := time.NewTicker(heartbeatInterval)
	defer heartbeat.Stop()
	// A resumed watch of a finished bulk job holds its first message back until it is known whether more follows.
	// If nothing does, the answer is 204, which tells a browser not to come back.
	var held watchMessage
	for {
		var err error
		select {
		case <-ctx.Done():
			return
		case <-heartbeat.C:
			err = e.write(": still here\n\n")
		case m, ok := <-messages:
			switch {
			case !ok:
				return // ctx ended first
			case errors.Is(m.err, io.EOF):
				if held != nil && !e.begun {
					e.w.WriteHeader(http.StatusNoContent)
				}
				return
			case m.err != nil:
				e.fail(ctx, r, m.err)
				return
			case e.resumed && !e.told && held == nil && finished(m.message) && len(m.message.GetEvents()) == 0:
				held = m.message
				continue
			}
			if held != nil {
				if err := e.send(held); err != nil {
					return
				}
				held = nil
			}
			err = e.send(m.message)
		}
		if err != nil {
			return // the reader went away, or takes nothing
		}
	}
}

// finished tells whether a message is of a bulk job that has ended. A project never ends.
func finished(m watchMessage) bool {
	of, ok := m.(*schedulerv1.WatchBulkJobResponse)
	if !ok {
		return false
	}
	switch of.GetBulkJob().GetState() {
	case schedulerv1.BulkJob_COMPLETED, schedulerv1.BulkJob_FAILED, schedulerv1.BulkJob_CANCELLED:
		return true
	}
	return false
}

// send writes a message; a bookmark, which only moves the token, goes without data, so that no listener wakes.
func (e *eventWriter) send(m watchMessage) error {
	bookmark := e.told && len(m.GetEvents()) == 0
	e.told = true
	if bookmark {
		return e.write("id: " + m.GetResumeToken() + "\n\n")
	}
	data, err := e.codec.Marshal(m)
	if err != nil {
		return fmt.Errorf("watch message: %w", err)
	}
	return e.write("id: " + m.GetResumeToken() + "\ndata: " + string(data) + "\n\n")
}

// fail ends a watch. Before anything was written it is an HTTP error like any other.
func (e *eventWriter) fail(ctx context.Context, r *http.Request, err error) {
	if !e.begun {
		handleError(ctx, nil, nil, e.w, r, err)
		return
	}
	err = errs.Public(err)
	body, marshalErr := json.Marshal(newErrorBody(runtime.HTTPStatusFromCode(status.Code(err)), status.Convert(err).Proto()))
	if marshalErr == nil {
		// Not named "error": browsers use that name for troubles of the connection.
		_ = e.write("event: failure\ndata: " + string(body) + "\n\n")
	}
}

func (e *eventWriter) write(text string) error {
	if !e.begun {
		e.begun = true
		h := e.w.Header()
		h.Set("Content-Type", "text/event-stream")
		h.Set("Cache-Control", "no-store")
		h.Set("X-Accel-Buffering", "no") // proxies that buffer answers must not buffer this one
		text = fmt.Sprintf("retry: %d\n\n%s", reconnectDelay.Milliseconds(), text)
	}
	if _, err := io.WriteString(e.w, text); err != nil {
		return err
	}
	return e.rc.Flush()
}
