package errs

import (
	"time"

	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/types/known/durationpb"

	errorsv1 "github.com/sheetreel/sheetreel/gen/sheetreel/errors/v1"
	"github.com/sheetreel/sheetreel/kit/ratefield"
)

// Exhausted is a limit that refuses.
type Exhausted struct {
	// Limit is its name, Subject for whom it counts ("project=demo"), Description what it says in plain words.
	Limit, Subject, Description string
	// Dimensions are what Subject says, by name; may be nil.
	Dimensions map[string]string
	// Capacity is at most so much in Window, or, with Concurrent, at once. Zero: not told, and the rest is not either.
	Capacity int64
	// Window is zero when there is none, or none of a fixed length.
	Window     time.Duration
	Concurrent bool
	// Left is what is left now, and Reset the time until more is.
	Left  int64
	Reset time.Duration
}

// Metadata of RATE_LIMITED: what RateLimit-Policy and RateLimit say over HTTP, word for word.
const (
	metadataPolicy = "rate_limit_policy"
	metadataLimit  = "rate_limit"
)

// RateLimited is RESOURCE_EXHAUSTED with RetryInfo and QuotaFailure. retry is the exact time until it would be granted.
// What is told of the limits' numbers is in the QuotaFailure (the capacity) and, for callers over HTTP, in the metadata;
// see [RateFields].
func RateLimited(retry time.Duration, message string, limits ...Exhausted) error {
	failure := &errdetails.QuotaFailure{}
	fields := make([]ratefield.Limit, 0, len(limits))
	for _, l := range limits {
		failure.Violations = append(failure.Violations, &errdetails.QuotaFailure_Violation{
			Subject: l.Subject, Description: l.Description, QuotaId: l.Limit, QuotaDimensions: l.Dimensions, QuotaValue: l.Capacity,
		})
		fields = append(fields, ratefield.Limit{
			Name: l.Limit, Key: l.Subject, Capacity: l.Capacity, Window: l.Window, Concurrent: l.Concurrent,
			Left: l.Left, Reset: l.Reset,
		})
	}
	var metadata []string
	if left := ratefield.Left(fields); left != "" {
		metadata = []string{metadataPolicy, ratefield.Policies(fields), metadataLimit, left}
	}
	return with(codes.ResourceExhausted, errorsv1.ErrorReason_RATE_LIMITED, message, metadata,
		&errdetails.RetryInfo{RetryDelay: durationpb.New(retry)}, failure)
}

// RateFields gives what the HTTP fields RateLimit-Policy and RateLimit say of an error of [RateLimited]; empty for any other
// error, or when the limits' numbers were not told.
func RateFields(err error) (policy, left string) {
	if ReasonOf(err) != errorsv1.ErrorReason_RATE_LIMITED {
		return "", ""
	}
	info, _ := Detail[*errdetails.ErrorInfo](err)
	return info.GetMetadata()[metadataPolicy], info.GetMetadata()[metadataLimit]
}

// ExhaustedLimits names the limits that refuse, as an error of [RateLimited] tells them.
func ExhaustedLimits(err error) []string {
	failure, _ := Detail[*errdetails.QuotaFailure](err)
	var names []string
	for _, v := range failure.GetViolations() {
		names = append(names, v.GetQuotaId())
	}
	return names
}
