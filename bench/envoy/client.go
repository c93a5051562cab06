package envoy

import (
	"context"
	"errors"

	"google.golang.org/grpc"
	"google.golang.org/protobuf/encoding/protowire"

	"github.com/sheetreel/sheetreel/bench/wire"
)

// method is the one that decides; see envoy/service/ratelimit/v3/rls.proto, whose few fields are written out here so that
// no other module is needed.
const method = "/envoy.service.ratelimit.v3.RateLimitService/ShouldRateLimit"

// Request is an encoded RateLimitRequest.
type Request []byte

// NewRequest makes the request of a user in a project: two descriptors, one for each limit.
func NewRequest(project, user string) Request {
	ofProject := entry("project", project)
	var r Request
	r = field(r, 1, []byte("bench"))
	r = field(r, 2, ofProject)
	return field(r, 2, append(ofProject[:len(ofProject):len(ofProject)], entry("user", user)...))
}

// entry is a descriptor's field with an entry.
func entry(key, value string) []byte {
	return field(nil, 1, field(field(nil, 1, []byte(key)), 2, []byte(value)))
}

func field(to []byte, number protowire.Number, value []byte) []byte {
	return protowire.AppendBytes(protowire.AppendTag(to, number, protowire.BytesType), value)
}

// Decision is an answer.
type Decision struct {
	Allowed bool
	// Left is what is left of each limit, in the order of the descriptors.
	Left []uint64
}

// Decide asks for a decision.
func Decide(ctx context.Context, conn grpc.ClientConnInterface, r Request) (Decision, error) {
	reply, err := wire.Invoke(ctx, conn, method, r)
	if err != nil {
		return Decision{}, err
	}
	return parse(reply)
}

// parse reads a RateLimitResponse.
func parse(reply []byte) (d Decision, err error) {
	err = fields(reply, func(number protowire.Number, integer uint64, bytes []byte) error {
		const overallCode, statuses, ok, limitRemaining = 1, 2, 1, 3
		switch number {
		case overallCode:
			d.Allowed = integer == ok
		case statuses:
			left := uint64(0) // absent when it is
			err := fields(bytes, func(number protowire.Number, integer uint64, _ []byte) error {
				if number == limitRemaining {
					left = integer
				}
				return nil
			})
			d.Left = append(d.Left, left)
			return err
		}
		return nil
	})
	return d, err
}

// errTruncated is an answer that cannot be read.
var errTruncated = errors.New("not a message")

// fields calls fn for each field of a message.
func fields(message []byte, fn func(number protowire.Number, integer uint64, bytes []byte) error) error {
	for len(message) > 0 {
		number, kind, n := protowire.ConsumeTag(message)
		if n < 0 {
			return errTruncated
		}
		message = message[n:]
		var integer uint64
		var bytes []byte
		switch kind {
		case protowire.VarintType:
			integer, n = protowire.ConsumeVarint(message)
		case protowire.BytesType:
			bytes, n = protowire.ConsumeBytes(message)
		default:
			n = protowire.ConsumeFieldValue(number, kind, message)
		}
		if n < 0 {
			return errTruncated
		}
		message = message[n:]
		if err := fn(number, integer, bytes); err != nil {
			return err
		}
	}
	return nil
}
