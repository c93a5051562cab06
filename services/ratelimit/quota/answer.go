package quota

import (
	"math"
	"time"

	"google.golang.org/protobuf/types/known/durationpb"

	ratelimitv1 "github.com/sheetreel/sheetreel/gen/sheetreel/ratelimit/v1"
	"github.com/sheetreel/sheetreel/services/ratelimit/engine"
	"github.com/sheetreel/sheetreel/services/ratelimit/rule"
)

// told is a status as the API tells it. One piece of memory holds all of it: answers are most of what a decision costs.
type told struct {
	status              ratelimitv1.LimitStatus
	reset, wait, window durationpb.Duration
}

// tell makes statuses what the API tells.
func tell(limits []engine.Status) []*ratelimitv1.LimitStatus {
	if len(limits) == 0 {
		return nil
	}
	all := make([]told, len(limits))
	list := make([]*ratelimitv1.LimitStatus, len(limits))
	for i := range limits {
		from, to := &limits[i], &all[i]
		set(&to.reset, from.Reset)
		s := &to.status
		s.Limit, s.Key, s.Descriptors = from.Limit.Rule, from.Key, from.Limit.Descriptors
		s.Remaining, s.Capacity, s.ResetDuration = number(from.Left), number(from.Capacity), &to.reset
		if from.Wait > 0 {
			set(&to.wait, from.Wait)
			s.WaitDuration = &to.wait
		}
		if s.Concurrent = from.Limit.Algorithm == rule.Concurrency; !s.Concurrent && from.Limit.Period > 0 {
			set(&to.window, from.Limit.Period)
			s.WindowDuration = &to.window
		}
		list[i] = s
	}
	return list
}

func set(to *durationpb.Duration, d time.Duration) {
	to.Seconds, to.Nanos = int64(d/time.Second), int32(d%time.Second)
}

// number is a count as the API has it.
func number(n int64) int32 { return int32(min(max(n, 0), math.MaxInt32)) }
