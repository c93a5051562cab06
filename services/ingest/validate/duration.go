package validate

import (
	"errors"
	"fmt"
	"math"
	"regexp"
	"strconv"
	"strings"
	"time"

	"golang.org/x/text/unicode/norm"
	"google.golang.org/protobuf/types/known/durationpb"

	"github.com/sheetreel/sheetreel/services/ingest/mapping"
	"github.com/sheetreel/sheetreel/services/ingest/source"
)

var (
	approximate = regexp.MustCompile(`^(?:~|≈|ca\.?|circa|about|around|approx\.?|approximately)\s*`)
	between     = regexp.MustCompile(`\s*(?:-|–|—|\bto\b)\s*`)
	clock       = regexp.MustCompile(`^(?:(\d{1,3}):)?(\d{1,3}):(\d{2})(?:\.\d+)?$`)
	amount      = regexp.MustCompile(`^(\d{1,5}(?:[.,]\d{1,2})?)\s*(\p{L}+|''|["'])?\.?\s*(?:,|and\s)?\s*`)
)

var errDuration = errors.New("not a length of time")

// ParseDuration reads a length of time as people write it: `45` (seconds), `45s`, `0:45`, `1:30:45`, `5 min`,
// `1 min 30 s`, `1.5 min`, `about 45 s`. Of a range such as `2-3 min` it gives the middle, here 150 s, because
// that is nearest to both ends. The result is never negative and is rounded to milliseconds.
func ParseDuration(s string) (time.Duration, error) {
	s = strings.ToLower(strings.TrimSpace(norm.NFKC.String(s)))
	s = approximate.ReplaceAllString(s, "")
	ends := between.Split(s, -1)
	switch len(ends) {
	case 1:
		return parseEnd(ends[0], "")
	case 2:
		to, err := parseEnd(ends[1], "")
		if err != nil {
			return 0, err
		}
		from, err := parseEnd(ends[0], lastUnit(ends[1]))
		if err != nil {
			return 0, err
		}
		if from > to {
			return 0, fmt.Errorf("%w: the range runs backwards", errDuration)
		}
		return ((from + to) / 2).Round(time.Millisecond), nil
	}
	return 0, errDuration
}

// parseEnd reads one length; unit is that of a number without one, seconds when empty.
func parseEnd(s, unit string) (time.Duration, error) {
	if m := clock.FindStringSubmatch(s); m != nil {
		hours, minutes, seconds := number(m[1]), number(m[2]), number(m[3])
		if seconds > 59 || (m[1] != "" && minutes > 59) {
			return 0, errDuration
		}
		return time.Duration(hours*3600+minutes*60+seconds) * time.Second, nil
	}
	var total time.Duration
	smallest := time.Duration(math.MaxInt64)
	for rest := s; rest != "" || smallest == math.MaxInt64; {
		m := amount.FindStringSubmatch(rest)
		if m == nil {
			return 0, errDuration
		}
		word := m[2]
		if word == "" {
			if smallest != math.MaxInt64 || m[0] != rest {
				return 0, errDuration // `1 min 30` could be anything
			}
			word = unit
		}
		size, ok := unitOf(word)
		if !ok || size >= smallest {
			return 0, errDuration
		}
		smallest = size
		total += time.Duration(math.Round(number(strings.Replace(m[1], ",", ".", 1)) * float64(size)))
		rest = rest[len(m[0]):]
	}
	return total.Round(time.Millisecond), nil
}

// lastUnit gives the unit that ends s, if any.
func lastUnit(s string) string {
	return strings.TrimRight(strings.TrimLeft(s, "0123456789., "), ". ")
}

// number reads digits that a regular expression has found; "" is 0.
func number(s string) float64 {
	f, err := strconv.ParseFloat(s, 64)
	if err != nil {
		return 0
	}
	return f
}

func unitOf(word string) (time.Duration, bool) {
	switch word {
	case "", "s", "sec", "secs", "second", "seconds", "sek", "sekunde", "sekunden", "seg", "segundo", "segundos",
		"seconde", "secondes", "秒", `"`, "''":
		return time.Second, true
	case "m", "min", "mins", "minute", "minutes", "minuten", "minuto", "minutos", "分", "分钟", "分鐘", "'":
		return time.Minute, true
	case "h", "hr", "hrs", "hour", "hours", "std", "stunde", "stunden", "hora", "horas", "heure", "heures", "小时", "時間":
		return time.Hour, true
	}
	return 0, false
}

const day = 24 * time.Hour

