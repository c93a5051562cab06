package rule

import (
	"fmt"
	"math"
	"math/bits"
	"strconv"
	"strings"
	"time"
)

// Upstream is what the system behind a rule allows: at most Capacity in any window of Period, wherever that begins.
// What it counts is what the rule counts, apart for the rule's keys.
type Upstream struct {
	Capacity int64         `json:"capacity"`
	Period   time.Duration `json:"period"`
}

// bound is how much a limit can let through in a window, with the arithmetic; ok is false when that has no end.
//
// A window is half open. A log covers it with whole windows of its own. A full bucket sends all of itself at once, then
// each token as it comes, but for the one at the window's end. A counter can be filled late in one period and late in
// the next. A calendar's period can end and begin in the midst of it.
func (l Limit) bound(window time.Duration) (most int64, arithmetic string, ok bool) {
	switch {
	case l.DryRun:
		return 0, "in dry run it refuses nothing", false
	case l.Outage == Open:
		return 0, "it is open while the engine cannot be reached", false
	}
	switch l.Algorithm {
	case SlidingLog:
		return times(l.Capacity, ceil(window, l.Period))
	case TokenBucket:
		token := time.Duration(ceil(l.Period, time.Duration(l.Capacity)))
		most = saturated(l.Capacity, ceil(window, token)-1)
		rate := strconv.FormatFloat(float64(l.Capacity)/l.Period.Seconds(), 'g', 4, 64)
		return most, fmt.Sprintf("%d at once + %s/s x %s = %d", l.Capacity, rate, seconds(window), most), true
	case SlidingCounter:
		return times(2*l.Capacity-1, ceil(window, l.Period))
	case Calendar:
		shortest := 23 * time.Hour // when the clocks are put forward
		if l.Unit == Month {
			shortest = 28*24*time.Hour - time.Hour
		}
		return times(l.Capacity, ceil(window, shortest)+1)
	}
	return 0, "in flight says nothing of how many in a time", false
}

func times(capacity, windows int64) (int64, string, bool) {
	high, low := bits.Mul64(uint64(capacity), uint64(windows))
	most := int64(math.MaxInt64)
	if high == 0 && low <= math.MaxInt64 {
		most = int64(low)
	}
	return most, fmt.Sprintf("%d x %d = %d", capacity, windows, most), true
}

func saturated(a, b int64) int64 {
	if a > math.MaxInt64-b {
		return math.MaxInt64
	}
	return a + b
}

func ceil(a, b time.Duration) int64 {
	n := int64(a / b)
	if a%b != 0 {
		n++
	}
	return n
}

func seconds(d time.Duration) string {
	return strconv.FormatFloat(d.Seconds(), 'f', -1, 64) + " s"
}

// checkUpstream says why the rules together cannot keep the upstream of r: those that count all that it counts, and
// count it not more apart, bound it, and the tightest of them is what holds.
func checkUpstream(r Rule, all []Rule, now time.Time) error {
	if r.Upstream == (Upstream{}) {
		return nil
	}
	var said []string
	for _, other := range all {
		if !other.bounds(r) {
			continue
		}
		most, arithmetic, ok := other.worst(r.Upstream.Period, now)
		if ok && most <= r.Upstream.Capacity {
			return nil
		}
		if ok {
			arithmetic = fmt.Sprintf("%s > %d", arithmetic, r.Upstream.Capacity)
		}
		said = append(said, other.Name+": "+arithmetic)
	}
	return fmt.Errorf("allows %d in any %s, and more could be sent: %s",
		r.Upstream.Capacity, seconds(r.Upstream.Period), strings.Join(said, "; "))
}

// bounds tells whether all that a counter of r counts is counted by one counter of o too.
func (o Rule) bounds(r Rule) bool {
	given := func(name string) bool {
		_, ok := r.Match[name]
		return ok || contains(r.Keys, name)
	}
	for name, value := range o.Match {
		if value == Any {
			if !given(name) {
				return false
			}
		} else if r.Match[name] != value {
			return false
		}
	}
	for _, key := range o.Keys {
		// A key whose value is fixed by what is matched does not count apart.
		fixed := r.Match[key] != "" && r.Match[key] != Any
		if !fixed && !contains(r.Keys, key) {
			return false
		}
	}
	return true
}

// worst is the largest bound of the rule and its overrides.
func (o Rule) worst(window time.Duration, now time.Time) (most int64, arithmetic string, ok bool) {
	most, arithmetic, ok = o.Limit().bound(window)
	for _, v := range live(o.Overrides, now) {
		if !ok {
			return most, arithmetic, false
		}
		m, a, okay := v.Limit(o).bound(window)
		if !okay || m > most {
			most, arithmetic, ok = m, "override "+v.Name+": "+a, okay
		}
	}
	return most, arithmetic, ok
}
