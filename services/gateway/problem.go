package gateway

import (
	spb "google.golang.org/genproto/googleapis/rpc/status"
	"google.golang.org/grpc/status"

	errorsv1 "github.com/sheetreel/sheetreel/gen/sheetreel/errors/v1"
	"github.com/sheetreel/sheetreel/kit/errs"
)

// problemType is the media type of problem documents (RFC 9457).
const problemType = "application/problem+json"

// problem is what a problem document says of a limit that refuses: the problem type quota-exceeded of
// draft-ietf-httpapi-ratelimit-headers-11, section 5.1. The error of every other answer is its extension member `error`.
type problem struct {
	Type   string `json:"type"`
	Title  string `json:"title"`
	Status int    `json:"status"`
	Detail string `json:"detail"`
	// ViolatedPolicies are the names that RateLimit-Policy has too.
	ViolatedPolicies []string `json:"violated-policies,omitempty"`
}

// newProblem describes an error of a limit; nil for any other.
func newProblem(httpStatus int, st *spb.Status) *problem {
	err := status.ErrorProto(st)
	if errs.ReasonOf(err) != errorsv1.ErrorReason_RATE_LIMITED {
		return nil
	}
	return &problem{
		Type:   "https://iana.org/assignments/http-problem-types#quota-exceeded",
		Title:  "Request cannot be satisfied as assigned quota has been exceeded",
		Status: httpStatus, Detail: st.GetMessage(), ViolatedPolicies: errs.ExhaustedLimits(err),
	}
}