// duration reads the wanted length; nil lets the narration decide.
func (r *reader) duration() *durationpb.Duration {
	cell, ok := r.value(mapping.Duration)
	if !ok || strings.TrimSpace(cell.String()) == "" {
		return nil
	}
	d, err := r.length(cell)
	if err != nil && r.mends() {
		r.mended(mapping.Duration, "duration.format",
			"The duration "+quote(cell.String())+" cannot be read as a length of time. It was left out, so the narration decides.",
			"Write seconds, such as 45, or 45s, 0:45, 5 min.", cell.String(), "")
		return nil
	}
	if err != nil {
		r.note(mapping.Duration, "duration.format", failure,
			"The duration "+quote(cell.String())+" cannot be read as a length of time.", "Write seconds, such as 45, or 45s, 0:45, 5 min. Leave it empty to let the narration decide.")
		return nil
	}
	shortest, longest := r.rules.file.Duration.Shortest, r.rules.file.Duration.Longest
	if (d < shortest || d > longest) && r.mends() {
		mended := min(max(d, shortest), longest)
		r.fixed(mapping.Duration, "duration.range", "The duration is not possible.", spell(d), spell(mended))
		return durationpb.New(mended)
	}
	if d < shortest || d > longest {
		suggestion := fmt.Sprintf("Write a length from %s to %s. Leave it empty to let the narration decide.", spell(shortest), spell(longest))
		if meant, ok := meantClock(cell, d); ok && meant >= shortest && meant <= longest {
			suggestion = fmt.Sprintf("Sheets reads m:ss as hours and minutes. For %s write %ds.", spell(meant), int(meant.Seconds()))
		}
		r.note(mapping.Duration, "duration.range", failure, "The duration "+spell(d)+" is not possible.", suggestion)
		return nil
	}
	if meant, ok := meantClock(cell, d); ok && meant >= shortest {
		r.note(mapping.Duration, "duration.clock", warning,
			fmt.Sprintf("The sheet holds a time of day here, which means %s.", spell(d)), fmt.Sprintf("If %s was meant, write %ds.", spell(meant), int(meant.Seconds())))
	}
	return durationpb.New(d)
}

// length reads a cell: a number below 1 is a fraction of a day, as sheets store times, and so is one that they show as a
// time; other numbers are seconds.
func (r *reader) length(cell source.Cell) (time.Duration, error) {
	n, ok := cell.Number()
	switch {
	case !ok:
		return ParseDuration(cell.String())
	case isClock(cell):
		const longest = 100_000 // days
		return time.Duration(max(-longest, min(n, longest)) * float64(day)).Round(time.Second), nil
	}
	const most = 1e6 // seconds; far above any limit, far below what a Duration holds
	return time.Duration(max(-most, min(n, most)) * float64(time.Second)).Round(time.Millisecond), nil
}

// meantClock gives the minutes and seconds that somebody may have typed as m:ss where the sheet understood h:mm.
func meantClock(cell source.Cell, d time.Duration) (time.Duration, bool) {
	if !isClock(cell) || d <= 0 || d%time.Minute != 0 {
		return 0, false
	}
	return d / 60, true
}

// isClock tells whether a cell holds a time as sheets do, as a fraction of a day: it is shown as one, or it can be no
// number of seconds, which are whole or have few decimals.
func isClock(cell source.Cell) bool {
	n, ok := cell.Number()
	if !ok || cell.Form() == source.FormPercent {
		return false
	}
	const lastMinute = 2.5 // days; 59:59, understood as hours and minutes, is less
	minutes := n * day.Minutes()
	whole := math.Abs(minutes-math.Round(minutes)) < 1e-6
	return cell.Form() == source.FormTime || n > 0 && n < 1 || n > 1 && n < lastMinute && n != math.Trunc(n) && whole
}

// spell writes a length as people do, for example "1 h 30 min 45 s".
func spell(d time.Duration) string {
	if d < 0 {
		return "-" + spell(-d)
	}
	var parts []string
	if h := d / time.Hour; h > 0 {
		parts = append(parts, fmt.Sprintf("%d h", h))
	}
	if m := d % time.Hour / time.Minute; m > 0 {
		parts = append(parts, fmt.Sprintf("%d min", m))
	}
	if s := (d % time.Minute).Seconds(); s > 0 || len(parts) == 0 {
		parts = append(parts, strconv.FormatFloat(s, 'f', -1, 64)+" s")
	}
	return strings.Join(parts, " ")
}
