package captions

import (
	"math"
	"strings"

	"github.com/rivo/uniseg"

	storyboardv1 "github.com/sheetreel/sheetreel/gen/sheetreel/storyboard/v1"
	"github.com/sheetreel/sheetreel/services/render/words"
)

const (
	columns  = 42 // of a line; a wide character takes two
	maxLines = 2
)

// pages cuts the words of a scene into what is shown together. Within a sentence the cuts are those with the
// least cost: pages of even length, rather cut after a clause than inside it.
func pages(scene []*storyboardv1.TimedWord) [][]*storyboardv1.TimedWord {
	var out [][]*storyboardv1.TimedWord
	for len(scene) > 0 {
		n := 1
		for n < len(scene) && !words.EndsSentence(scene[n-1].GetText()) {
			n++
		}
		out = append(out, cut(scene[:n])...)
		scene = scene[n:]
	}
	return out
}

// cut finds the cheapest way to cut a sentence into pages.
func cut(sentence []*storyboardv1.TimedWord) [][]*storyboardv1.TimedWord {
	n := len(sentence)
	list := texts(sentence)
	cost := make([]float64, n+1) // of the words from i on
	next := make([]int, n+1)     // where the page that begins with word i ends
	for i := n - 1; i >= 0; i-- {
		cost[i] = math.Inf(1)
		for j := i + 1; j <= n; j++ {
			if j > i+1 && !fits(list[i:j]) {
				break
			}
			if c := pageCost(list[i:j], j == n) + cost[j]; c < cost[i] {
				cost[i], next[i] = c, j
			}
		}
	}
	var out [][]*storyboardv1.TimedWord
	for i := 0; i < n; i = next[i] {
		out = append(out, sentence[i:next[i]])
	}
	return out
}

// pageCost grows with the room that a page leaves and with a cut in a bad place.
func pageCost(page []string, last bool) float64 {
	room := 1 - math.Min(float64(width(words.Join(page)))/(columns*maxLines), 1)
	cost := 1 + room*room
	if !last && !words.EndsClause(page[len(page)-1]) {
		cost += 0.3
	}
	return cost
}

// fits tells whether words fit on one page.
func fits(page []string) bool {
	used, at := 1, 0
	for i, w := range page {
		size := width(w)
		if i > 0 && words.Spaced(page[i-1], w) {
			size++
		}
		if at > 0 && at+size > columns {
			used++
			at, size = 0, width(w)
		}
		at += size
	}
	return used <= maxLines
}

// lines sets a page in one line, or in two whose lengths differ least.
func lines(page []string) []string {
	whole := words.Join(page)
	if width(whole) <= columns || len(page) < 2 {
		return []string{whole}
	}
	best, at := math.MaxInt, 1
	for i := 1; i < len(page); i++ {
		longer := max(width(words.Join(page[:i])), width(words.Join(page[i:])))
		if longer < best {
			best, at = longer, i
		}
	}
	return []string{words.Join(page[:at]), words.Join(page[at:])}
}

func texts(page []*storyboardv1.TimedWord) []string {
	out := make([]string, len(page))
	for i, w := range page {
		out[i] = strings.Join(strings.Fields(w.GetText()), " ") // a line break would break the file
	}
	return out
}

// width is the columns that text takes.
func width(text string) int { return uniseg.StringWidth(text) }
