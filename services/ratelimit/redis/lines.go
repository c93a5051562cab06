package redis

import (
	"math"
	"time"

	"github.com/sheetreel/sheetreel/services/ratelimit/decide"
	"github.com/sheetreel/sheetreel/services/ratelimit/engine"
	"github.com/sheetreel/sheetreel/services/ratelimit/rule"
)

// kindOf is how the scripts call an algorithm.
func kindOf(a rule.Algorithm) string {
	switch a {
	case rule.TokenBucket:
		return "b"
	case rule.SlidingCounter:
		return "c"
	case rule.Calendar:
		return "k"
	case rule.Concurrency:
		return "f"
	}
	return "l"
}

// part is what one group counts of a need.
type part struct {
	group group
	lines []engine.Line
	index []int // of each in the need
}

// split sorts lines by their groups, in the order in which groups are charged. A need's lines of one group stay together.
func split(lines []engine.Line) []part {
	var parts []part
next:
	for i, line := range lines {
		g := groupOf(line.Tag, line.Key)
		at := 0
		for ; at < len(parts) && parts[at].group <= g; at++ {
			if parts[at].group == g {
				parts[at].lines, parts[at].index = append(parts[at].lines, line), append(parts[at].index, i)
				continue next
			}
		}
		parts = append(parts, part{})
		copy(parts[at+1:], parts[at:])
		parts[at] = part{g, []engine.Line{line}, []int{i}}
	}
	return parts
}

// lineArgs tells a script of lines.
func lineArgs(args []any, lines []engine.Line, at time.Time) []any {
	args = append(args, len(lines))
	for _, line := range lines {
		l := line.Limit
		args = append(args, name(l.Rule, string(line.Key)), kindOf(l.Algorithm), l.Capacity, micros(l.Period), flag(l.DryRun))
		if l.Algorithm == rule.Calendar {
			args = append(args, bounds(l, at)...)
		}
	}
	return args
}

// name is how a counter is called: names sort as rules and then keys do.
func name(ruleName, key string) string { return ruleName + " " + key }

func flag(on bool) string {
	if on {
		return "1"
	}
	return "0"
}

// micros is a duration in microseconds, rounded up: nothing is ever free too early.
func micros(d time.Duration) int64 { return int64((d + time.Microsecond - 1) / time.Microsecond) }

// bounds are a time a day ago, and the ends of the three calendar periods that follow it: wherever the server's clock
// is within a day of ours, it finds the end of its period there.
func bounds(l *rule.Limit, at time.Time) []any {
	from := at.Add(-24 * time.Hour)
	list := []any{from.UnixMicro()}
	for range 3 {
		from = periodEnd(l, from)
		list = append(list, micros(time.Duration(from.UnixNano())))
	}
	return list
}

// periodEnd is when the calendar period of a time ends.
func periodEnd(l *rule.Limit, at time.Time) time.Time {
	now := decide.Instant(at.UnixNano())
	c := decide.NewCalendar(1, l.Unit == rule.Month, l.Zone)
	c.Charge(now, 1)
	return at.Add(c.Wait(now, 1))
}

const (
	fieldsPerLine = 5
	whatNothing   = 0
	whatLimit     = 1
	whatDryRun    = 2
)

// status is what a script said of a line.
func status(line engine.Line, fields []int64) engine.Status {
	return engine.Status{
		Limit: line.Limit, Key: string(line.Key), Capacity: fields[1], Left: fields[2],
		Reset: duration(fields[3]), Wait: duration(fields[4]),
	}
}

// duration is a number of microseconds; a negative one means never.
func duration(us int64) time.Duration {
	if us < 0 || us > math.MaxInt64/1000 {
		return decide.Never
	}
	return time.Duration(us) * time.Microsecond
}
