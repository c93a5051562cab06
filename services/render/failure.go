package render

import (
	"errors"
	"unicode/utf8"

	"google.golang.org/genproto/googleapis/rpc/errdetails"
	spb "google.golang.org/genproto/googleapis/rpc/status"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/durationpb"

	errorsv1 "github.com/sheetreel/sheetreel/gen/sheetreel/errors/v1"
	schedulerv1 "github.com/sheetreel/sheetreel/gen/sheetreel/scheduler/v1"
	"github.com/sheetreel/sheetreel/kit/errs"
	"github.com/sheetreel/sheetreel/services/render/provider"
)

// maxMessage bounds what a failure says, in bytes: a program's last complaints fit in.
const maxMessage = 2000

// failure is what the scheduler is told about a failed attempt.
func failure(err error) (*spb.Status, schedulerv1.FailureClass) {
	class := provider.ClassOf(err)
	switch {
	case errs.ReasonOf(err) == errorsv1.ErrorReason_IDEA_UNRENDERABLE:
		return status.Convert(err).Proto(), schedulerv1.FailureClass_INVALID_IDEA
	case errors.Is(err, errTimedOut):
		return problem(codes.DeadlineExceeded, errorsv1.ErrorReason_RENDER_TIMED_OUT, err), schedulerv1.FailureClass_TRANSIENT
	case class == schedulerv1.FailureClass_INVALID_IDEA:
		return problem(codes.InvalidArgument, errorsv1.ErrorReason_IDEA_UNRENDERABLE, err), class
	}
	st := problem(codes.Internal, errorsv1.ErrorReason_RENDER_FAILED, err)
	return later(st, err), class
}

// later says how long to wait before another attempt, when that is known.
func later(st *spb.Status, err error) *spb.Status {
	var known *provider.Error
	if !errors.As(err, &known) || known.RetryAfter <= 0 {
		return st
	}
	with, cannot := status.FromProto(st).WithDetails(&errdetails.RetryInfo{RetryDelay: durationpb.New(known.RetryAfter)})
	if cannot != nil {
		return st
	}
	return with.Proto()
}

// problem is an error as the scheduler keeps it.
func problem(code codes.Code, reason errs.Reason, err error) *spb.Status {
	message := err.Error()
	if len(message) > maxMessage {
		cut := maxMessage
		for !utf8.RuneStart(message[cut]) {
			cut--
		}
		message = message[:cut] + "…"
	}
	return status.Convert(errs.New(code, reason, message)).Proto()
}
