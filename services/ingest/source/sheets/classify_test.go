package sheets

import (
	"net/http"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/api/googleapi"

	"github.com/sheetreel/sheetreel/services/ingest/source/upstream"
)

func errorInfoOf(unit, value string) []any {
	return []any{map[string]any{
		"@type": "type.googleapis.com/google.rpc.ErrorInfo", "reason": "RATE_LIMIT_EXCEEDED",
		"metadata": map[string]any{"quota_unit": unit, "quota_limit_value": value},
	}}
}

func TestClassify(t *testing.T) {
	known := identity{kind: byServiceAccount, credential: "robot", cloudProject: "cloud"}
	drive := func(reason string) *googleapi.Error {
		return &googleapi.Error{Code: 403, Errors: []googleapi.ErrorItem{{Reason: reason}}}
	}
	throttled := func(capacity int, dimensions ...string) upstream.Verdict {
		return upstream.Verdict{Class: upstream.Throttled, Refused: &upstream.Refused{Dimensions: dimensions, Capacity: capacity}}
	}
	tests := []struct {
		name string
		as   identity
		err  error
		want upstream.Verdict
	}{
		{"of the user", known, &googleapi.Error{Code: 429, Details: errorInfoOf(perUser, "40")}, throttled(40, "cloud_project", "credential")},
		{"of the project", known, &googleapi.Error{Code: 429, Details: errorInfoOf(perProject, "250")}, throttled(250, "cloud_project")},
		{"of the sheet", known, &googleapi.Error{Code: 429, Details: errorInfoOf(perSheet, "1")}, throttled(1, "sheet")},
		{"without credentials, of the user", identity{kind: byEndpoint}, &googleapi.Error{Code: 429, Details: errorInfoOf(perUser, "40")}, throttled(40, "project", "user")},
		{"without credentials, of the project", identity{kind: byEndpoint}, &googleapi.Error{Code: 429, Details: errorInfoOf(perProject, "40")}, throttled(40, "project")},
		{"of something new", known, &googleapi.Error{Code: 429, Details: errorInfoOf("1/d/{organization}", "9")}, throttled(0)},
		{"no number", known, &googleapi.Error{Code: 429, Details: errorInfoOf(perUser, "many")}, throttled(0, "cloud_project", "credential")},
		{"without details", known, &googleapi.Error{Code: 429}, throttled(0)},
		{"Drive's form, of the user", known, drive("userRateLimitExceeded"), throttled(0, "cloud_project", "credential")},
		{"Drive's form", known, drive("rateLimitExceeded"), throttled(0, "cloud_project")},
		{"no permission", known, drive("forbidden"), upstream.Verdict{Class: upstream.Answered}},
		{"not enabled, in Drive's form", known, drive("accessNotConfigured"), upstream.Verdict{Class: upstream.Answered}},
		{
			"says when", known, &googleapi.Error{Code: 503, Header: http.Header{"Retry-After": {"7"}}},
			upstream.Verdict{Class: upstream.Unavailable, After: 7 * time.Second},
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if diff := cmp.Diff(tt.want, tt.as.classify(tt.err)); diff != "" {
				t.Errorf("verdict (-want +got):\n%s", diff)
			}
		})
	}
}
