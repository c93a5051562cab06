// Package kana gives the reading of Japanese text, for speech engines that cannot read kanji.
//
// Words are found with the IPA dictionary, which holds how each is pronounced; particles come out as they sound
// ("wa" for は). Kanji that are in no word of the dictionary are left out: a moment of silence is better than a
// wrong word.
package kana

import (
	"fmt"
	"strings"
	"sync"
	"unicode"

	"github.com/ikawaha/kagome-dict/ipa"
	"github.com/ikawaha/kagome/v2/tokenizer"
)

// Reader reads Japanese. Its zero value is ready; the dictionary is loaded at the first text with kanji, and takes
// about a hundred megabytes from then on. It is safe for concurrent use.
type Reader struct {
	once  sync.Once
	words *tokenizer.Tokenizer
	err   error
}

// Read gives text with its kanji replaced by their sound. Text without kanji comes back as it is.
func (r *Reader) Read(text string) (string, error) {
	if !strings.ContainsFunc(text, kanji) {
		return text, nil
	}
	r.once.Do(func() { r.words, r.err = tokenizer.New(ipa.Dict(), tokenizer.OmitBosEos()) })
	if r.err != nil {
		return "", fmt.Errorf("japanese dictionary: %w", r.err)
	}
	var b strings.Builder
	for _, token := range r.words.Tokenize(text) {
		if sound, ok := token.Pronunciation(); ok && sound != "" && sound != "*" && strings.ContainsFunc(token.Surface, unicode.IsLetter) {
			b.WriteString(sound)
			continue
		}
		b.WriteString(strings.Map(func(r rune) rune {
			if kanji(r) {
				return -1
			}
			return r
		}, token.Surface))
	}
	return b.String(), nil
}

func kanji(r rune) bool { return unicode.Is(unicode.Han, r) }
