package ledger

import (
	"fmt"

	"google.golang.org/protobuf/proto"
)

// Marshal gives a message as it is stored: nil, which is NULL, when it is nil.
func Marshal[M interface {
	proto.Message
	comparable
}](m M) ([]byte, error) {
	var none M
	if m == none {
		return nil, nil
	}
	raw, err := proto.Marshal(m)
	if err == nil && raw == nil {
		raw = []byte{} // an empty message is not NULL
	}
	return raw, err
}

// Unmarshal reads a stored message into m and returns it; NULL gives the zero value of M, which is nil.
func Unmarshal[M proto.Message](raw []byte, m M) (M, error) {
	var none M
	if raw == nil {
		return none, nil
	}
	if err := proto.Unmarshal(raw, m); err != nil {
		return none, fmt.Errorf("stored %s: %w", m.ProtoReflect().Descriptor().Name(), err)
	}
	return m, nil
}
