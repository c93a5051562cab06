package plan

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/rivo/uniseg"

	"github.com/sheetreel/sheetreel/services/render/words"
)

// Sentences cuts a line into sentences by the rules of Unicode Standard Annex #29, which know the full stops of
// every script, and joins again what those rules cut after an abbreviation, an initial or an ordinal number.
// Together the sentences hold every word of the line in order.
func Sentences(line string) []string {
	var out []string
	state, rest, joined := -1, line, 0 // the bytes of line that the next sentence has so far
	for rest != "" {
		var sentence string
		sentence, rest, state = uniseg.FirstSentenceInString(rest, state)
		joined += len(sentence)
		if rest != "" && opens(line[:joined]) {
			continue
		}
		if s := strings.TrimSpace(line[:joined]); s != "" {
			out = append(out, s)
		}
		line, joined = rest, 0
	}
	return out
}

// opens tells whether a sentence goes on after its full stop.
func opens(sentence string) bool {
	// Only its end is looked at, because a sentence may be joined of thousands.
	sentence = strings.TrimRightFunc(sentence, unicode.IsSpace)
	if sentence == "" {
		return true
	}
	begin := strings.LastIndexFunc(sentence, unicode.IsSpace) + 1
	if begin > 0 {
		_, size := utf8.DecodeRuneInString(sentence[begin-1:])
		begin += size - 1
	}
	alone := strings.TrimSpace(sentence[:begin]) == ""
	last := strings.TrimLeft(sentence[begin:], "(\"'“‘«")
	stem, ok := strings.CutSuffix(last, ".")
	if !ok {
		return !words.Spoken(sentence) // a quote or bracket alone
	}
	if r, size := utf8.DecodeRuneInString(stem); size == len(stem) && unicode.IsUpper(r) && r != 'I' {
		return true // the initial of a name
	}
	if !alone && len(stem) > 0 && len(stem) <= 2 && strings.Trim(stem, "0123456789") == "" {
		return true // "am 3. Oktober"
	}
	switch strings.ToLower(stem) {
	case "mr", "mrs", "ms", "dr", "prof", "st", "no", "vs", "e.g", "i.e", "approx", "fig", "sra", "sr", "srta",
		"z.b", "bzw", "ca", "nr", "hr", "fr", "d.h", "u.a", "p.ej", "dra", "av", "m", "mme":
		return true
	}
	return false
}

// Weights of what is said in one scene, in letters (see words.Weight): about 14 letters a second.
const (
	maxScene   = 170 // longer is cut: about twelve seconds, or 220 characters of English
	calmScene  = 95  // a second sentence joins while both together stay below
	shortScene = 22  // shorter joins a neighbour whenever there is room
)

// chunks groups the sentences of all paragraphs into what is said in one scene each.
func chunks(paragraphs []string) []string {
	var parts []string
	for _, p := range paragraphs {
		for _, s := range Sentences(p) {
			parts = append(parts, split(s)...)
		}
	}
	var out []string
	for i := 0; i < len(parts); {
		scene := parts[i]
		i++
		for n := 1; i < len(parts) && fits(weight(scene), weight(parts[i]), n); i++ {
			scene = words.Join([]string{scene, parts[i]})
			n++
		}
		out = append(out, scene)
	}
	if n := len(out); n > 1 && weight(out[n-1]) < shortScene && weight(out[n-2])+weight(out[n-1]) <= maxScene {
		out = append(out[:n-2], words.Join(out[n-2:]))
	}
	return out
}

// fits tells whether one more sentence joins a scene of n.
func fits(scene, next float64, n int) bool {
	if scene < shortScene || next < shortScene/2 {
		return scene+next <= maxScene
	}
	return n < 2 && scene+next <= calmScene
}

func weight(text string) float64 {
	sum := 0.0
	for _, w := range words.Split(text) {
		sum += words.Weight(w)
	}
	return sum
}

// split cuts a sentence that is too long for one scene, into parts of about the same length, at the ends of
// clauses where there are some.
func split(sentence string) []string {
	total := weight(sentence)
	if total <= maxScene {
		return []string{sentence}
	}
	list := words.Split(sentence)
	target := total / float64(int(total/maxScene)+1)
	best, cut, sum := -1.0, 1, 0.0
	for i := 0; i < len(list)-1; i++ {
		sum += words.Weight(list[i])
		if sum > maxScene {
			break
		}
		score := 1 - min(max(sum-target, target-sum)/target, 1)
		if words.EndsClause(list[i]) {
			score += 0.5
		}
		if score > best {
			best, cut = score, i+1
		}
	}
	if cut >= len(list) {
		return []string{sentence} // one endless word
	}
	return append([]string{words.Join(list[:cut])}, split(words.Join(list[cut:]))...)
}
