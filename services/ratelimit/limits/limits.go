// Package limits answers RateLimitService: which limits are in force, who changed what, what is used of them, and why a
// call is refused.
//
// It promises that a change is taken whole or refused with the field and the reason; that the same request with the same
// id is done once; that an etag protects from changing what somebody else has changed meanwhile; and that a dry run
// (validate_only) answers what the change would, and changes nothing.
package limits

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/proto"

	errorsv1 "github.com/sheetreel/sheetreel/gen/sheetreel/errors/v1"
	ratelimitv1 "github.com/sheetreel/sheetreel/gen/sheetreel/ratelimit/v1"
	"github.com/sheetreel/sheetreel/kit/errs"
	"github.com/sheetreel/sheetreel/services/ratelimit/book"
	"github.com/sheetreel/sheetreel/services/ratelimit/engine"
)

const (
	kindLimit    = "sheetreel/Limit"
	kindOverride = "sheetreel/LimitOverride"
	kindRevision = "sheetreel/LimitRevision"
)

// Deps is what the service works with. All but Clock are required.
type Deps struct {
	Book   *book.Book
	Engine engine.Engine
	// Clock tells the time of day, by which overrides expire; time.Now when nil.
	Clock func() time.Time
}

// Service answers RateLimitService.
type Service struct {
	ratelimitv1.UnimplementedRateLimitServiceServer
	book   *book.Book
	engine engine.Engine
	now    func() time.Time
}

// New makes the service.
func New(deps Deps) *Service {
	s := &Service{book: deps.Book, engine: deps.Engine, now: deps.Clock}
	if s.now == nil {
		s.now = time.Now
	}
	return s
}

// Register adds the service to a server.
func (s *Service) Register(r grpc.ServiceRegistrar) { ratelimitv1.RegisterRateLimitServiceServer(r, s) }

// mutation is what all requests that change something have.
type mutation interface {
	proto.Message
	GetRequestId() string
	GetValidateOnly() bool
	GetActor() string
}

// request is who asks for a change.
func request(method string, in mutation) (book.Request, error) {
	text, err := proto.MarshalOptions{Deterministic: true}.Marshal(in)
	if err != nil {
		return book.Request{}, fmt.Errorf("%s: %w", method, err)
	}
	sum := sha256.Sum256(append([]byte(method+"\x00"), text...))
	return book.Request{ID: in.GetRequestId(), Sum: hex.EncodeToString(sum[:16]), Actor: in.GetActor(), Dry: in.GetValidateOnly()}, nil
}

// refused is the error of a change as a caller sees it. resource is the request's field that holds the limit or override.
func refused(err error, target book.Target, resource string) error {
	switch {
	case errors.Is(err, book.ErrReused):
		return errs.New(codes.AlreadyExists, errorsv1.ErrorReason_REQUEST_ID_REUSED, "request_id: "+err.Error())
	case errors.Is(err, book.ErrConflict):
		return errs.Unavailable(errorsv1.ErrorReason_STORE_UNAVAILABLE, "the limits are being changed by others too often", time.Second)
	}
	return invalid(err, target, resource)
}

// etagOf changes with a limit or an override.
func etagOf(origin any, what any) string {
	text, err := json.Marshal([]any{origin, what})
	if err != nil {
		return "" // neither has anything that JSON cannot hold
	}
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:8])
}

func checkEtag(want, is, name string) error {
	if want == "" || want == is {
		return nil
	}
	return errs.New(codes.Aborted, errorsv1.ErrorReason_ETAG_MISMATCH, name+" was changed meanwhile", "etag", is)
}

func exists(name string) error {
	return errs.New(codes.AlreadyExists, errorsv1.ErrorReason_RESOURCE_EXISTS, name+" exists")
}

func limitName(id string) string { return "limits/" + id }

func overrideName(t book.Target) string { return limitName(t.Limit) + "/overrides/" + t.Override }

// targetOf reads limits/{limit} or limits/{limit}/overrides/{override}.
func targetOf(name string) book.Target {
	parts := strings.Split(name, "/")
	switch {
	case len(parts) == 2 && parts[0] == "limits":
		return book.Target{Limit: parts[1]}
	case len(parts) == 4 && parts[0] == "limits" && parts[2] == "overrides":
		return book.Target{Limit: parts[1], Override: parts[3]}
	}
	return book.Target{}
}

func nameOf(t book.Target) string {
	if t.Override == "" {
		return limitName(t.Limit)
	}
	return overrideName(t)
}

func revisionName(number int64) string { return "limitRevisions/" + strconv.FormatInt(number, 10) }
