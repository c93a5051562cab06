package grpckit

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/grpc/mem"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/testing/protocmp"
	"google.golang.org/protobuf/types/known/durationpb"

	ratelimitv1 "github.com/sheetreel/sheetreel/gen/sheetreel/ratelimit/v1"
)

func messages() map[string]proto.Message {
	return map[string]proto.Message{
		"read by reflection": &durationpb.Duration{Seconds: 7},
		"empty":              &ratelimitv1.AcquireStreamRequest{},
		"a batch": &ratelimitv1.AcquireStreamRequest{Sequence: 7, Requests: []*ratelimitv1.AcquireRequest{
			{Descriptors: map[string]string{"action": "x", "user": "Zoë"}, Cost: 3, RequestId: "a", Queue: true}, {OmitLimits: true},
		}},
		"larger than a pooled buffer's least": &ratelimitv1.AcquireResponse{
			Permit: strings.Repeat("p", 5000),
			Limits: []*ratelimitv1.LimitStatus{{Limit: "a", ResetDuration: durationpb.New(1), Descriptors: []string{"user"}}},
		},
	}
}

func TestCodecWritesAndReadsWhatProtoDoes(t *testing.T) {
	c := newCodec()
	for name, m := range messages() {
		t.Run(name, func(t *testing.T) {
			data, err := c.Marshal(m)
			if err != nil {
				t.Fatal(err)
			}
			byProto := m.ProtoReflect().New().Interface()
			if err := proto.Unmarshal(data.Materialize(), byProto); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(m, byProto, protocmp.Transform()); diff != "" {
				t.Errorf("written (-want +got):\n%s", diff)
			}
			raw := data.Materialize()
			split := mem.BufferSlice{mem.SliceBuffer(raw[:len(raw)/2]), mem.SliceBuffer(raw[len(raw)/2:])}
			read := m.ProtoReflect().New().Interface()
			if err := c.Unmarshal(split, read); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(m, read, protocmp.Transform()); diff != "" {
				t.Errorf("read (-want +got):\n%s", diff)
			}
			data.Free()
		})
	}
}

// FuzzCodec reads whatever proto reads, as proto does, but for fields that nobody knows.
func FuzzCodec(f *testing.F) {
	for _, m := range messages() {
		raw, err := proto.Marshal(m)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(raw)
	}
	f.Add([]byte("\x12\x02\x22\x00"))
	f.Add([]byte("\x12\x03\x22\x01\xff"))
	f.Fuzz(func(t *testing.T, raw []byte) {
		var want, got ratelimitv1.AcquireStreamRequest
		refused := proto.Unmarshal(raw, &want)
		err := newCodec().Unmarshal(mem.BufferSlice{mem.SliceBuffer(raw)}, &got)
		if refused != nil {
			return // the codec forgives more: groups, which nobody sends, and text, which notText finds
		}
		if err != nil {
			t.Errorf("%q: proto reads it, the codec does not: %v", raw, err)
		} else if diff := cmp.Diff(&want, &got, protocmp.Transform(), protocmp.IgnoreUnknown()); diff != "" {
			t.Errorf("%q (-want +got):\n%s", raw, diff)
		}
	})
}

func TestNotText(t *testing.T) {
	const bad = "a\xffb"
	call := func(name, value string) *ratelimitv1.AcquireRequest {
		return &ratelimitv1.AcquireRequest{Descriptors: map[string]string{name: value}, RequestId: "ok"}
	}
	for _, c := range []struct {
		want string
		m    proto.Message
	}{
		{"", call("user", "Zoë")},
		{"request_id", &ratelimitv1.AcquireRequest{RequestId: bad}},
		{"descriptors", call("user", bad)},
		{"descriptors", call(bad, "x")},
		{"requests.descriptors", &ratelimitv1.AcquireBatchRequest{Requests: []*ratelimitv1.AcquireRequest{call("a", "b"), call("user", bad)}}},
		{"reservations", &ratelimitv1.CancelRequest{Reservations: []string{"a", bad}}},
	} {
		if got := notText(c.m.ProtoReflect()); got != c.want {
			t.Errorf("%v: got %q, want %q", c.m, got, c.want)
		}
	}
}
