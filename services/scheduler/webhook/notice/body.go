package notice

import (
	"encoding/json"
	"time"

	"google.golang.org/genproto/googleapis/rpc/code"
	"google.golang.org/genproto/googleapis/rpc/errdetails"
	statuspb "google.golang.org/genproto/googleapis/rpc/status"

	schedulerv1 "github.com/sheetreel/sheetreel/gen/sheetreel/scheduler/v1"
)

// BodyMost is how long a body is at most, in bytes: what Standard Webhooks recommends.
const BodyMost = 20 << 10

// What is cut, in bytes, so that a body never gets that long. The API has the whole.
const (
	titleMost   = 1 << 10
	messageMost = 2 << 10
	nameMost    = 512
)

// Counts are the video jobs of a bulk job by state.
type Counts struct {
	Total     int32 `json:"totalCount"`
	Pending   int32 `json:"pendingCount"`
	Running   int32 `json:"runningCount"`
	Completed int32 `json:"completedCount"`
	Failed    int32 `json:"failedCount"`
	Skipped   int32 `json:"skippedCount"`
	Cancelled int32 `json:"cancelledCount"`
}

type body struct {
	Type      string    `json:"type"`
	Timestamp time.Time `json:"timestamp"`
	Data      data      `json:"data"`
}

// data has the names of JobEvent and BulkJobProgress.
type data struct {
	Project   string   `json:"project"`
	Endpoint  string   `json:"webhookEndpoint,omitempty"`
	BulkJob   string   `json:"bulkJob,omitempty"`
	VideoJob  string   `json:"videoJob,omitempty"`
	State     string   `json:"state,omitempty"`
	Sequence  int64    `json:"sequence,omitempty"`
	Attempt   int32    `json:"attempt,omitempty"`
	RowNumber int32    `json:"rowNumber,omitempty"`
	Title     string   `json:"title,omitempty"`
	Progress  *Counts  `json:"progress,omitempty"`
	Error     *problem `json:"error,omitempty"`
}

type problem struct {
	Code    string `json:"code"` // a google.rpc.Code
	Reason  string `json:"reason,omitempty"`
	Message string `json:"message,omitempty"`
}

// Body is the JSON of an event of a type. The names in the event are whole; n are the counts of its bulk job right after
// it, which only events of the bulk job itself tell.
func Body(t Type, project string, e *schedulerv1.JobEvent, n Counts) ([]byte, error) {
	d := data{
		Project: project, BulkJob: cut(e.GetBulkJob(), nameMost), VideoJob: cut(e.GetVideoJob(), nameMost), Sequence: e.GetSequence(),
		Attempt: e.GetAttempt(), RowNumber: e.GetRowNumber(), Title: cut(e.GetTitle(), titleMost), Error: problemOf(e.GetError()),
	}
	if e.GetVideoJob() != "" {
		d.State = e.GetVideoJobState().String()
	} else {
		d.State, d.Progress = e.GetBulkJobState().String(), &n
	}
	return json.Marshal(body{t.String(), e.GetEventTime().AsTime(), d})
}

// TestBody is the JSON of a test of an endpoint.
func TestBody(project, endpoint string, now time.Time) ([]byte, error) {
	return json.Marshal(body{Test.String(), now.UTC(), data{Project: project, Endpoint: endpoint}})
}

func problemOf(s *statuspb.Status) *problem {
	if s == nil {
		return nil
	}
	p := &problem{Code: code.Code(s.GetCode()).String(), Message: cut(s.GetMessage(), messageMost)}
	for _, any := range s.GetDetails() {
		info := &errdetails.ErrorInfo{}
		if any.MessageIs(info) && any.UnmarshalTo(info) == nil {
			p.Reason = cut(info.GetReason(), nameMost)
		}
	}
	return p
}

// cut cuts a text so that its JSON, which may write six bytes for one, stays short.
func cut(text string, most int) string {
	length := 0
	for i, r := range text {
		n := 6
		if r >= ' ' && r < 0x7f && r != '"' && r != '\\' && r != '<' && r != '>' && r != '&' {
			n = 1
		}
		if length += n; length > most {
			return text[:i] + "…"
		}
	}
	return text
}
