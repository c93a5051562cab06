package reportcsv

import "strings"

// Cell makes a text safe: formulas begin with = + - or @, and some programs look for them behind white space.
func Cell(text string) string {
	if strings.HasPrefix(text, "\t") || strings.HasPrefix(text, "\r") {
		return "'" + text
	}
	if trimmed := strings.TrimLeft(text, " \n\u00a0\ufeff"); trimmed != "" && strings.ContainsRune("=+-@\t\r＝＋－＠", []rune(trimmed)[0]) {
		return "'" + text
	}
	return text
}
