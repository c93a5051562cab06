package scheduler

import (
	"crypto/sha256"
	"encoding/hex"

	"google.golang.org/protobuf/proto"

	"github.com/sheetreel/sheetreel/services/scheduler/store"
)

// mutation is a request that changes something once per request id.
type mutation interface {
	proto.Message
	GetRequestId() string
}

// request makes a store request of a mutation. Its hash leaves the request id out.
func request(method string, m mutation) store.Request {
	return store.Request{Method: method, ID: m.GetRequestId(), Hash: hash(m)}
}

// hash is the digest of a request without its request id.
func hash(m proto.Message) string {
	c := proto.Clone(m)
	if field := c.ProtoReflect().Descriptor().Fields().ByName("request_id"); field != nil {
		c.ProtoReflect().Clear(field)
	}
	// Deterministic within one build is enough here: a request id lives for a day, and a false difference between
	// builds is refused loudly, never taken silently.
	raw, err := proto.MarshalOptions{Deterministic: true}.Marshal(c)
	if err != nil {
		return "" // only for invalid UTF-8, which validation has refused
	}
	sum := sha256.Sum256(raw)
	return hex.EncodeToString(sum[:])
}
