package emulator

import (
	"fmt"
	"net/http"
	"strings"

	"github.com/sheetreel/sheetreel/services/ingest/source/a1"
)

// apiError is an error as the Sheets API answers it.
type apiError struct {
	code    int
	status  string
	message string
	details []any
}

func (e *apiError) Error() string { return fmt.Sprintf("%d %s: %s", e.code, e.status, e.message) }

func (e *apiError) body() map[string]any {
	inner := map[string]any{"code": e.code, "message": e.message, "status": e.status}
	if len(e.details) > 0 {
		inner["details"] = e.details
	}
	return map[string]any{"error": inner}
}

func invalid(format string, args ...any) *apiError {
	return &apiError{code: http.StatusBadRequest, status: "INVALID_ARGUMENT", message: fmt.Sprintf(format, args...)}
}

func unparsable(text string) *apiError { return invalid("Unable to parse range: %s", text) }

func beyondGrid(t *tab, area a1.Area) *apiError {
	rows, columns := t.grid()
	return invalid("Range (%s) exceeds grid limits. Max rows: %d, max columns: %d", a1.Reference{Tab: t.Title, Area: area}, rows, columns)
}

func unknownField(path string) *apiError {
	e := invalid("Request contains an invalid argument.")
	e.details = []any{map[string]any{
		"@type": "type.googleapis.com/google.rpc.BadRequest",
		"fieldViolations": []any{map[string]any{
			"field":       path,
			"description": fmt.Sprintf("Error expanding 'fields' parameter. Cannot find matching fields for path '%s'.", path),
		}},
	}}
	return e
}

// byCode is the error that Google sends for a status without more to say.
func byCode(code int) *apiError {
	e := &apiError{code: code}
	switch code {
	case http.StatusBadRequest:
		e.status, e.message = "INVALID_ARGUMENT", "Request contains an invalid argument."
	case http.StatusUnauthorized:
		e.status = "UNAUTHENTICATED"
		e.message = "Request had invalid authentication credentials. Expected OAuth 2 access token, login cookie or other valid authentication credential. See https://developers.google.com/identity/sign-in/web/devconsole-project."
	case http.StatusForbidden:
		e.status, e.message = "PERMISSION_DENIED", "The caller does not have permission"
	case http.StatusNotFound:
		e.status, e.message = "NOT_FOUND", "Requested entity was not found."
	case http.StatusTooManyRequests:
		return overQuota(ReadsPerUser, 60)
	case http.StatusServiceUnavailable:
		e.status, e.message = "UNAVAILABLE", "The service is currently unavailable."
	case http.StatusGatewayTimeout:
		e.status, e.message = "DEADLINE_EXCEEDED", "Deadline expired before operation could complete."
	default:
		e.status, e.message = "INTERNAL", "Internal error encountered."
	}
	return e
}

// because adds an ErrorInfo.
func (e *apiError) because(reason string, metadata map[string]any) *apiError {
	metadata["service"] = "sheets.googleapis.com"
	e.details = append(e.details, map[string]any{
		"@type": "type.googleapis.com/google.rpc.ErrorInfo", "reason": reason, "domain": "googleapis.com", "metadata": metadata,
	})
	return e
}

// exhausted says how Google names a quota in its refusal.
func (q Quota) exhausted() (metric, limit, id, unit string) {
	switch q {
	case ReadsPerUser:
		return "Read requests", "Read requests per minute per user", "ReadRequestsPerMinutePerUser", "1/min/{project}/{user}"
	case ReadsPerProject:
		return "Read requests", "Read requests per minute", "ReadRequestsPerMinutePerProject", "1/min/{project}"
	case WritesPerUser:
		return "Write requests", "Write requests per minute per user", "WriteRequestsPerMinutePerUser", "1/min/{project}/{user}"
	case WritesPerProject:
		return "Write requests", "Write requests per minute", "WriteRequestsPerMinutePerProject", "1/min/{project}"
	}
	return "Requests", "Requests per second per spreadsheet", "RequestsPerSecondPerSpreadsheet", "1/s/{spreadsheet}"
}

// overQuota is the 429 of a used-up quota.
func overQuota(q Quota, allowed int) *apiError {
	metric, limit, id, unit := q.exhausted()
	e := &apiError{
		code: http.StatusTooManyRequests, status: "RESOURCE_EXHAUSTED",
		message: fmt.Sprintf("Quota exceeded for quota metric '%s' and limit '%s' of service 'sheets.googleapis.com' for consumer 'project_number:1'.", metric, limit),
	}
	e.because("RATE_LIMIT_EXCEEDED", map[string]any{
		"consumer": "projects/1", "quota_metric": "sheets.googleapis.com/" + strings.ReplaceAll(strings.ToLower(metric), " ", "_"),
		"quota_limit": id, "quota_limit_value": fmt.Sprint(allowed), "quota_location": "global", "quota_unit": unit,
	})
	e.details = append(e.details, map[string]any{
		"@type": "type.googleapis.com/google.rpc.Help",
		"links": []any{map[string]any{
			"description": "Request a higher quota limit.", "url": "https://cloud.google.com/docs/quotas/help/request_increase",
		}},
	})
	return e
}
