package film

import (
	"strings"

	"golang.org/x/text/cases"
	"golang.org/x/text/language"
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
