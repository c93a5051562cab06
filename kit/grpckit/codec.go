package grpckit

import (
	"google.golang.org/grpc/encoding"
	"google.golang.org/grpc/encoding/proto"
	"google.golang.org/grpc/mem"
)

// quick is a message with generated code to write and to read it, as those have that are sent most: to do it by
// reflection is most of what a cheap decision costs.
type quick interface {
	MarshalToSizedBufferVT([]byte) (int, error)
	UnmarshalVT([]byte) error
	SizeVT() int
}

// codec is the usual one of gRPC, but quick where it can be. The generated code does not look whether text is UTF-8:
// requests are checked by the chain.
type codec struct{ encoding.CodecV2 }

func newCodec() codec { return codec{encoding.GetCodecV2(proto.Name)} }

// Marshal writes a message into a buffer of the usual pool.
func (c codec) Marshal(v any) (mem.BufferSlice, error) {
	m, ok := v.(quick)
	if !ok {
		return c.CodecV2.Marshal(v)
	}
	size := m.SizeVT()
	if mem.IsBelowBufferPoolingThreshold(size) {
		buf := make([]byte, size)
		if _, err := m.MarshalToSizedBufferVT(buf); err != nil {
			return nil, err
		}
		return mem.BufferSlice{mem.SliceBuffer(buf)}, nil
	}
	pool := mem.DefaultBufferPool()
	buf := pool.Get(size)
	if _, err := m.MarshalToSizedBufferVT((*buf)[:size]); err != nil {
		pool.Put(buf)
		return nil, err
	}
	return mem.BufferSlice{mem.NewBuffer(buf, pool)}, nil
}

// Unmarshal reads a message; it keeps nothing of the buffers.
func (c codec) Unmarshal(data mem.BufferSlice, v any) error {
	m, ok := v.(quick)
	if !ok {
		return c.CodecV2.Unmarshal(data, v)
	}
	buf := data.MaterializeToBuffer(mem.DefaultBufferPool())
	defer buf.Free()
	if m.UnmarshalVT(buf.ReadOnlyData()) == nil {
		return nil
	}
	return c.CodecV2.Unmarshal(data, v) // which forgives a known field of another type, and words the error
}
