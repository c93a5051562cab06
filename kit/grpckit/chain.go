package grpckit

import (
	"context"
	"fmt"
	"log/slog"
	"runtime/debug"
	"time"

	"buf.build/go/protovalidate"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"

	"github.com/sheetreel/sheetreel/kit/errs"
)

// unaryDeadline bounds calls whose caller set none; the longest long poll is a minute.
const unaryDeadline = 90 * time.Second

// chain holds what every call passes through, outermost first:
//
//  1. context: the drain signal, and a deadline for unary calls;
//  2. answer: recovers panics, logs the call with its true error, and answers with the public form of it;
//  3. validate: refuses requests that break the rules of their proto, before any handler sees them.
type chain struct {
	log       *slog.Logger
	drain     *drain
	validator protovalidate.Validator
	prechecks []Precheck // none is added any more when the server serves
}

// Precheck tells that a request surely keeps the rules of its proto. False says nothing: then the rules decide. It also
// looks whether text is UTF-8, if the message has generated code to read it.
type Precheck func(request any) bool

func newChain(log *slog.Logger, d *drain) (*chain, error) {
	validator, err := protovalidate.New()
	if err != nil {
		return nil, fmt.Errorf("request validator: %w", err)
	}
	return &chain{log: log, drain: d, validator: validator}, nil
}

func (c *chain) unary() []grpc.UnaryServerInterceptor {
	return []grpc.UnaryServerInterceptor{
		func(ctx context.Context, req any, info *grpc.UnaryServerInfo, next grpc.UnaryHandler) (any, error) {
			ctx, cancel := context.WithTimeout(context.WithValue(ctx, drainKey{}, c.drain), unaryDeadline)
			defer cancel()
			return next(ctx, req)
		},
		func(ctx context.Context, req any, info *grpc.UnaryServerInfo, next grpc.UnaryHandler) (reply any, err error) {
			start := time.Now()
			defer func() { err = c.answer(ctx, info.FullMethod, start, recover(), err) }()
			return next(ctx, req)
		},
		func(ctx context.Context, req any, _ *grpc.UnaryServerInfo, next grpc.UnaryHandler) (any, error) {
			if err := c.validate(req); err != nil {
				return nil, err
			}
			return next(ctx, req)
		},
	}
}

func (c *chain) stream() []grpc.StreamServerInterceptor {
	return []grpc.StreamServerInterceptor{
		func(srv any, ss grpc.ServerStream, info *grpc.StreamServerInfo, next grpc.StreamHandler) (err error) {
			start := time.Now()
			ctx := context.WithValue(ss.Context(), drainKey{}, c.drain)
			defer func() { err = c.answer(ctx, info.FullMethod, start, recover(), err) }()
			return next(srv, &serverStream{ServerStream: ss, ctx: ctx, validate: c.validate})
		},
	}
}

// answer turns what a handler did into what the caller sees.
func (c *chain) answer(ctx context.Context, method string, start time.Time, panicked any, err error) error {
	if panicked != nil {
		c.log.ErrorContext(ctx, "panic", "method", method, "panic", panicked, "stack", string(debug.Stack()))
		err = fmt.Errorf("panic: %v", panicked)
	}
	public := errs.Public(err)
	level := slog.LevelDebug
	switch status.Code(public) {
	case codes.Internal, codes.Unknown, codes.DataLoss:
		level = slog.LevelError
	case codes.Unavailable:
		level = slog.LevelWarn
	}
	if c.log.Enabled(ctx, level) {
		c.log.Log(ctx, level, "call", "method", method, "code", status.Code(public).String(), "duration", time.Since(start), "error", err)
	}
	return public
}

// validate checks a request by its proto's rules.
func (c *chain) validate(req any) error {
	for _, fine := range c.prechecks {
		if fine(req) {
			return nil
		}
	}
	message, ok := req.(proto.Message)
	if !ok {
		return nil
	}
	if _, ok := req.(quick); ok {
		if field := notText(message.ProtoReflect()); field != "" {
			return errs.Invalid(errs.Violation{Field: field, Description: "must be UTF-8"})
		}
	}
	err := c.validator.Validate(message)
	if err == nil {
		return nil
	}
	invalid, ok := err.(*protovalidate.ValidationError)
	if !ok {
		return err
	}
	var violations []errs.Violation
	for _, v := range invalid.Violations {
		violations = append(violations, errs.Violation{
			Field: protovalidate.FieldPathString(v.Proto.GetField()), Description: v.Proto.GetMessage(),
		})
	}
	return errs.Invalid(violations...)
}

// serverStream carries the call's context and validates what it receives.
type serverStream struct {
	grpc.ServerStream
	ctx      context.Context
	validate func(any) error
}

func (s *serverStream) Context() context.Context { return s.ctx }

func (s *serverStream) RecvMsg(m any) error {
	if err := s.ServerStream.RecvMsg(m); err != nil {
		return err
	}
	return s.validate(m)
}
