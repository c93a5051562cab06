package quota

import (
	"unicode/utf8"

	ratelimitv1 "github.com/sheetreel/sheetreel/gen/sheetreel/ratelimit/v1"
)

// What the rules of the proto allow.
const (
	maxCost  = 1_000_000
	maxID    = 128
	maxValue = 256
	maxName  = 31
	maxPairs = 16
	maxCalls = 1000
)

// fine tells that a request surely keeps the rules of its proto: those that are sent most are checked by hand, because the
// rules cost more than the decision. Whatever is not fine goes to the rules, which word the error.
func fine(request any) bool {
	switch r := request.(type) {
	case *ratelimitv1.AcquireRequest:
		return fineCall(r)
	case *ratelimitv1.AcquireBatchRequest:
		return fineCalls(r.GetRequests())
	case *ratelimitv1.AcquireStreamRequest:
		return fineCalls(r.GetRequests())
	case *ratelimitv1.ReserveRequest:
		return fineReserve(r)
	}
	return false
}

func fineCalls(calls []*ratelimitv1.AcquireRequest) bool {
	if len(calls) == 0 || len(calls) > maxCalls {
		return false
	}
	for _, c := range calls {
		if !fineCall(c) {
			return false
		}
	}
	return true
}

func fineCall(r *ratelimitv1.AcquireRequest) bool {
	id := r.GetRequestId()
	return fineCosts(r.GetCost(), r.GetMinCost()) && len(id) <= maxID && utf8.ValidString(id) && (id != "" || !r.GetQueue()) &&
		fineDescriptors(r.GetDescriptors())
}

func fineReserve(r *ratelimitv1.ReserveRequest) bool {
	entries := r.GetEntries()
	if len(entries) == 0 || len(entries) > maxCalls || r.GetTtl() != nil {
		return false
	}
	for _, e := range entries {
		key := e.GetKey()
		if key == "" || len(key) > maxID || !utf8.ValidString(key) || !fineCosts(e.GetCost(), e.GetMinCost()) || !fineDescriptors(e.GetDescriptors()) {
			return false
		}
	}
	return true
}

func fineCosts(cost, least int32) bool {
	return 0 <= cost && cost <= maxCost && 0 <= least && least <= max(cost, 1)
}

func fineDescriptors(descriptors map[string]string) bool {
	if len(descriptors) == 0 || len(descriptors) > maxPairs {
		return false
	}
	for name, value := range descriptors {
		// A value of so many bytes has no more characters; a longer one may still be fine, which the rules find out.
		if value == "" || len(value) > maxValue || !utf8.ValidString(value) || !fineName(name) {
			return false
		}
	}
	return true
}

// fineName tells that a name is ^[a-z][a-z0-9_]{0,30}$.
func fineName(name string) bool {
	if name == "" || len(name) > maxName || name[0] < 'a' || name[0] > 'z' {
		return false
	}
	for i := 1; i < len(name); i++ {
		c := name[i]
		if (c < 'a' || c > 'z') && (c < '0' || c > '9') && c != '_' {
			return false
		}
	}
	return true
}
