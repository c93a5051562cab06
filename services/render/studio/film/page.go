package film

import (
	"strings"
	"unicode/utf8"

	"github.com/rivo/uniseg"

	storyboardv1 "github.com/sheetreel/sheetreel/gen/sheetreel/storyboard/v1"
	"github.com/sheetreel/sheetreel/services/render/words"
)

// page is what a caption shows at once.
type page struct {
	text  string
	words []word
	// from and to are when it is seen, in seconds of the scene.
	from, to float64
}

// word is a word of a page.
type word struct {
	from, to   int // its characters in the page's text
	start, end float64
}

// Times around the words of a page, in seconds.
const (
	pageLead = 0.08 // a page comes a little before its first word
	pageHold = 0.45 // and stays after its last, if nothing follows
)

// paginate cuts the words of a scene into pages of at most cells columns; a wide character takes two. A page ends
// with its sentence, and with a clause when it is half full.
func paginate(timed []*storyboardv1.TimedWord, cells int, until float64, edit func(string) string) []page {
	var pages []page
	var p page
	var text strings.Builder
	used, last := 0, ""
	flush := func() {
		if len(p.words) > 0 {
			p.text = text.String()
			pages = append(pages, p)
		}
		p, used, last = page{}, 0, ""
		text.Reset()
	}
	for _, w := range timed {
		shown := edit(w.GetText())
		space := last != "" && words.Spaced(last, shown)
		need := uniseg.StringWidth(shown)
		if space {
			need++
		}
		if used+need > cells {
			flush()
			space = false
		}
		if space {
			text.WriteByte(' ')
		}
		from := utf8.RuneCountInString(text.String())
		text.WriteString(shown)
		p.words = append(p.words, word{
			from, from + utf8.RuneCountInString(shown),
			w.GetStart().AsDuration().Seconds(), w.GetEnd().AsDuration().Seconds(),
		})
		used, last = used+need, shown
		if words.EndsSentence(shown) || words.EndsClause(shown) && used > cells/2 {
			flush()
		}
	}
	flush()
	return schedule(pages, until)
}

// schedule says when each page is seen: until the next one comes, or a moment after its last word.
func schedule(pages []page, until float64) []page {
	for i := range pages {
		p := &pages[i]
		p.from = max(0, p.words[0].start-pageLead)
		p.to = until
		if i+1 < len(pages) {
			next := max(0, pages[i+1].words[0].start-pageLead)
			p.to = min(next, p.words[len(p.words)-1].end+pageHold)
			if next-p.to < 0.3 { // no flicker between pages
				p.to = next
			}
		}
	}
	return pages
}

// active is the index of the word spoken at a time: the last that has begun; -1 before the first.
func (p page) active(t float64) int {
	n := -1
	for i, w := range p.words {
		if t >= w.start-0.02 {
			n = i
		}
	}
	return n
}
