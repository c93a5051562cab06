package gateway

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	schedulerv1 "github.com/sheetreel/sheetreel/gen/sheetreel/scheduler/v1"
)

// TestHeartbeatsAndBookmarks runs in virtual time, with a channel for the backend and a recorder for the reader.
func TestHeartbeatsAndBookmarks(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		recorder := httptest.NewRecorder()
		messages := make(chan watched)
		done := make(chan struct{})
		go func() {
			defer close(done)
			e := &eventWriter{w: recorder, rc: http.NewResponseController(recorder), codec: newCodec()}
			e.run(t.Context(), httptest.NewRequest("GET", watchPath, nil), messages)
		}()
		messages <- watched{message: &schedulerv1.WatchBulkJobResponse{ResumeToken: "a"}}
		time.Sleep(heartbeatInterval + time.Second)
		messages <- watched{message: &schedulerv1.WatchBulkJobResponse{ResumeToken: "b"}}
		time.Sleep(heartbeatInterval)
		messages <- watched{err: io.EOF}
		<-done
		blocks := strings.Split(recorder.Body.String(), "\n\n")
		want := []string{
			"retry: 2000",
			`id: a` + "\n" + `data: {"events":[],"resumeToken":"a"}`,
			": still here",
			"id: b",
			": still here",
			"",
		}
		for i, block := range blocks {
			blocks[i] = strings.ReplaceAll(block, ", ", ",")
		}
		if diff := cmp.Diff(want, blocks); diff != "" {
			t.Errorf("stream (-want +got):\n%s", diff)
		}
	})
}
