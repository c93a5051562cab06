package gateway

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	errorsv1 "github.com/sheetreel/sheetreel/gen/sheetreel/errors/v1"
	schedulerv1 "github.com/sheetreel/sheetreel/gen/sheetreel/scheduler/v1"
	"github.com/sheetreel/sheetreel/kit/errs"
)

func TestErrorForms(t *testing.T) {
	b := setup(t)
	b.scheduler.Put(&schedulerv1.BulkJob{Name: bulkName, State: schedulerv1.BulkJob_COMPLETED})
	type want struct {
		HTTP                   int
		Status, Reason, Header string
	}
	tests := []struct {
		name, method, path, body string
		fail                     error // of GetBulkJob
		want                     want
		message                  string
		violation                string
	}{
		{
			name: "unknown path", method: "GET", path: "/v1/nothing",
			want: want{404, "NOT_FOUND", "REQUEST_MALFORMED", ""}, message: "no such path: /v1/nothing",
		},
		{
			name: "unknown path outside the API", method: "GET", path: "/nothing",
			want: want{404, "NOT_FOUND", "REQUEST_MALFORMED", ""}, message: "no such path: /nothing",
		},
		{
			name: "internal method", method: "POST", path: "/sheetreel.scheduler.v1.LeaseService/LeaseVideoJobs", body: "{}",
			want: want{404, "NOT_FOUND", "REQUEST_MALFORMED", ""},
		},
		{
			name: "wrong method", method: "PUT", path: "/v1/" + bulkName,
			want: want{405, "UNIMPLEMENTED", "METHOD_NOT_FOUND", ""}, message: "PUT is not possible here",
		},
		{
			name: "form posted to a GET method", method: "POST", path: "/v1/" + bulkName,
			want: want{405, "UNIMPLEMENTED", "METHOD_NOT_FOUND", ""},
		},
		{
			name: "missing resource", method: "GET", path: "/v1/" + strings.Replace(bulkName, "0001", "0002", 1),
			want: want{404, "NOT_FOUND", "RESOURCE_NOT_FOUND", ""},
		},
		{
			name: "invalid name", method: "GET", path: "/v1/projects/demo/bulkJobs/7",
			want: want{400, "INVALID_ARGUMENT", "VALIDATION_FAILED", ""}, violation: "name: does not match regex pattern",
		},
		{
			name: "unknown field", method: "POST", path: "/v1/projects/demo/bulkJobs",
			body:      `{"source":{"googleSheet":{"spreadsheet":"x","tab":"y"}}}`,
			want:      want{400, "INVALID_ARGUMENT", "REQUEST_MALFORMED", ""},
			message:   "source.googleSheet.tab: no such field",
			violation: "source.googleSheet.tab: no such field",
		},
		{
			name: "wrong kind of value", method: "POST", path: "/v1/projects/demo/bulkJobs",
			body:      `{"renderOptions":{"resolution":"wide"}}`,
			want:      want{400, "INVALID_ARGUMENT", "REQUEST_MALFORMED", ""},
			violation: "renderOptions.resolution: invalid value for int32 field",
		},
		{
			name: "no JSON", method: "POST", path: "/v1/projects/demo/bulkJobs", body: `{"source":`,
			want: want{400, "INVALID_ARGUMENT", "REQUEST_MALFORMED", ""}, message: "not valid JSON at byte 10",
		},
		{
			name: "two values", method: "POST", path: "/v1/projects/demo/bulkJobs", body: `{} {}`,
			want: want{400, "INVALID_ARGUMENT", "REQUEST_MALFORMED", ""}, message: "not valid JSON at byte 4",
		},
		{
			name: "no body", method: "POST", path: "/v1/projects/demo/bulkJobs",
			want: want{400, "INVALID_ARGUMENT", "VALIDATION_FAILED", ""}, violation: "bulk_job: value is required",
		},
		{
			name: "wrong kind of query parameter", method: "GET", path: "/v1/projects/demo/bulkJobs?pageSize=many",
			want: want{400, "INVALID_ARGUMENT", "REQUEST_MALFORMED", ""}, message: `"page_size"`,
		},
		{
			name: "large body", method: "POST", path: "/v1/projects/demo/bulkJobs",
			body: `{"displayName":"` + strings.Repeat("x", maxBodyBytes) + `"}`,
			want: want{413, "INVALID_ARGUMENT", "REQUEST_MALFORMED", ""}, message: "the body is larger than 1048576 bytes",
		},
		{
			name: "state conflict", method: "POST", path: "/v1/" + bulkName + ":pause", body: "{}",
			want: want{400, "FAILED_PRECONDITION", "STATE_CONFLICT", ""}, message: "a finished bulk job cannot be paused",
		},
		{
			name: "rate limit", method: "GET", path: "/v1/" + bulkName,
			fail: errs.RateLimited(16200*time.Millisecond, "too fast", errs.Exhausted{Limit: "l", Subject: "s"}),
			want: want{429, "RESOURCE_EXHAUSTED", "RATE_LIMITED", "Retry-After: 17"},
		},
		{
			name: "store down", method: "GET", path: "/v1/" + bulkName,
			fail: errs.Unavailable(errorsv1.ErrorReason_STORE_UNAVAILABLE, "down", time.Second),
			want: want{503, "UNAVAILABLE", "STORE_UNAVAILABLE", "Retry-After: 1"},
		},
		{
			name: "defect", method: "GET", path: "/v1/" + bulkName, fail: errors.New("secret text"),
			want: want{500, "INTERNAL", "INTERNAL_ERROR", ""}, message: "internal error; the server's log has the cause",
		},
		{
			name: "unauthenticated", method: "GET", path: "/v1/" + bulkName,
			fail: errs.New(codes.Unauthenticated, errorsv1.ErrorReason_SHEET_CREDENTIALS_INVALID, "who are you?"),
			want: want{401, "UNAUTHENTICATED", "SHEET_CREDENTIALS_INVALID", "Www-Authenticate: Bearer"},
		},
		{
			name: "deadline", method: "GET", path: "/v1/" + bulkName, fail: status.FromContextError(context.DeadlineExceeded).Err(),
			want: want{504, "DEADLINE_EXCEEDED", "DEADLINE", ""},
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			b.scheduler.Fail("GetBulkJob", tt.fail)
			response := b.do(tt.method, tt.path, tt.body)
			body := decoded[apiError](t, response)
			got := want{response.StatusCode, body.Error.Status, "", ""}
			got.Reason, _ = body.reason().(string)
			for _, name := range []string{"Retry-After", "Www-Authenticate"} {
				if value := response.Header.Get(name); value != "" {
					got.Header = name + ": " + value
				}
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("error (-want +got):\n%s", diff)
			}
			if body.Error.Code != response.StatusCode {
				t.Errorf("code = %d in the body, %d as HTTP status", body.Error.Code, response.StatusCode)
			}
			if !strings.Contains(body.Error.Message, tt.message) {
				t.Errorf("message = %q, want it to hold %q", body.Error.Message, tt.message)
			}
			if !strings.HasPrefix(body.violation(), tt.violation) {
				t.Errorf("violation = %q, want %q", body.violation(), tt.violation)
			}
			contentType := "application/json"
			if tt.want.Reason == "RATE_LIMITED" {
				contentType = problemType
			}
			if got := response.Header.Get("Content-Type"); got != contentType {
				t.Errorf("Content-Type = %q, want %q", got, contentType)
			}
		})
	}
}

