package report

import (
	"fmt"
	"maps"
	"path"
	"slices"
	"strings"
	"time"

	"google.golang.org/protobuf/types/known/durationpb"

	ratelimitv1 "github.com/sheetreel/sheetreel/gen/sheetreel/ratelimit/v1"

	"github.com/sheetreel/sheetreel/cmd/sheetreel/columns"
)

// Limits is the table of limits.
func Limits(limits []*ratelimitv1.Limit, width int) []string {
	head := []columns.Column{{Title: "limit"}, {Title: "allows"}, {Title: "of calls with", Flex: true}, {Title: "each", Flex: true}, {Title: "overrides", Right: true}, {Title: "from"}}
	var rows [][]string
	for _, l := range limits {
		rows = append(rows, []string{
			path.Base(l.GetName()), Rate(l), Values(l.GetMatch()), strings.Join(l.GetKeys(), ", "), count(l.GetOverrideCount()), word(l.GetOrigin()),
		})
	}
	return columns.Table(head, rows, width)
}

// Rate says in words how much a limit allows.
func Rate(l *ratelimitv1.Limit) string {
	period := span(l.GetPeriod())
	text := fmt.Sprintf("%d in any %s", l.GetCapacity(), period)
	switch l.GetAlgorithm() {
	case ratelimitv1.Limit_TOKEN_BUCKET:
		text = fmt.Sprintf("%d at once, refilled in %s", l.GetCapacity(), period)
	case ratelimitv1.Limit_SLIDING_COUNTER:
		text = "about " + text
	case ratelimitv1.Limit_CALENDAR:
		text = fmt.Sprintf("%d a %s (%s)", l.GetCapacity(), strings.ToLower(l.GetUnit().String()), l.GetTimeZone())
	case ratelimitv1.Limit_CONCURRENCY:
		text = fmt.Sprintf("%d in flight, for %s at most", l.GetCapacity(), period)
	case ratelimitv1.Limit_SLIDING_LOG, ratelimitv1.Limit_ALGORITHM_UNSPECIFIED:
	}
	if l.GetDryRun() {
		text += " (dry run)"
	}
	return text
}

// Limit are the lines on one limit and its overrides.
func Limit(l *ratelimitv1.Limit, overrides []*ratelimitv1.LimitOverride, width int, zone *time.Location) []string {
	lines := []string{"limit     " + path.Base(l.GetName()), "allows    " + Rate(l)}
	if len(l.GetMatch()) > 0 {
		lines = append(lines, "of calls  "+Values(l.GetMatch()))
	}
	if len(l.GetKeys()) > 0 {
		lines = append(lines, "for each  "+strings.Join(l.GetKeys(), ", "))
	}
	lines = append(lines, "outage    "+word(l.GetOutage()))
	if u := l.GetUpstream(); u != nil {
		lines = append(lines, fmt.Sprintf("upstream  %d in any %s", u.GetCapacity(), span(u.GetPeriod())))
	}
	lines = append(lines, "from      "+word(l.GetOrigin()))
	if len(overrides) > 0 {
		lines = append(append(lines, ""), Overrides(overrides, width, zone)...)
	}
	return lines
}

// Overrides is the table of the overrides of a limit.
func Overrides(overrides []*ratelimitv1.LimitOverride, width int, zone *time.Location) []string {
	head := []columns.Column{{Title: "override"}, {Title: "for", Flex: true}, {Title: "capacity", Right: true}, {Title: "period"}, {Title: "state"}, {Title: "until"}, {Title: "from"}, {Title: "reason", Flex: true}}
	var rows [][]string
	for _, o := range overrides {
		period, until := "", ""
		if o.GetPeriod() != nil {
			period = span(o.GetPeriod())
		}
		if o.GetExpireTime() != nil {
			until = moment(o.GetExpireTime(), zone)
		}
		rows = append(rows, []string{
			path.Base(o.GetName()), Values(o.GetValues()), count(o.GetCapacity()), period, word(o.GetState()), until, word(o.GetOrigin()), columns.Clean(o.GetReason()),
		})
	}
	return columns.Table(head, rows, width)
}

