package plan

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/sheetreel/sheetreel/services/render/words"
)

// Sizes of a headline made from a sentence: what is read at a glance.
const (
	headlineWords      = 4
	headlineCharacters = 30
	headlineGroups     = 12 // characters, in scripts without spaces
)

// headline makes a short big text of a few neighbouring words of the narration, the most telling ones. It may be
// empty when there is nothing good.
func headline(narration, language string) string {
	sentences := Sentences(narration)
	if len(sentences) == 0 {
		return ""
	}
	list := strings.Fields(sentences[0])
	if groups := words.Split(sentences[0]); len(groups) > len(list) {
		return slice(groups)
	}
	if len(list) <= headlineWords+1 && utf8.RuneCountInString(sentences[0]) <= headlineCharacters+4 {
		return emphasise(capital(trimEnd(sentences[0])), language)
	}
	best, from, to := 0.0, 0, 0
	for i := range list {
		score, length := 0.0, -1
		for j := i; j < len(list) && j < i+headlineWords; j++ {
			length += 1 + utf8.RuneCountInString(list[j])
			if j > i && (words.EndsClause(list[j-1]) || words.EndsSentence(list[j-1])) || length > headlineCharacters {
				break
			}
			value := telling(list[j], language)
			if value == 0 {
				score -= 1.5 // a window with fewer empty words says more
			}
			score += value
			if telling(list[i], language) == 0 || value == 0 {
				continue // begins or ends with an empty word
			}
			total := score - 0.2*float64(i)
			if i == 0 || words.EndsClause(list[i-1]) {
				total += 3
			}
			if words.EndsClause(list[j]) || words.EndsSentence(list[j]) {
				total += 3
			}
			if total > best {
				best, from, to = total, i, j+1
			}
		}
	}
	return emphasise(capital(trimEnd(strings.Join(list[from:to], " "))), language)
}

// slice is the first clause of a text without spaces that is short enough, else its beginning.
func slice(groups []string) string {
	begin, length := 0, 0
	for i, g := range groups {
		length += utf8.RuneCountInString(core(g))
		if words.EndsClause(g) || words.EndsSentence(g) {
			if length >= 3 && length <= headlineGroups {
				return trimEnd(words.Join(groups[begin : i+1]))
			}
			begin, length = i+1, 0
		}
	}
	length = 0
	for i, g := range groups {
		length += utf8.RuneCountInString(core(g))
		if length > headlineGroups {
			return trimEnd(words.Join(groups[:i]))
		}
	}
	return trimEnd(words.Join(groups))
}

// telling is how much a word says: nothing if it only holds others together.
func telling(word, language string) float64 {
	c := core(word)
	switch {
	case c == "" || stopWord(strings.ToLower(c), language):
		return 0
	case strings.ContainsFunc(c, unicode.IsDigit):
		return 8
	}
	n := utf8.RuneCountInString(c)
	if n <= 2 && strings.ToUpper(c) != c {
		return 0
	}
	return float64(min(max(n, 4), 9))
}

// emphasise puts the most telling word of a headline between asterisks, unless it has some already or its
// script has no spaces. Asterisks that emphasise nothing are taken out.
func emphasise(text, language string) string {
	if strings.Count(text, "*") == 2 && !strings.Contains(text, "**") && !strings.Contains(text, "* ") {
		return text
	}
	text = clean(strings.ReplaceAll(text, "*", " "))
	list := strings.Fields(text)
	if len(list) < 2 || len(words.Split(text)) > len(list) {
		return text
	}
	best, at := 0.0, -1
	for i, w := range list {
		if v := telling(w, language); v > 0 && v >= best {
			best, at = v, i
		}
	}
	if at >= 0 {
		c := core(list[at])
		list[at] = strings.Replace(list[at], c, "*"+c+"*", 1)
	}
	return strings.Join(list, " ")
}

// core is a word without the punctuation around it.
func core(word string) string {
	return strings.TrimFunc(word, func(r rune) bool {
		return !unicode.IsLetter(r) && !unicode.IsDigit(r) && !unicode.IsMark(r) && !strings.ContainsRune("%$€£¥", r)
	})
}

// trimEnd takes off what a headline does not end with; question and exclamation marks stay.
func trimEnd(text string) string {
	return strings.TrimRightFunc(strings.TrimLeft(text, ",;:.—–- 、，。"), func(r rune) bool {
		return strings.ContainsRune(".,;:—–-…、，。：；،؛।॥።· ", r)
	})
}

// capital starts a headline with a capital letter.
func capital(text string) string {
	r, size := utf8.DecodeRuneInString(text)
	if size == 0 {
		return text
	}
	return string(unicode.ToTitle(r)) + text[size:]
}
