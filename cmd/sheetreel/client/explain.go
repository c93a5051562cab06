package client

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	errorsv1 "github.com/sheetreel/sheetreel/gen/sheetreel/errors/v1"
	"github.com/sheetreel/sheetreel/kit/errs"
)

// Explain writes an error for a person: what went wrong first, then, on lines of their own, every wrong field and
// what to do next. server is the address that was called.
func Explain(err error, server string) string {
	st, ok := status.FromError(err)
	if !ok || st.Code() == codes.OK {
		return err.Error()
	}
	lines := []string{st.Message()}
	if errors.Is(err, context.Canceled) {
		return "interrupted"
	}
	bad, _ := errs.Detail[*errdetails.BadRequest](err)
	for i, violation := range bad.GetFieldViolations() {
		text := violation.GetField() + ": " + violation.GetDescription()
		if i == 0 && text == st.Message() {
			continue // the message is this violation
		}
		lines = append(lines, "  "+text)
	}
	quota, _ := errs.Detail[*errdetails.QuotaFailure](err)
	for _, violation := range quota.GetViolations() {
		lines = append(lines, "  "+violation.GetDescription())
	}
	if next := next(err, st, server); next != "" {
		lines = append(lines, next)
	}
	return strings.Join(lines, "\n")
}

// next is what to do about an error, or "".
func next(err error, st *status.Status, server string) string {
	switch errs.ReasonOf(err) {
	case errorsv1.ErrorReason_RESOURCE_NOT_FOUND:
		if info, _ := errs.Detail[*errdetails.ResourceInfo](err); strings.HasPrefix(info.GetResourceType(), "sheetreel/Limit") {
			return "see what is there with: sheetreel limits list"
		}
		return "see what is there with: sheetreel batch list"
	case errorsv1.ErrorReason_REQUEST_ID_REUSED:
		return "take another --request-id, or none"
	case errorsv1.ErrorReason_LIMIT_NOT_DELETABLE:
		return "to do without it, change the file, or set its --dry-run"
	case errorsv1.ErrorReason_INTERNAL_ERROR:
		return "this is a defect; the server's log has the cause"
	case errorsv1.ErrorReason_RESUME_TOKEN_INVALID:
		return "leave --resume-token out to watch from the beginning"
	case errorsv1.ErrorReason_ERROR_REASON_UNSPECIFIED:
		switch st.Code() {
		case codes.Unavailable:
			return fmt.Sprintf("nothing answers at %s; start it with: sheetreel up (or name another server with --server)", server)
		case codes.Unimplemented:
			return fmt.Sprintf("what answers at %s is no Sheetreel, or another version of it", server)
		}
	}
	if delay, ok := errs.RetryDelay(err); ok && delay > 0 {
		return "try again in " + inWords(delay)
	}
	return ""
}
