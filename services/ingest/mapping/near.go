package mapping

// Near tells whether one edit turns a into b: a letter replaced, left out, put in, or two neighbours swapped
// (restricted Damerau-Levenshtein distance 1).
func Near(a, b string) bool {
	s, t := []rune(a), []rune(b)
	if len(s) > len(t) {
		s, t = t, s
	}
	if len(t)-len(s) > 1 {
		return false
	}
	i := 0
	for i < len(s) && s[i] == t[i] {
		i++
	}
	if len(s) < len(t) {
		return equal(s[i:], t[i+1:])
	}
	if i == len(s) {
		return false // the same word
	}
	if equal(s[i+1:], t[i+1:]) {
		return true
	}
	return i+1 < len(s) && s[i] == t[i+1] && s[i+1] == t[i] && equal(s[i+2:], t[i+2:])
}

func equal(a, b []rune) bool { return string(a) == string(b) }
