// Package words cuts text into what is spoken, highlighted and timed as one word.
//
// In scripts with spaces a word is what stands between them, with its punctuation. In scripts without (Chinese,
// Japanese, Thai, Lao, Khmer, Burmese) it is a short group of characters. The planner, the captions and the speech
// engines all use this package, so that their words are the same. Everything here is pure.
package words

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/rivo/uniseg"
)

// groupLength is the longest group of a script without spaces, in characters as a reader counts them.
const groupLength = 4

// Split cuts text into words. No word is empty or has space in it, and together they hold all of the text but
// its space; bytes that are not UTF-8 become U+FFFD.
func Split(text string) []string {
	var out []string
	for _, field := range strings.Fields(strings.ToValidUTF8(text, "\ufffd")) {
		if strings.ContainsFunc(field, unspaced) {
			out = append(out, group(field)...)
			continue
		}
		out = append(out, field)
	}
	return attach(out)
}

// attach joins a mark that stands alone to the word before, as "!" does in French.
func attach(in []string) []string {
	var out []string
	for _, word := range in {
		if n := len(out); n > 0 && strings.Trim(word, sentenceMarks+clauseMarks+"»”)") == "" && !strings.ContainsAny(word, "—–·") {
			out[n-1] += word
			continue
		}
		out = append(out, word)
	}
	return out
}

// Join puts words back into a line: with a space between them where their scripts have one.
func Join(list []string) string {
	var b strings.Builder
	for i, word := range list {
		if i > 0 && Spaced(list[i-1], word) {
			b.WriteByte(' ')
		}
		b.WriteString(word)
	}
	return b.String()
}

// Spaced tells whether a space stands between two neighbouring words.
func Spaced(previous, next string) bool {
	last, _ := utf8.DecodeLastRuneInString(previous)
	first, _ := utf8.DecodeRuneInString(next)
	return !flush(last) && !flush(first)
}

// flush tells whether r stands next to its neighbours without a space.
func flush(r rune) bool { return unspaced(r) || fullWidthMark(r) }

// Spoken tells whether a word has something to say: a letter or a digit.
func Spoken(word string) bool {
	return strings.ContainsFunc(word, func(r rune) bool { return unicode.IsLetter(r) || unicode.IsNumber(r) })
}

// unspaced tells whether r is of a script that puts no spaces between words.
func unspaced(r rune) bool {
	return r >= 0x0e00 && unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Thai, unicode.Lao,
		unicode.Khmer, unicode.Myanmar) || r == 'ー'
}

// fullWidthMark tells whether r is punctuation of Chinese or Japanese.
func fullWidthMark(r rune) bool {
	return r >= 0x3000 && r <= 0x303f || r >= 0xff00 && r <= 0xffef && !unicode.IsLetter(r) && !unicode.IsDigit(r)
}

// kind is the class of a character inside a text without spaces.
type kind int

const (
	other kind = iota // letters and digits of scripts with spaces
	ideograph
	hiragana
	katakana
	southeast // Thai, Lao, Khmer, Burmese
	opening   // an opening bracket or quote
	mark      // any other punctuation
)

func kindOf(r rune) kind {
	switch {
	case unicode.In(r, unicode.Ps, unicode.Pi):
		return opening
	case r == 'ー' || unicode.Is(unicode.Katakana, r):
		return katakana
	case unicode.Is(unicode.Han, r):
		return ideograph
	case unicode.Is(unicode.Hiragana, r):
		return hiragana
	case unspaced(r):
		return southeast
	case unicode.IsPunct(r):
		return mark
	}
	return other
}

// group cuts a run without spaces. A Japanese group tends to begin where a phrase does: at the change from
// hiragana, which holds endings and particles, to another kind.
func group(run string) []string {
	var out []string
	var current strings.Builder
	length, last := 0, opening
	flush := func() {
		if current.Len() > 0 {
			out = append(out, current.String())
			current.Reset()
		}
		length = 0
	}
	state := -1
	for run != "" {
		var cluster string
		cluster, run, _, state = uniseg.FirstGraphemeClusterInString(run, state)
		r, _ := utf8.DecodeRuneInString(cluster)
		k := kindOf(r)
		if current.Len() > 0 && breaks(last, k, length) {
			flush()
		}
		current.WriteString(cluster)
		if k != mark && k != opening {
			length++
		}
		last = k
	}
	flush()
	return out
}

// breaks tells whether a new group begins between two kinds, after a group of the given length.
func breaks(last, next kind, length int) bool {
	switch {
	case next == mark || last == opening:
		return false
	case next == opening || last == mark:
		return true
	case last == other && next == other:
		return false // a Latin word or a number stays whole
	case last == other || next == other:
		return next == other || length >= groupLength
	case last == hiragana && next != hiragana:
		return true
	case last == hiragana && next == hiragana:
		return length >= groupLength+2
	case next == hiragana && last != southeast:
		return false // an ending or a particle stays with what it belongs to
	case last == katakana && next == katakana:
		return length >= 2*groupLength
	case last == katakana && next == ideograph, last == ideograph && next == katakana:
		return true
	}
	return length >= groupLength
}