// Effect says what a change means for the keys in use; nothing when none is.
func Effect(e *ratelimitv1.LimitEffect) []string {
	if e.GetKeyCount() == 0 {
		return nil
	}
	text := fmt.Sprintf("%d of %d keys in use are over it", e.GetOverKeyCount(), e.GetKeyCount())
	if e.GetIncomplete() {
		text += " (more are in use)"
	}
	lines := []string{text}
	for _, key := range e.GetOverKeys() {
		lines = append(lines, "  "+columns.Clean(key))
	}
	return lines
}

// Usage is the table of what is used.
func Usage(usage []*ratelimitv1.Usage, width int) []string {
	head := []columns.Column{{Title: "limit"}, {Title: "key", Flex: true}, {Title: "used", Right: true}, {Title: "of", Right: true}, {Title: "more in", Right: true}}
	var rows [][]string
	for _, u := range usage {
		rows = append(rows, []string{
			path.Base(u.GetLimit()), columns.Clean(u.GetKey()), fmt.Sprint(u.GetUsed()), fmt.Sprint(u.GetCapacity()), span(u.GetResetDuration()),
		})
	}
	return columns.Table(head, rows, width)
}

// Explanation are the lines on a call: what would be answered, and the limits that count it; with all, those that do not.
func Explanation(x *ratelimitv1.ExplainQuotaResponse, all bool, width int) []string {
	lines := []string{strings.ToLower(x.GetVerdict().String()) + ": " + x.GetMessage()}
	head := []columns.Column{{Title: "limit"}, {Title: "allows"}, {Title: "key", Flex: true}, {Title: "left", Right: true}, {Title: "more in", Right: true}, {Title: "override"}}
	var rows [][]string
	var more []string
	for _, f := range x.GetFindings() {
		name := path.Base(f.GetLimit())
		if !f.GetMatches() {
			if all {
				more = append(more, fmt.Sprintf("%s does not count it: %s", name, columns.Clean(f.GetReason())))
			}
			continue
		}
		rate, override := f.GetRate(), ""
		if f.GetDryRun() {
			rate += " (dry run)"
		}
		if f.GetOverride() != "" {
			override = path.Base(f.GetOverride())
		}
		for _, lost := range f.GetLostOverrides() {
			more = append(more, fmt.Sprintf("override %s of %s is not in force: %s", path.Base(lost.GetOverride()), name, columns.Clean(lost.GetReason())))
		}
		status := f.GetStatus()
		rows = append(rows, []string{name, rate, columns.Clean(status.GetKey()), fmt.Sprint(status.GetRemaining()), span(status.GetResetDuration()), override})
	}
	if len(rows) > 0 {
		lines = append(append(lines, ""), columns.Table(head, rows, width)...)
	}
	if len(more) > 0 {
		lines = append(append(lines, ""), more...)
	}
	return lines
}

// LimitRevisions is the table of who changed what of the limits.
func LimitRevisions(revisions []*ratelimitv1.LimitRevision, width int, zone *time.Location) []string {
	head := []columns.Column{{Title: "revision", Right: true}, {Title: "when"}, {Title: "who", Flex: true}, {Title: "what", Flex: true}}
	var rows [][]string
	for _, r := range revisions {
		rows = append(rows, []string{path.Base(r.GetName()), moment(r.GetCreateTime(), zone), columns.Clean(r.GetActor()), columns.Clean(r.GetDescription())})
	}
	return columns.Table(head, rows, width)
}

// Values writes descriptors as people give them: "project=demo, user=ada".
func Values(values map[string]string) string {
	var parts []string
	for _, name := range slices.Sorted(maps.Keys(values)) {
		parts = append(parts, name+"="+columns.Clean(values[name]))
	}
	return strings.Join(parts, ", ")
}

// span writes a duration without units of zero: "1m", not "1m0s".
func span(d *durationpb.Duration) string {
	text := d.AsDuration().Round(time.Millisecond).String()
	if strings.HasSuffix(text, "m0s") {
		text = strings.TrimSuffix(text, "0s")
	}
	if strings.HasSuffix(text, "h0m") {
		text = strings.TrimSuffix(text, "0m")
	}
	return text
}

// word is an enum value for people: "built in".
func word(value fmt.Stringer) string {
	return strings.ReplaceAll(strings.ToLower(value.String()), "_", " ")
}

func count(n int32) string {
	if n == 0 {
		return ""
	}
	return fmt.Sprint(n)
}
