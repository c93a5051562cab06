package gateway

import (
	"context"
	"fmt"
	"regexp"

	"google.golang.org/genproto/googleapis/api/annotations"
	"google.golang.org/grpc"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/sheetreel/sheetreel/services/gateway/limit"
)

// counted is a connection to a backend whose public methods are counted by the limiter before they are called, when they
// are called for a [caller].
type counted struct {
	grpc.ClientConnInterface
	limiter *limit.Limiter
	methods map[string]limit.Call // by full name, with what is the same for every call
}

// Invoke counts and sends a unary call.
func (c counted) Invoke(ctx context.Context, method string, args, reply any, opts ...grpc.CallOption) error {
	if err := c.admit(ctx, method, args); err != nil {
		return err
	}
	return c.ClientConnInterface.Invoke(ctx, method, args, reply, opts...)
}

// NewStream makes a stream that is counted, and opened, when the request is sent: before that it is not known whom it is for.
func (c counted) NewStream(ctx context.Context, desc *grpc.StreamDesc, method string, opts ...grpc.CallOption) (grpc.ClientStream, error) {
	if ctx.Value(callerKey{}) == nil {
		return c.ClientConnInterface.NewStream(ctx, desc, method, opts...)
	}
	return &countedStream{open: func(request any) (grpc.ClientStream, error) {
		if err := c.admit(ctx, method, request); err != nil {
			return nil, err
		}
		return c.ClientConnInterface.NewStream(ctx, desc, method, opts...)
	}}, nil
}

// countedStream is a stream that opens with its first message. Nothing else may be called before.
type countedStream struct {
	grpc.ClientStream
	open func(request any) (grpc.ClientStream, error)
}

// SendMsg opens the stream, if it is not yet, and sends.
func (s *countedStream) SendMsg(m any) error {
	if s.ClientStream == nil {
		stream, err := s.open(m)
		if err != nil {
			return err
		}
		s.ClientStream = stream
	}
	return s.ClientStream.SendMsg(m)
}

// admit counts a call, and tells its caller what is left.
func (c counted) admit(ctx context.Context, method string, request any) error {
	from, ok := ctx.Value(callerKey{}).(*caller)
	if !ok {
		return nil
	}
	call, ok := c.methods[method]
	if !ok {
		return nil
	}
	if m, ok := request.(proto.Message); ok {
		call.Project, call.User = projectOf(m.ProtoReflect()), userOf(m.ProtoReflect())
	}
	call.Client = from.client
	grant, err := c.limiter.Admit(ctx, call)
	if err != nil {
		return err
	}
	if grant.Place != "" {
		from.places = append(from.places, grant.Place)
	}
	if grant.Left != "" {
		from.tell(grant)
	}
	return nil
}

// countable describes the public methods for the limiter. What a GET asks for is a read.
func countable(services []publicService) map[string]limit.Call {
	calls := map[string]limit.Call{}
	for _, service := range services {
		for _, method := range service.methods {
			rule, _ := proto.GetExtension(method.Options(), annotations.E_Http).(*annotations.HttpRule)
			calls[fmt.Sprintf("/%s/%s", service.desc.ServiceName, method.Name())] = limit.Call{
				Route: fmt.Sprintf("%s/%s", method.Parent().Name(), method.Name()),
				Write: rule.GetGet() == "", Stream: method.IsStreamingServer(),
			}
		}
	}
	return calls
}

// projectName finds a valid project in a resource name: what the API refuses gets no counter of its own.
var projectName = regexp.MustCompile(`^projects/([a-z][a-z0-9-]{0,61}[a-z0-9])(?:/|$)`)

// projectOf is the project that a request is about: that of its parent, its name, or the name of the resource in it.
func projectOf(m protoreflect.Message) string {
	for _, field := range []protoreflect.Name{"parent", "name"} {
		if found := projectName.FindStringSubmatch(textOf(m, field)); found != nil {
			return found[1]
		}
	}
	for field, value := range m.Range {
		if field.Message() == nil || field.IsList() || field.IsMap() {
			continue
		}
		if found := projectName.FindStringSubmatch(textOf(value.Message(), "name")); found != nil {
			return found[1]
		}
	}
	return ""
}

// maxUser is the longest user that a request may name.
const maxUser = 128

// userOf is the user that a request says that it is from. Nobody has checked it.
func userOf(m protoreflect.Message) string {
	name := textOf(m, "user")
	for field, value := range m.Range {
		if name == "" && field.Message() != nil && !field.IsList() && !field.IsMap() {
			name = textOf(value.Message(), "user")
		}
	}
	if len(name) > maxUser {
		return ""
	}
	return name
}

// textOf reads a text field, or "".
func textOf(m protoreflect.Message, name protoreflect.Name) string {
	field := m.Descriptor().Fields().ByName(name)
	if field == nil || field.Kind() != protoreflect.StringKind || field.IsList() {
		return ""
	}
	return m.Get(field).String()
}
