package plan

import (
	"strings"
	"unicode"
)

// clean makes one line of plain text: valid UTF-8, single spaces, no control or invisible characters.
func clean(text string) string {
	text = strings.Map(func(r rune) rune {
		switch {
		case unicode.IsSpace(r) || r == '\u2028' || r == '\u2029':
			return ' '
		case unicode.IsControl(r), invisible(r), r == unicode.ReplacementChar:
			return -1
		}
		return r
	}, strings.ToValidUTF8(text, " "))
	return strings.Join(strings.Fields(text), " ")
}

// invisible tells whether r only hides or reorders its neighbours. The joiners U+200C and U+200D stay: Indic
// scripts, Persian and emoji need them.
func invisible(r rune) bool {
	return r == '\u200b' || r == '\ufeff' || r == '\u00ad' || r >= '\u202a' && r <= '\u202e' ||
		r >= '\u2060' && r <= '\u206f' || r >= 0xe0000 && r <= 0xe007f || unicode.Is(unicode.Co, r)
}

// spoken is clean text without the asterisks of emphasis, which nobody wants to hear.
func spoken(text string) string {
	return clean(strings.ReplaceAll(text, "*", ""))
}

// paragraphs cuts text at its line breaks, cleans each line and takes bullets off.
func paragraphs(text string) []string {
	var out []string
	for line := range strings.FieldsFuncSeq(text, func(r rune) bool { return strings.ContainsRune("\n\r\u2028\u2029", r) }) {
		line = strings.TrimSpace(strings.TrimLeft(spoken(line), "-–—•‣▪◦·# "))
		if line != "" {
			out = append(out, line)
		}
	}
	return out
}
