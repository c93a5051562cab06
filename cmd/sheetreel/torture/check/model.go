package check

import (
	"time"

	"github.com/anishathalye/porcupine"

	"github.com/sheetreel/sheetreel/cmd/sheetreel/torture/history"
)

// jobState is what the model knows of a video job.
type jobState struct {
	lease   string // in force, unless its time is over; empty when there is none
	expires int64  // the earliest time at which the lease may be over
	done    string // the lease that completed the job
}

// input is a call about one video job.
type input struct {
	kind   history.Kind
	lease  string
	expire int64 // of a claim or a renewal: the earliest time at which the lease that it gives may be over
}

// output is how the call ended, and when; the time is history.Never when its caller does not know.
type output struct {
	result history.Result
	end    int64
}

// slack covers that the schedulers store whole milliseconds.
const slack = int64(20 * time.Millisecond)

// model says what a video job does with calls: at most one lease is in force, only the one in force ends the attempt,
// and after a completion nothing changes. A lease may silently run out, but not before its time; a claim whose caller
// died is seen by nobody, which looks the same. A call without an answer has happened or not.
func model() porcupine.Model {
	m := porcupine.NondeterministicModel{
		Init: func() []any { return []any{jobState{}} },
		Step: func(state, in, out any) []any { return step(state.(jobState), in.(input), out.(output)) },
	}
	return m.ToModel()
}

func step(s jobState, in input, out output) []any {
	if in.kind == history.Claim {
		over := s.lease == "" || out.end+slack >= s.expires
		if s.done != "" || !over {
			return nil
		}
		return []any{jobState{lease: in.lease, expires: in.expire}}
	}
	next, may := apply(s, in)
	switch {
	case out.result == history.Unknown && may:
		return []any{s, next}
	case out.result == history.Unknown:
		return []any{s}
	case out.result == history.OK && may:
		return []any{next}
	case out.result == history.Refused && mayRefuse(s, in, out):
		return []any{s}
	}
	return nil
}

// apply is what an accepted call does.
func apply(s jobState, in input) (jobState, bool) {
	if in.kind == history.Complete && s.done == in.lease {
		return s, true // said again
	}
	if s.done != "" || s.lease != in.lease {
		return s, false
	}
	switch in.kind {
	case history.Renew:
		s.expires = max(s.expires, in.expire)
		return s, true
	case history.Complete:
		return jobState{done: in.lease}, true
	case history.Fail, history.Release:
		return jobState{}, true
	}
	return s, false
}

// mayRefuse tells whether a lease may be called lost: it is not in force, or its time may be over.
func mayRefuse(s jobState, in input, out output) bool {
	if in.kind == history.Complete && s.done == in.lease {
		return false
	}
	return s.done != "" || s.lease != in.lease || out.end+slack >= s.expires
}
