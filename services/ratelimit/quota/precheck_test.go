package quota

import (
	"strings"
	"testing"

	"buf.build/go/protovalidate"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/durationpb"
	"pgregory.net/rapid"

	ratelimitv1 "github.com/sheetreel/sheetreel/gen/sheetreel/ratelimit/v1"
)

// What the hand lets through, the rules of the proto let through too; and it does let usual calls through.
func TestFineIsWithinTheRules(t *testing.T) {
	validator, err := protovalidate.New()
	if err != nil {
		t.Fatal(err)
	}
	name := rapid.OneOf(
		rapid.SampledFrom([]string{"action", "project", "a", "A", "", "9a", "a_9", "a-b", strings.Repeat("a", 31), strings.Repeat("a", 32), "aé", "a\n"}),
		rapid.StringN(0, 3, -1),
	)
	value := rapid.OneOf(
		rapid.SampledFrom([]string{"", "ada", strings.Repeat("x", 256), strings.Repeat("x", 257), strings.Repeat("é", 200)}),
		rapid.StringN(0, 3, -1),
	)
	descriptors := func(t *rapid.T) map[string]string {
		n := rapid.SampledFrom([]int{0, 1, 2, 3, 16, 17}).Draw(t, "pairs")
		m := map[string]string{}
		for i := range n {
			key := name.Draw(t, "name")
			if n > 3 {
				key = "k" + string(rune('a'+i))
			}
			m[key] = value.Draw(t, "value")
		}
		return m
	}
	cost := rapid.SampledFrom([]int32{0, 0, 1, 2, 1_000_000, 1_000_001, -1})
	id := rapid.SampledFrom([]string{"", "x", strings.Repeat("x", 128), strings.Repeat("x", 129)})
	call := func(t *rapid.T) *ratelimitv1.AcquireRequest {
		return &ratelimitv1.AcquireRequest{
			Descriptors: descriptors(t), Cost: cost.Draw(t, "cost"), MinCost: cost.Draw(t, "min cost"),
			RequestId: id.Draw(t, "id"), Queue: rapid.Bool().Draw(t, "queue"),
		}
	}
	calls := func(t *rapid.T) []*ratelimitv1.AcquireRequest {
		n := rapid.SampledFrom([]int{0, 1, 2, 1000, 1001}).Draw(t, "calls")
		if n > 2 {
			one := call(t)
			list := make([]*ratelimitv1.AcquireRequest, n)
			for i := range list {
				list[i] = one
			}
			return list
		}
		return rapid.SliceOfN(rapid.Custom(call), n, n).Draw(t, "list")
	}
	requests := map[string]func(t *rapid.T) proto.Message{
		"acquire": func(t *rapid.T) proto.Message { return call(t) },
		"batch":   func(t *rapid.T) proto.Message { return &ratelimitv1.AcquireBatchRequest{Requests: calls(t)} },
		"stream":  func(t *rapid.T) proto.Message { return &ratelimitv1.AcquireStreamRequest{Requests: calls(t)} },
		"reserve": func(t *rapid.T) proto.Message {
			r := &ratelimitv1.ReserveRequest{}
			for _, c := range calls(t) {
				r.Entries = append(r.Entries, &ratelimitv1.ReserveEntry{
					Key: c.GetRequestId(), Descriptors: c.GetDescriptors(), Cost: c.GetCost(), MinCost: c.GetMinCost(), Queue: c.GetQueue(),
				})
			}
			if rapid.Bool().Draw(t, "with ttl") {
				r.Ttl = &durationpb.Duration{Seconds: rapid.Int64Range(-1, 700).Draw(t, "ttl")}
			}
			return r
		},
	}
	for kind, request := range requests {
		t.Run(kind, func(t *testing.T) {
			rapid.Check(t, func(t *rapid.T) {
				r := request(t)
				if fine(r) {
					if err := validator.Validate(r); err != nil {
						t.Fatalf("fine by hand, but: %v", err)
					}
				}
			})
		})
	}
	usual := &ratelimitv1.AcquireRequest{
		Descriptors: map[string]string{"action": "render.dispatch", "project": "demo", "user": "ada", "p_2": "x,="},
		Cost:        2, MinCost: 1, RequestId: "r", Queue: true,
	}
	many := []*ratelimitv1.AcquireRequest{usual, {Descriptors: map[string]string{"a": "b"}}}
	entries := []*ratelimitv1.ReserveEntry{{Key: "k", Descriptors: map[string]string{"a": "b"}}}
	for _, r := range []proto.Message{
		usual, &ratelimitv1.AcquireBatchRequest{Requests: many}, &ratelimitv1.AcquireStreamRequest{Requests: many},
		&ratelimitv1.ReserveRequest{Entries: entries},
	} {
		if !fine(r) {
			t.Errorf("a usual %T is left to the rules", r)
		}
	}
}

// The codec of requests does not look whether text is UTF-8.
func TestWhatIsNotTextIsNotFine(t *testing.T) {
	const bad = "a\xffb"
	descriptors := map[string]string{"user": "ada"}
	for name, r := range map[string]proto.Message{
		"a value": &ratelimitv1.AcquireRequest{Descriptors: map[string]string{"user": bad}},
		"a name":  &ratelimitv1.AcquireRequest{Descriptors: map[string]string{bad: "ada"}},
		"an id":   &ratelimitv1.AcquireRequest{Descriptors: descriptors, RequestId: bad},
		"a key":   &ratelimitv1.ReserveRequest{Entries: []*ratelimitv1.ReserveEntry{{Key: bad, Descriptors: descriptors}}},
	} {
		if fine(r) {
			t.Errorf("%s that is no text is fine", name)
		}
	}
}
