package words

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// lettersPerWord turns a pace in words a minute into one in letters: the usual convention of typing and reading.
const lettersPerWord = 5.0

// Weight is how long a word is to say, in letters of a Latin text. An ideograph is a syllable or two; combining
// accents say nothing; a digit is a word of its own. The factors come from measuring espeak-ng.
func Weight(word string) float64 {
	sum := 0.0
	for _, r := range word {
		sum += weightOf(r)
	}
	return max(sum, 1)
}

func weightOf(r rune) float64 {
	switch {
	case unicode.IsDigit(r):
		return 3.5
	case unicode.Is(unicode.Han, r):
		return 4
	case unicode.In(r, unicode.Arabic, unicode.Hebrew) && unicode.IsLetter(r):
		return 1.7 // short vowels are not written
	case unicode.In(r, unicode.Devanagari, unicode.Bengali, unicode.Gujarati, unicode.Gurmukhi, unicode.Tamil, unicode.Telugu,
		unicode.Kannada, unicode.Malayalam, unicode.Sinhala) && unicode.IsLetter(r):
		return 1.7 // a consonant with its vowel
	case unicode.In(r, unicode.Hiragana, unicode.Katakana):
		return 1.5
	case unicode.In(r, unicode.Thai, unicode.Lao, unicode.Khmer, unicode.Myanmar) && unicode.IsLetter(r):
		return 1.8
	case unicode.Is(unicode.Hangul, r):
		return 2.4
	case unicode.IsLetter(r):
		return 1
	case unicode.Is(unicode.Mc, r):
		return 0.5
	case strings.ContainsRune("%&$€£¥@+=", r):
		return 5
	}
	return 0
}

// Seconds estimates how long a word takes to say at a pace in words a minute, without the pause after it.
func Seconds(word string, wordsPerMinute int) float64 {
	return Weight(word) / (float64(wordsPerMinute) * lettersPerWord / 60)
}

// Pause is how long a speaker rests after a word, by its punctuation, in seconds.
func Pause(word string) float64 {
	switch {
	case EndsSentence(word):
		return 0.35
	case EndsClause(word):
		return 0.18
	}
	return 0
}

// EndsSentence tells whether a word closes a sentence, brackets and quotes after the full stop aside.
func EndsSentence(word string) bool {
	return strings.ContainsRune(sentenceMarks, lastMark(word))
}

// EndsClause tells whether a word closes a clause.
func EndsClause(word string) bool {
	return strings.ContainsRune(clauseMarks, lastMark(word))
}

const (
	sentenceMarks = ".!?…。！？．؟۔।॥։።"
	clauseMarks   = ",;:—–、，；：،؛·"
)

func lastMark(word string) rune {
	word = strings.TrimRightFunc(word, func(r rune) bool {
		return r == '"' || r == '\'' || unicode.In(r, unicode.Pe, unicode.Pf)
	})
	r, _ := utf8.DecodeLastRuneInString(word)
	return r
}
