package sheets

import (
	"context"
	"errors"
	"net/http"
	"strconv"
	"time"

	"cloud.google.com/go/auth"
	"google.golang.org/api/googleapi"

	"github.com/sheetreel/sheetreel/services/ingest/source/upstream"
)

// maxRetryAfter bounds how long an answer may make us wait.
const maxRetryAfter = 5 * time.Minute

// classify judges the error of one request, after Google's advice: 429 and 5xx may pass, other answers will not.
// What is no answer at all (a closed connection, a timeout, half an answer) may pass too.
func (i identity) classify(err error) upstream.Verdict {
	var api *googleapi.Error
	var token *auth.Error
	switch {
	case errors.Is(err, errAnswerTooLarge), errors.Is(err, context.Canceled):
		return upstream.Verdict{Class: upstream.Answered}
	case errors.As(err, &token):
		if token.Response != nil {
			return byStatus(token.Response.StatusCode, token.Response.Header)
		}
	case errors.As(err, &api):
		code := api.Code
		if code == http.StatusForbidden && isUsageLimit(api) {
			code = http.StatusTooManyRequests
		}
		verdict := byStatus(code, api.Header)
		if verdict.Class == upstream.Throttled {
			verdict.Refused = i.refusedBy(api)
		}
		return verdict
	}
	return upstream.Verdict{Class: upstream.Unavailable}
}

func byStatus(code int, header http.Header) upstream.Verdict {
	switch {
	case code == http.StatusTooManyRequests:
		return upstream.Verdict{Class: upstream.Throttled, After: retryAfter(header)}
	case code >= 500, code == http.StatusRequestTimeout:
		return upstream.Verdict{Class: upstream.Unavailable, After: retryAfter(header)}
	}
	return upstream.Verdict{Class: upstream.Answered}
}

// Google's names for what it counts by. The last is the emulator's: Google only advises it.
const (
	perProject = "1/min/{project}"
	perUser    = "1/min/{project}/{user}"
	perSheet   = "1/s/{spreadsheet}"
)

// refusedBy reads which of its quotas has refused, and how much it really allows. Projects differ in that.
func (i identity) refusedBy(e *googleapi.Error) *upstream.Refused {
	info := infoOf(e)
	unit := info.metadata["quota_unit"]
	for _, item := range e.Errors { // Drive's older form
		switch item.Reason {
		case "userRateLimitExceeded":
			unit = perUser
		case "rateLimitExceeded":
			unit = perProject
		}
	}
	refused := &upstream.Refused{Dimensions: i.dimensions(unit)}
	if refused.Dimensions == nil {
		return refused
	}
	if n, err := strconv.Atoi(info.metadata["quota_limit_value"]); err == nil && n > 0 && n <= maxTrueCapacity {
		refused.Capacity = n
	}
	return refused
}

// maxTrueCapacity is more than any limit of ours allows: beyond it nothing can be learned.
const maxTrueCapacity = 1_000_000

// retryAfter reads the header's seconds or date.
func retryAfter(header http.Header) time.Duration {
	text := header.Get("Retry-After")
	var wait time.Duration
	if seconds, err := strconv.Atoi(text); err == nil {
		wait = time.Duration(min(seconds, int(maxRetryAfter/time.Second))) * time.Second
	} else if date, err := http.ParseTime(text); err == nil {
		wait = time.Until(date)
	}
	return min(max(wait, 0), maxRetryAfter)
}

// isUsageLimit knows the older form of a quota's refusal, which is a 403.
func isUsageLimit(e *googleapi.Error) bool {
	for _, item := range e.Errors {
		switch item.Reason {
		case "rateLimitExceeded", "userRateLimitExceeded", "quotaExceeded":
			return true
		}
	}
	return infoOf(e).reason == "RATE_LIMIT_EXCEEDED"
}

// errorInfo is a google.rpc.ErrorInfo as it comes in JSON.
type errorInfo struct {
	reason   string
	metadata map[string]string
}

func infoOf(e *googleapi.Error) errorInfo {
	for _, detail := range e.Details {
		fields, ok := detail.(map[string]any)
		if !ok || fields["@type"] != "type.googleapis.com/google.rpc.ErrorInfo" {
			continue
		}
		info := errorInfo{metadata: map[string]string{}}
		info.reason, _ = fields["reason"].(string)
		metadata, _ := fields["metadata"].(map[string]any)
		for key, value := range metadata {
			info.metadata[key], _ = value.(string)
		}
		return info
	}
	return errorInfo{}
}
