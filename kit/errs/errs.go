// Package errs makes the errors that Sheetreel's services answer with.
//
// Every error is a gRPC status with a google.rpc.ErrorInfo (domain "sheetreel", a reason of
// sheetreel.errors.v1.ErrorReason) and, where they apply, BadRequest, ResourceInfo, RetryInfo, QuotaFailure.
// What is not made here reaches a caller as INTERNAL with its text only in the log: see [Public].
package errs

import (
	"context"
	"errors"
	"time"

	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/protoadapt"
	"google.golang.org/protobuf/types/known/durationpb"

	errorsv1 "github.com/sheetreel/sheetreel/gen/sheetreel/errors/v1"
)

// Domain is the ErrorInfo domain of every error.
const Domain = "sheetreel"

// Reason is short for the generated enum.
type Reason = errorsv1.ErrorReason

// New makes an error. Metadata is optional and comes as key, value, key, value.
func New(code codes.Code, reason Reason, message string, metadata ...string) error {
	return with(code, reason, message, metadata)
}

func with(code codes.Code, reason Reason, message string, metadata []string, more ...protoadapt.MessageV1) error {
	info := &errdetails.ErrorInfo{Reason: reason.String(), Domain: Domain}
	for i := 0; i+1 < len(metadata); i += 2 {
		if info.Metadata == nil {
			info.Metadata = map[string]string{}
		}
		info.Metadata[metadata[i]] = metadata[i+1]
	}
	st := status.New(code, message)
	detailed, err := st.WithDetails(append([]protoadapt.MessageV1{info}, more...)...)
	if err != nil {
		return st.Err() // only for code OK, which no caller passes
	}
	return detailed.Err()
}

// Violation is one wrong field of a request: its path, and what is wrong with it.
type Violation struct {
	Field, Description string
}

// Invalid is INVALID_ARGUMENT, VALIDATION_FAILED with a BadRequest. The message names the first violation.
func Invalid(violations ...Violation) error {
	bad := &errdetails.BadRequest{}
	message := "the request is invalid"
	for i, v := range violations {
		bad.FieldViolations = append(bad.FieldViolations, &errdetails.BadRequest_FieldViolation{Field: v.Field, Description: v.Description})
		if i == 0 {
			message = v.Field + ": " + v.Description
		}
	}
	return with(codes.InvalidArgument, errorsv1.ErrorReason_VALIDATION_FAILED, message, nil, bad)
}

// InvalidAs is Invalid for one field, with a reason of its own, so that callers can tell it from others.
func InvalidAs(reason errorsv1.ErrorReason, v Violation, metadata ...string) error {
	return with(codes.InvalidArgument, reason, v.Field+": "+v.Description, metadata, &errdetails.BadRequest{
		FieldViolations: []*errdetails.BadRequest_FieldViolation{{Field: v.Field, Description: v.Description}},
	})
}

// NotFound is NOT_FOUND with a ResourceInfo. kind is the resource type, for example "sheetreel/BulkJob".
func NotFound(kind, name string) error {
	return with(codes.NotFound, errorsv1.ErrorReason_RESOURCE_NOT_FOUND, name+" does not exist", nil,
		&errdetails.ResourceInfo{ResourceType: kind, ResourceName: name})
}

// StateConflict is FAILED_PRECONDITION: the resource's state does not allow what was asked.
func StateConflict(name, state, message string) error {
	return with(codes.FailedPrecondition, errorsv1.ErrorReason_STATE_CONFLICT, message, []string{"state", state},
		&errdetails.PreconditionFailure{Violations: []*errdetails.PreconditionFailure_Violation{
			{Type: "STATE", Subject: name, Description: message},
		}})
}

// LeaseLost is FAILED_PRECONDITION: the attempt is no longer the caller's.
func LeaseLost() error {
	return New(codes.FailedPrecondition, errorsv1.ErrorReason_LEASE_LOST, "the lease is lost; stop this attempt")
}

// Unavailable is UNAVAILABLE with RetryInfo.
func Unavailable(reason Reason, message string, retry time.Duration) error {
	return with(codes.Unavailable, reason, message, nil, &errdetails.RetryInfo{RetryDelay: durationpb.New(retry)})
}

// Public gives the error that a caller may see: a status with ErrorInfo as it is, a database's trouble and a context's
// end as such, and anything else as INTERNAL without its text.
func Public(err error) error {
	if err == nil {
		return nil
	}
	if down := (*DatabaseError)(nil); errors.As(err, &down) {
		return down.public()
	}
	if st, ok := status.FromError(err); ok && (ReasonOf(err) != errorsv1.ErrorReason_ERROR_REASON_UNSPECIFIED || st.Code() == codes.Unimplemented) {
		if ReasonOf(err) == errorsv1.ErrorReason_ERROR_REASON_UNSPECIFIED {
			return New(codes.Unimplemented, errorsv1.ErrorReason_METHOD_NOT_FOUND, st.Message())
		}
		return st.Err()
	}
	switch {
	case errors.Is(err, context.DeadlineExceeded), status.Code(err) == codes.DeadlineExceeded:
		return New(codes.DeadlineExceeded, errorsv1.ErrorReason_DEADLINE, "not done in time")
	case errors.Is(err, context.Canceled), status.Code(err) == codes.Canceled:
		return New(codes.Canceled, errorsv1.ErrorReason_CALLER_CANCELLED, "the caller went away")
	}
	if status.Code(err) == codes.Unavailable {
		return Unavailable(errorsv1.ErrorReason_STORE_UNAVAILABLE, "a part of Sheetreel does not answer", time.Second)
	}
	return New(codes.Internal, errorsv1.ErrorReason_INTERNAL_ERROR, "internal error; the server's log has the cause")
}

// ReasonOf reads the reason of an error, or ERROR_REASON_UNSPECIFIED.
func ReasonOf(err error) Reason {
	info, ok := Detail[*errdetails.ErrorInfo](err)
	if !ok || info.GetDomain() != Domain {
		return errorsv1.ErrorReason_ERROR_REASON_UNSPECIFIED
	}
	return Reason(errorsv1.ErrorReason_value[info.GetReason()])
}

// RetryDelay reads the RetryInfo of an error.
func RetryDelay(err error) (time.Duration, bool) {
	info, ok := Detail[*errdetails.RetryInfo](err)
	if !ok {
		return 0, false
	}
	return info.GetRetryDelay().AsDuration(), true
}

// Detail finds the first detail of type T in an error's status. Others are not decoded: a refusal by limits has large ones.
func Detail[T proto.Message](err error) (T, bool) {
	var none T
	if err == nil {
		return none, false
	}
	name := none.ProtoReflect().Descriptor().FullName()
	for _, d := range status.Convert(err).Proto().GetDetails() {
		if d.MessageName() != name {
			continue
		}
		if m, err := d.UnmarshalNew(); err == nil {
			if t, ok := m.(T); ok {
				return t, true
			}
		}
	}
	return none, false
}
