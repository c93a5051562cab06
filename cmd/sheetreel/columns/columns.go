// Package columns fits text of any script into terminal columns.
//
// Widths count what a terminal shows: a Chinese letter takes two columns, a combining mark none. Text that comes
// from outside is cleaned, so that a cell of a sheet can neither move the cursor nor break a line.
package columns

import (
	"strings"
	"unicode"

	"github.com/rivo/uniseg"
)

// Ellipsis marks text that was cut.
const Ellipsis = "…"

// Width is the number of columns that s takes.
func Width(s string) int {
	return uniseg.StringWidth(s)
}

// Clean makes s one harmless line: white space becomes one space, control and direction characters go.
func Clean(s string) string {
	s = strings.Map(func(r rune) rune {
		switch {
		case unicode.IsSpace(r):
			return ' '
		case unicode.IsControl(r), r == '\u061c', r >= '\u200e' && r <= '\u200f',
			r >= '\u202a' && r <= '\u202e', r >= '\u2066' && r <= '\u2069', r == unicode.ReplacementChar:
			return -1
		}
		return r
	}, s)
	return strings.Join(strings.Fields(s), " ")
}

// Truncate cuts s between letters so that it takes at most width columns; a cut is marked by an ellipsis.
func Truncate(s string, width int) string {
	if Width(s) <= width {
		return s
	}
	if width <= 0 {
		return ""
	}
	var kept strings.Builder
	used := 0
	state := -1
	for s != "" {
		var cluster string
		var w int
		cluster, s, w, state = uniseg.FirstGraphemeClusterInString(s, state)
		if used+w > width-1 {
			break
		}
		kept.WriteString(cluster)
		used += w
	}
	return strings.TrimRight(kept.String(), " ") + Ellipsis
}

// Fit makes s exactly width columns wide: cut or filled with spaces.
func Fit(s string, width int) string {
	s = Truncate(s, width)
	return s + strings.Repeat(" ", max(0, width-Width(s)))
}

// FitRight is Fit with the spaces on the left.
func FitRight(s string, width int) string {
	s = Truncate(s, width)
	return strings.Repeat(" ", max(0, width-Width(s))) + s
}

// Wrap breaks s at spaces into lines of at most width columns; all but the first are indented by indent columns. A
// word that is too long for a line stays whole. A width of 0 breaks nothing.
func Wrap(s string, width, indent int) []string {
	if width <= 0 || Width(s) <= width {
		return []string{s}
	}
	var lines []string
	line, used := "", 0
	for word := range strings.SplitSeq(s, " ") {
		w := Width(word)
		if used > 0 && used+1+w > width {
			lines = append(lines, line)
			line, used = strings.Repeat(" ", indent)+word, indent+w
			continue
		}
		if used > 0 {
			line, used = line+" ", used+1
		}
		line, used = line+word, used+w
	}
	return append(lines, line)
}