func TestJSONNames(t *testing.T) {
	b := setup(t)
	b.scheduler.Put(&schedulerv1.BulkJob{
		Name: bulkName, State: schedulerv1.BulkJob_RUNNING, Progress: &schedulerv1.BulkJobProgress{TotalCount: 3},
	})
	got := decoded[map[string]any](t, b.do("GET", "/v1/"+bulkName, ""))
	progress, _ := got["progress"].(map[string]any)
	want := map[string]any{"state": "RUNNING", "displayName": "", "total": 3.0, "failed": 0.0}
	if diff := cmp.Diff(want, map[string]any{
		"state": got["state"], "displayName": got["displayName"], "total": progress["totalCount"], "failed": progress["failedCount"],
	}); diff != "" {
		t.Errorf("bulk job (-want +got):\n%s", diff)
	}
}

func TestIdempotencyKey(t *testing.T) {
	b := setup(t)
	b.scheduler.Put(running())
	create := `{"source":{"googleSheet":{"spreadsheet":"x"}}}`
	tests := []struct{ name, path, body, key, want string }{
		{"fills an empty id", "/v1/projects/demo/bulkJobs", create, "abc", "abc"},
		{"leaves an id in the query", "/v1/projects/demo/bulkJobs?requestId=mine", create, "abc", "mine"},
		{"fills an empty id of a body", "/v1/" + bulkName + ":pause", "{}", "abc", "abc"},
		{"leaves an id in the body", "/v1/" + bulkName + ":pause", `{"requestId":"mine"}`, "abc", "mine"},
		{"absent", "/v1/" + bulkName + ":pause", "{}", "", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var headers []string
			if tt.key != "" {
				headers = []string{"Idempotency-Key", tt.key}
			}
			if r := b.do("POST", tt.path, tt.body, headers...); r.StatusCode != http.StatusOK {
				t.Fatalf("status %d: %s", r.StatusCode, text(t, r))
			}
			request := b.scheduler.Last().Request.(interface{ GetRequestId() string })
			if got := request.GetRequestId(); got != tt.want {
				t.Errorf("request id = %q, want %q", got, tt.want)
			}
		})
	}
	t.Run("too long", func(t *testing.T) {
		body := decoded[apiError](t, b.do("POST", "/v1/"+bulkName+":pause", "{}", "Idempotency-Key", strings.Repeat("x", 65)))
		if got := body.violation(); !strings.HasPrefix(got, "request_id: ") {
			t.Errorf("violation = %q", got)
		}
	})
}

