package errs

import (
	"time"

	"google.golang.org/grpc/codes"

	errorsv1 "github.com/sheetreel/sheetreel/gen/sheetreel/errors/v1"
)

// DatabaseError says that a database could not do its work, through no fault of the request: it is gone, busy, or has
// no room. Callers are told so by [Public], and may repeat the call; what Err says is for the log.
type DatabaseError struct {
	// Full says that there is no room left.
	Full bool
	Err  error
}

func (e *DatabaseError) Error() string { return e.Err.Error() }
func (e *DatabaseError) Unwrap() error { return e.Err }

// databaseRetry is when a caller may try again.
const databaseRetry = time.Second

func (e *DatabaseError) public() error {
	if e.Full {
		return New(codes.ResourceExhausted, errorsv1.ErrorReason_DATABASE_FULL, "the database has no room left")
	}
	return Unavailable(errorsv1.ErrorReason_DATABASE_UNAVAILABLE,
		"the database does not answer; whether anything was changed is not known, so repeat the call with the same request_id", databaseRetry)
}
