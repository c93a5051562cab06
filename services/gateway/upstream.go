package gateway

import (
	"context"
	"io"

	"google.golang.org/grpc"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
)

// upstream is a connection to a backend whose streams end, as if the server had ended them, when the gateway drains.
// A client that watches then comes back with its last token, to another replica.
type upstream struct {
	grpc.ClientConnInterface
	draining <-chan struct{}
}

// NewStream opens a stream that the end of ctx or of the gateway ends.
func (u upstream) NewStream(ctx context.Context, desc *grpc.StreamDesc, method string, opts ...grpc.CallOption) (grpc.ClientStream, error) {
	ctx, cancel := context.WithCancel(ctx)
	// The goroutine ends with ctx, which every caller cancels when it is done with the stream.
	go func() {
		defer cancel()
		select {
		case <-u.draining:
		case <-ctx.Done():
		}
	}()
	stream, err := u.ClientConnInterface.NewStream(ctx, desc, method, opts...)
	if err != nil {
		cancel()
		return nil, err
	}
	return drainingStream{stream, u.draining, cancel}, nil
}

type drainingStream struct {
	grpc.ClientStream
	draining <-chan struct{}
	cancel   context.CancelFunc
}

func (s drainingStream) RecvMsg(m any) error {
	err := s.ClientStream.RecvMsg(m)
	if err == nil {
		return nil
	}
	s.cancel()
	select {
	case <-s.draining:
		return io.EOF
	default:
		return err
	}
}

// keyed fills an empty request_id of what is sent from the Idempotency-Key of the HTTP request.
type keyed struct {
	grpc.ClientConnInterface
}

// Invoke sends a unary call.
func (k keyed) Invoke(ctx context.Context, method string, args, reply any, opts ...grpc.CallOption) error {
	if key, ok := ctx.Value(idempotencyKey{}).(string); ok {
		if m, ok := args.(proto.Message); ok {
			fillRequestID(m.ProtoReflect(), key)
		}
	}
	return k.ClientConnInterface.Invoke(ctx, method, args, reply, opts...)
}

type idempotencyKey struct{}

func fillRequestID(m protoreflect.Message, key string) {
	field := m.Descriptor().Fields().ByName("request_id")
	if field == nil || field.Kind() != protoreflect.StringKind || field.IsList() || m.Get(field).String() != "" {
		return
	}
	m.Set(field, protoreflect.ValueOfString(key))
}
