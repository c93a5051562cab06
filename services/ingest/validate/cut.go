package validate

import "strings"

// cutAtWord shortens a text to at most so many characters, at the end of a word when there is one in the last third.
func cutAtWord(text string, most int) string {
	letters := []rune(text)
	if len(letters) <= most {
		return text
	}
	for i := most; i > most*2/3; i-- {
		if letters[i] == ' ' || letters[i] == '\n' {
			return strings.TrimRight(string(letters[:i]), " \n,;:-–—")
		}
	}
	return string(letters[:most])
}

// lastWords is the end of a text, to show where it was cut.
func lastWords(text string) string {
	const most = 30
	letters := []rune(text)
	if len(letters) <= most {
		return text
	}
	return "…" + string(letters[len(letters)-most:])
}
