package sqlite

import (
	"fmt"

	"google.golang.org/protobuf/proto"
)

// marshal gives a message as it is stored: NULL when it is nil.
func marshal[M interface {
	proto.Message
	comparable
}](m M) (any, error) {
	var none M
	if m == none {
		return nil, nil
	}
	return proto.Marshal(m)
}

// unmarshal reads a stored message into m and returns it; NULL gives the zero value of M, which is nil.
func unmarshal[M proto.Message](raw []byte, m M) (M, error) {
	var none M
	if raw == nil {
		return none, nil
	}
	if err := proto.Unmarshal(raw, m); err != nil {
		return none, fmt.Errorf("stored %s: %w", m.ProtoReflect().Descriptor().Name(), err)
	}
	return m, nil
}
