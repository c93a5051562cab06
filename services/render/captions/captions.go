// Package captions turns the timed words of a storyboard into caption files.
//
// A cue is one or two lines of at most 42 columns, cut at the ends of sentences, and of clauses where that is
// possible. Cues never overlap. Everything here is pure; the text of a cue never breaks the file's format.
package captions

import (
	"fmt"
	"strings"
	"time"

	storyboardv1 "github.com/sheetreel/sheetreel/gen/sheetreel/storyboard/v1"
)

// Cue is what is shown at one time.
type Cue struct {
	Start, End time.Duration
	Lines      []string
}

const (
	hold     = 100 * time.Millisecond // a cue stays a moment after its last word
	shortest = 700 * time.Millisecond // and at least so long, if there is room before the next
)

// Cues cuts the words of all scenes into cues. Times are from the start of the video.
func Cues(storyboard *storyboardv1.Storyboard) []Cue {
	var out []Cue
	for _, scene := range storyboard.GetScenes() {
		start := scene.GetStart().AsDuration()
		for _, p := range pages(scene.GetWords()) {
			first, last := p[0], p[len(p)-1]
			out = append(out, Cue{
				Start: start + first.GetStart().AsDuration(),
				End:   start + last.GetEnd().AsDuration(),
				Lines: lines(texts(p)),
			})
		}
	}
	for i := range out {
		limit := storyboard.GetDuration().AsDuration()
		if i+1 < len(out) {
			limit = out[i+1].Start
		}
		wanted := max(out[i].End+hold, out[i].Start+shortest)
		out[i].End = max(out[i].End, min(wanted, limit))
	}
	return out
}

// SRT writes a SubRip file; empty for a storyboard without words.
func SRT(storyboard *storyboardv1.Storyboard) string {
	var b strings.Builder
	for i, c := range Cues(storyboard) {
		fmt.Fprintf(&b, "%d\n%s --> %s\n", i+1, clock(c.Start, ','), clock(c.End, ','))
		for _, line := range c.Lines {
			b.WriteString(strings.ReplaceAll(line, "-->", "→"))
			b.WriteByte('\n')
		}
		b.WriteByte('\n')
	}
	return b.String()
}

// VTT writes a WebVTT file; empty for a storyboard without words.
func VTT(storyboard *storyboardv1.Storyboard) string {
	cues := Cues(storyboard)
	if len(cues) == 0 {
		return ""
	}
	escape := strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;")
	var b strings.Builder
	b.WriteString("WEBVTT\n\n")
	for i, c := range cues {
		fmt.Fprintf(&b, "%d\n%s --> %s\n", i+1, clock(c.Start, '.'), clock(c.End, '.'))
		for _, line := range c.Lines {
			b.WriteString(escape.Replace(line))
			b.WriteByte('\n')
		}
		b.WriteByte('\n')
	}
	return b.String()
}

// clock writes a time as both formats do, but for the mark before the milliseconds.
func clock(d time.Duration, mark byte) string {
	ms := d.Milliseconds()
	return fmt.Sprintf("%02d:%02d:%02d%c%03d", ms/3_600_000, ms/60_000%60, ms/1000%60, mark, ms%1000)
}
