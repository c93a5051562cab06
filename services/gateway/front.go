package gateway

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"google.golang.org/genproto/googleapis/api/annotations"
	"google.golang.org/grpc"
	"google.golang.org/grpc/metadata"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"

	ingestv1 "github.com/sheetreel/sheetreel/gen/sheetreel/ingest/v1"
)

// publicService is a service with its public methods: those with a google.api.http rule.
type publicService struct {
	desc    grpc.ServiceDesc
	methods []protoreflect.MethodDescriptor
}

// publicServices finds every public method among the protos that are linked in, so that a new method needs no code
// here. A service without any is internal and left out.
func publicServices(backends map[string]grpc.ClientConnInterface, count countFunc) ([]publicService, error) {
	var found []publicService
	var failure error
	protoregistry.GlobalFiles.RangeFiles(func(file protoreflect.FileDescriptor) bool {
		pkg, ours := strings.CutPrefix(string(file.Package()), "sheetreel.")
		if !ours {
			return true
		}
		name, _, _ := strings.Cut(pkg, ".")
		for i := range file.Services().Len() {
			service, err := forwarded(file.Services().Get(i), backends[name], count)
			if err != nil {
				failure = err
				return false
			}
			if len(service.methods) > 0 {
				found = append(found, service)
			}
		}
		return true
	})
	return found, failure
}

// Register registers every public service; each call is forwarded to the backend that has it, but for uploads, which the
// gateway keeps itself.
func (s *Service) Register(r grpc.ServiceRegistrar) {
	for i := range s.methods {
		r.RegisterService(&s.methods[i].desc, nil)
	}
	ingestv1.RegisterUploadServiceServer(r, uploadService{Service: s})
}

// countFunc lets the calls that a call makes be counted, until the function that it returns is called.
type countFunc func(context.Context) (context.Context, func())

// forwarded describes a service whose public methods are sent on through conn.
func forwarded(service protoreflect.ServiceDescriptor, conn grpc.ClientConnInterface, count countFunc) (publicService, error) {
	out := publicService{desc: grpc.ServiceDesc{
		ServiceName: string(service.FullName()),
		Metadata:    service.ParentFile().Path(), // where reflection finds the proto
	}}
	for i := range service.Methods().Len() {
		method := service.Methods().Get(i)
		if !proto.HasExtension(method.Options(), annotations.E_Http) {
			continue
		}
		if conn == nil {
			return out, fmt.Errorf("method %s: no backend", method.FullName())
		}
		in, err := protoregistry.GlobalTypes.FindMessageByName(method.Input().FullName())
		if err != nil {
			return out, fmt.Errorf("method %s: %w", method.FullName(), err)
		}
		reply, err := protoregistry.GlobalTypes.FindMessageByName(method.Output().FullName())
		if err != nil {
			return out, fmt.Errorf("method %s: %w", method.FullName(), err)
		}
		f := forward{name: fmt.Sprintf("/%s/%s", service.FullName(), method.Name()), in: in, out: reply, conn: conn, count: count}
		switch {
		case method.IsStreamingClient():
			return out, fmt.Errorf("method %s: client streams cannot be forwarded", method.FullName())
		case method.IsStreamingServer():
			out.desc.Streams = append(out.desc.Streams, grpc.StreamDesc{
				StreamName: string(method.Name()), Handler: f.stream, ServerStreams: true,
			})
		default:
			out.desc.Methods = append(out.desc.Methods, grpc.MethodDesc{MethodName: string(method.Name()), Handler: f.unary})
		}
		out.methods = append(out.methods, method)
	}
	return out, nil
}

// forward sends one method's calls on.
type forward struct {
	name    string
	in, out protoreflect.MessageType
	conn    grpc.ClientConnInterface
	count   countFunc
}

func (f forward) unary(_ any, ctx context.Context, decode func(any) error, intercept grpc.UnaryServerInterceptor) (any, error) {
	in := f.in.New().Interface()
	if err := decode(in); err != nil {
		return nil, err
	}
	handle := func(ctx context.Context, in any) (any, error) {
		ctx, end := f.count(ctx)
		defer end()
		out := f.out.New().Interface()
		if err := f.conn.Invoke(passOn(ctx), f.name, in, out); err != nil {
			return nil, err
		}
		return out, nil
	}
	if intercept == nil {
		return handle(ctx, in)
	}
	return intercept(ctx, in, &grpc.UnaryServerInfo{FullMethod: f.name}, handle)
}

func (f forward) stream(_ any, down grpc.ServerStream) error {
	in := f.in.New().Interface()
	if err := down.RecvMsg(in); err != nil {
		return err
	}
	ctx, end := f.count(down.Context())
	defer end()
	ctx, cancel := context.WithCancel(passOn(ctx))
	defer cancel()
	up, err := f.conn.NewStream(ctx, &grpc.StreamDesc{ServerStreams: true}, f.name)
	if err != nil {
		return err
	}
	if err := up.SendMsg(in); err != nil && !errors.Is(err, io.EOF) { // EOF: RecvMsg has the cause
		return err
	}
	if err := up.CloseSend(); err != nil {
		return err
	}
	for {
		out := f.out.New().Interface()
		err := up.RecvMsg(out)
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		if err := down.SendMsg(out); err != nil {
			return err
		}
	}
}

// passOn gives the context of a forwarded call: deadline and cancellation of the caller's, and the metadata that
// says who calls and what the call belongs to.
func passOn(ctx context.Context) context.Context {
	in, _ := metadata.FromIncomingContext(ctx)
	out := metadata.MD{}
	for _, key := range []string{"authorization", "x-request-id", "traceparent", "tracestate"} {
		if values := in.Get(key); len(values) > 0 {
			out.Set(key, values...)
		}
	}
	return metadata.NewOutgoingContext(ctx, out)
}