func TestHeadersPass(t *testing.T) {
	b := setup(t)
	b.scheduler.Put(running())
	trace := "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
	r := b.do("GET", "/v1/"+bulkName, "", "X-Request-Id", "r-1", "Traceparent", trace, "Authorization", "Bearer k", "X-Other", "no",
		"Grpc-Metadata-X-Smuggled", "no")
	md := b.scheduler.Last().Metadata
	want := map[string][]string{"x-request-id": {"r-1"}, "traceparent": {trace}, "authorization": {"Bearer k"}, "x-other": nil, "x-smuggled": nil}
	got := map[string][]string{}
	for key := range want {
		got[key] = md.Get(key)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("metadata (-want +got):\n%s", diff)
	}
	if got := r.Header.Get("X-Request-Id"); got != "r-1" {
		t.Errorf("X-Request-Id = %q", got)
	}
	if got := b.do("GET", "/v1/"+bulkName, "").Header.Get("X-Request-Id"); got == "" || got != b.scheduler.Last().Metadata.Get("x-request-id")[0] {
		t.Errorf("generated X-Request-Id = %q", got)
	}
}

func TestForeignOriginIsRefused(t *testing.T) {
	b := setup(t)
	r := b.do("POST", "/v1/"+bulkName+":cancel", "{}", "Sec-Fetch-Site", "cross-site", "Content-Type", "text/plain")
	if r.StatusCode != http.StatusForbidden {
		t.Errorf("status = %d", r.StatusCode)
	}
	if body := decoded[apiError](t, r); body.Error.Status != "PERMISSION_DENIED" {
		t.Errorf("body = %+v", body)
	}
}
