// Package clean turns what people paste into cells into plain text.
//
// It is pure, and doing it twice changes nothing more: Line(Line(s)) is Line(s). What it takes out is never
// meant to be read: HTML markup, control characters, invisible characters, surplus white space. It keeps the
// joiners that emoji and Indic scripts are written with, and the marks that direct Arabic and Hebrew.
package clean

import (
	"html"
	"regexp"
	"strings"
	"unicode"

	"golang.org/x/text/cases"
	"golang.org/x/text/unicode/norm"
)

// Line gives s as one line of plain text in NFC.
func Line(s string) string {
	return strings.Join(strings.Fields(visible(s)), " ")
}

// Text gives s as plain text in NFC that keeps its lines: each is trimmed, and at most one blank line stays
// between two others.
func Text(s string) string {
	s = strings.NewReplacer("\r\n", "\n", "\r", "\n", "\u2028", "\n", "\u2029", "\n\n").Replace(s)
	var lines []string
	for line := range strings.SplitSeq(s, "\n") {
		line = Line(line)
		if line == "" && (len(lines) == 0 || lines[len(lines)-1] == "") {
			continue
		}
		lines = append(lines, line)
	}
	return strings.TrimRight(strings.Join(lines, "\n"), "\n")
}

// Key gives a form by which words are compared: NFKC, case folded, without invisible characters, and with
// `_`, `-`, `.` and white space as single spaces.
func Key(s string) string {
	s = cases.Fold().String(norm.NFKC.String(s))
	s = strings.Map(func(r rune) rune {
		switch {
		case r == '_' || r == '-' || r == '.' || unicode.IsSpace(r):
			return ' '
		case unicode.In(r, unicode.Cf, unicode.Cc, unicode.Variation_Selector):
			return -1
		}
		return r
	}, s)
	return strings.Join(strings.Fields(s), " ")
}

// visible removes control and invisible characters, and makes other white space a space.
func visible(s string) string {
	return norm.NFC.String(strings.Map(func(r rune) rune {
		switch {
		case unicode.IsSpace(r):
			return ' '
		case r == unicode.ReplacementChar:
			return -1
		case r == '\u200c' || r == '\u200d': // joiners
			return r
		case r == '\u200e' || r == '\u200f' || r == '\u061c': // marks of direction
			return r
		case unicode.In(r, unicode.Cf, unicode.Cc, unicode.Co, unicode.Cs):
			return -1
		}
		return r
	}, s))
}

// Only tags that rich text editors paste are markup; anything else between angle brackets is text.
var (
	hidden = regexp.MustCompile(`(?is)<!--.*?-->|<script\b.*?</script\s*>|<style\b.*?</style\s*>`)
	breaks = regexp.MustCompile(`(?i)<br\s*/?>|</(?:p|div|li|h[1-6]|tr)\s*>`)
	tag    = regexp.MustCompile(`(?i)</?(?:a|abbr|b|big|blockquote|br|code|div|em|font|h[1-6]|hr|i|img|li|mark|ol|p|pre|s|script|small|span|strike|strong|style|sub|sup|table|tbody|td|th|thead|tr|u|ul)(?:\s[^<>]*)?/?>`)
	entity = regexp.MustCompile(`&(?:#[0-9]{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,31});`)
)

// HTML takes HTML markup out of s: tags, comments and entities. It tells whether there was any tag or comment.
func HTML(s string) (text string, hadTags bool) {
	text = hidden.ReplaceAllString(s, " ")
	text = breaks.ReplaceAllString(text, "\n")
	text = tag.ReplaceAllString(text, "")
	hadTags = text != s
	return entity.ReplaceAllStringFunc(text, html.UnescapeString), hadTags
}
