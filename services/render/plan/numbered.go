package plan

import (
	"fmt"
	"regexp"
	"strings"
	"unicode"

	"github.com/sheetreel/sheetreel/services/render/words"
)

// paragraph is a line of the script.
type paragraph struct {
	text string
	// figure is the number of the point that it belongs to, when the script is a numbered list.
	figure string
}

// plain are the texts of paragraphs.
func plain(list []paragraph) []string {
	out := make([]string, len(list))
	for i, p := range list {
		out[i] = p.text
	}
	return out
}

// itemStart is a number that begins a point: "3." or "3)" or "3、" before a space or a word.
var itemStart = regexp.MustCompile(`(^|[\s.!?:;,。！？：；])#?(\p{Nd}{1,2})(?:[.)]\s+|[、．：]\s*)`)

// numbered takes the numbers off a numbered list and keeps them as figures. A list counts up from 1, or down to it, and
// has at least three points, or two that begin a line each. Anything else stays as it is.
func numbered(lines []string) []paragraph {
	type start struct{ line, from, text, number int }
	var starts []start
	ownLine := true // every point begins a line
	for i, line := range lines {
		for _, m := range itemStart.FindAllStringSubmatchIndex(line, -1) {
			n := digits(line[m[4]:m[5]])
			from := m[4]
			if strings.HasSuffix(line[:from], "#") {
				from--
			}
			if len(starts) > 0 {
				before := starts[len(starts)-1].number
				if n != before+1 && n != before-1 {
					continue // a number of the text
				}
			}
			starts = append(starts, start{i, from, m[1], n})
			ownLine = ownLine && strings.TrimSpace(line[:from]) == ""
		}
	}
	up, down := true, true
	for i, s := range starts {
		up = up && s.number == i+1
		down = down && s.number == len(starts)-i
	}
	if len(starts) < 2 || len(starts) < 3 && !ownLine || !up && !down {
		return unnumbered(lines)
	}
	var out []paragraph
	add := func(text, figure string) {
		if text = strings.TrimSpace(text); words.Spoken(text) {
			out = append(out, paragraph{text, figure})
		}
	}
	figure, next := "", 0
	for i, line := range lines {
		at := 0
		for ; next < len(starts) && starts[next].line == i; next++ {
			s := starts[next]
			add(line[at:s.from], figure)
			figure, at = fmt.Sprint(s.number), s.text
		}
		add(line[at:], figure)
	}
	return out
}

func unnumbered(lines []string) []paragraph {
	var out []paragraph
	for _, line := range lines {
		out = append(out, paragraph{text: line})
	}
	return out
}

// digits reads decimal digits of any script. The digits of each lie together, from 0 on.
func digits(text string) int {
	n := 0
	for _, r := range text {
		zero := r
		for unicode.Is(unicode.Nd, zero-1) && r-zero < 9 && (zero-1)/16 == r/16 {
			zero--
		}
		n = n*10 + int(r-zero)
	}
	return n
}
