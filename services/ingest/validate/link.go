package validate

import (
	"errors"
	"strings"
	"unicode"

	"github.com/sheetreel/sheetreel/kit/safehttp"
)

// splitLinks cuts a cell into its links: by white space, bars and line breaks, and by commas and semicolons that are
// no part of a link, because another link or nothing follows them.
func splitLinks(text string) []string {
	var words []string
	for _, part := range strings.FieldsFunc(text, func(c rune) bool {
		return c == '|' || c == '\u200b' || c == '\ufeff' || unicode.IsSpace(c) || unicode.IsControl(c)
	}) {
		for part != "" {
			end := len(part)
			for i := range part {
				if (part[i] == ',' || part[i] == ';') && looksLikeLink(part[i+1:]) {
					end = i
					break
				}
			}
			if word := strings.Trim(part[:end], ",;<>\"'"); word != "" {
				words = append(words, word)
			}
			part = strings.TrimLeft(part[end:], ",;")
		}
	}
	return words
}

// longestLink is in bytes, as it is written in full.
const longestLink = 2048

// looksLikeLink tells whether a text begins as a link does.
func looksLikeLink(text string) bool {
	scheme, _, found := strings.Cut(text, "://")
	if !found {
		return strings.HasPrefix(strings.ToLower(text), "www.")
	}
	for _, c := range scheme {
		if c > unicode.MaxASCII || !unicode.IsLetter(c) {
			return false
		}
	}
	return scheme != ""
}

// checkLink says what is wrong with a link, and how to mend it; the problem is empty when nothing is.
func checkLink(word string) (link, problem, suggestion string) {
	const example = "Write a public link such as https://example.com/tea.jpg."
	if !looksLikeLink(word) {
		return "", "does not begin with https://", example
	}
	if strings.HasPrefix(strings.ToLower(word), "www.") {
		return "", "does not begin with https://", "Write https://" + word + "."
	}
	plain, _, _ := strings.Cut(word, "#") // what follows is for browsers
	u, err := safehttp.Policy{}.CheckURL(plain)
	var refused *safehttp.RefusedError
	switch {
	case err == nil && len(u.String()) > longestLink:
		return "", "is too long", example
	case err == nil:
		return u.String(), "", ""
	case strings.HasPrefix(strings.ToLower(word), "http://"):
		return "", "begins with http:// and not with https://", "Write it with https://."
	case errors.As(err, &refused) && refused.What == "url":
		return "", refused.Why, example
	case errors.As(err, &refused):
		return "", "leads to " + refused.What + ", which " + refused.Why, "Write a link that everybody can open."
	}
	return "", "cannot be read", example
}
