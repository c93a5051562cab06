package film

import (
	"strings"
	"unicode/utf8"

	"golang.org/x/text/cases"
	"golang.org/x/text/language"

	"github.com/sheetreel/sheetreel/services/render/words"
)

// emphasis takes the asterisks out of a headline: "a *b* c" is "a b c" with "b" emphasised. An asterisk without a
// partner stays.
func emphasis(headline string) (text string, strong []bool) {
	var b strings.Builder
	on := false
	for rest := headline; rest != ""; {
		i := strings.IndexByte(rest, '*')
		if i < 0 || !on && strings.IndexByte(rest[i+1:], '*') < 0 {
			i = len(rest)
		}
		for _, r := range rest[:i] {
			b.WriteRune(r)
			strong = append(strong, on)
		}
		if i == len(rest) {
			break
		}
		rest, on = rest[i+1:], !on
	}
	return b.String(), strong
}

// upper is text in capitals by the rules of a language.
func upper(text, lang string) string {
	return cases.Upper(language.Make(lang)).String(text)
}

// glue keeps the characters of a word together in scripts without spaces, where a line may break anywhere, by word
// joiners between them. Asterisks stay where they are.
func glue(text string) string {
	var b strings.Builder
	for i, part := range strings.Split(text, "*") {
		if i > 0 {
			b.WriteByte('*')
		}
		glueWords(&b, part)
	}
	return b.String()
}

const wordJoiner = '\u2060'

func glueWords(b *strings.Builder, text string) {
	for _, word := range words.Split(text) {
		// What stands before the word is space.
		at := strings.Index(text, word)
		if at < 0 {
			break
		}
		b.WriteString(text[:at])
		text = text[at+len(word):]
		last := rune(0)
		for _, r := range word {
			if last != 0 && !words.Spaced(string(last), string(r)) && utf8.RuneLen(r) > 1 {
				b.WriteRune(wordJoiner)
			}
			b.WriteRune(r)
			last = r
		}
	}
	b.WriteString(text)
}
