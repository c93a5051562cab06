// Package hero finds the emoji that illustrates a text, by a list of topics and the words that call for them in the
// most common languages. It is pure: the same text always gives the same emoji.
package hero

import (
	"bytes"
	_ "embed"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"

	"go.yaml.in/yaml/v3"
)

//go:embed topics.yaml
var topics []byte

// longest is how many words, or characters of a script without spaces, a keyword has at most.
const longest = 10

// Book is the list of topics. It is safe for concurrent use.
type Book struct {
	emoji  []string       // in the order of the list
	weight []float64      // of each emoji
	words  map[string]int // keyword to its emoji
}

// Default is the list that Sheetreel comes with. It is read once and never changes.
var Default = sync.OnceValue(func() *Book {
	book, err := Read(topics)
	if err != nil {
		panic(err) // a test reads it too
	}
	return book
})

// Read reads a list of topics: under `things` and `ideas`, an emoji and its keywords, separated by commas, on each line
// of YAML.
func Read(text []byte) (*Book, error) {
	var lists struct{ Things, Ideas yaml.Node }
	decoder := yaml.NewDecoder(bytes.NewReader(text))
	decoder.KnownFields(true)
	if err := decoder.Decode(&lists); err != nil {
		return nil, fmt.Errorf("topics: %w", err)
	}
	b := &Book{words: map[string]int{}}
	for _, part := range []struct {
		list   yaml.Node
		weight float64
	}{{lists.Things, 1}, {lists.Ideas, 0.35}} {
		if part.list.Kind != yaml.MappingNode {
			return nil, errors.New("topics: things and ideas must be there")
		}
		for i := 0; i+1 < len(part.list.Content); i += 2 {
			if err := b.add(part.list.Content[i].Value, part.list.Content[i+1].Value, part.weight); err != nil {
				return nil, fmt.Errorf("topics: %w", err)
			}
		}
	}
	return b, nil
}

func (b *Book) add(emoji, keywords string, weight float64) error {
	if slices.Contains(b.emoji, emoji) {
		return fmt.Errorf("%s: is there twice", emoji)
	}
	for word := range strings.SplitSeq(keywords, ",") {
		word = strings.TrimSpace(word)
		if word == "" || word != strings.ToLower(word) {
			return fmt.Errorf("%s: keyword %q must be in lower case", emoji, word)
		}
		if first, ok := b.words[word]; ok {
			return fmt.Errorf("%s: keyword %q is also that of %s", emoji, word, b.emoji[first])
		}
		b.words[word] = len(b.emoji)
	}
	b.emoji, b.weight = append(b.emoji, emoji), append(b.weight, weight)
	return nil
}

// Emoji are all that the list can give, in its order.
func (b *Book) Emoji() []string { return slices.Clone(b.emoji) }

// Text is something that a picture is about.
type Text struct {
	Words string
	// Weight is how much it says about the picture.
	Weight float64
}

// Find gives the emoji that the texts call for most, or "". Those that are taken count less, so that the scenes of a
// video differ.
func (b *Book) Find(taken map[string]bool, texts ...Text) string {
	score := make([]float64, len(b.emoji))
	for _, t := range texts {
		for _, m := range b.matches(t.Words) {
			// What is named first is mostly the subject.
			score[m.emoji] += t.Weight * m.weight * b.weight[m.emoji] / (1 + 0.08*float64(m.at))
		}
	}
	best, found := 0.0, ""
	for i, s := range score {
		if taken[b.emoji[i]] {
			s *= 0.3
		}
		if s > best {
			best, found = s, b.emoji[i]
		}
	}
	return found
}

// match is a keyword in a text.
type match struct {
	emoji, at int
	weight    float64
}

func (b *Book) matches(text string) []match {
	var out []match
	fields := strings.FieldsFunc(strings.ToLower(text), func(r rune) bool { return unicode.IsSpace(r) || strings.ContainsRune("*/—–", r) })
	for i := range fields {
		fields[i] = strings.TrimFunc(fields[i], func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) && !unicode.IsMark(r) })
	}
	for i := 0; i < len(fields); i++ {
		if strings.ContainsFunc(fields[i], unspaced) {
			out = append(out, b.inside(fields[i], i)...)
			continue
		}
		for n := min(3, len(fields)-i); n > 0; n-- {
			if e, ok := b.word(strings.Join(fields[i:i+n], " ")); ok {
				out = append(out, match{e, i, float64(n)})
				i += n - 1
				break
			}
		}
	}
	return out
}

// word looks a word or phrase up, in the singular too.
func (b *Book) word(word string) (int, bool) {
	if e, ok := b.words[word]; ok {
		return e, true
	}
	for _, s := range stems(word) {
		if e, ok := b.words[s]; ok {
			return e, true
		}
	}
	return 0, false
}

// stems are what a word may come from. Guessing is fine: what is no keyword is not found.
func stems(word string) []string {
	var out []string
	word = strings.ReplaceAll(word, "’", "'")
	if before, after, ok := strings.Cut(word, "'"); ok {
		if utf8.RuneCountInString(before) <= 2 {
			word = after // l'eau, d'argent
		} else {
			word = before // the dog's
		}
		out = append(out, word)
	}
	if r, _ := utf8.DecodeRuneInString(word); unicode.Is(unicode.Hangul, r) {
		for i := range word { // particles follow the word
			if i > len("가") {
				out = append([]string{word[:i]}, out...)
			}
		}
		return out
	}
	if r, _ := utf8.DecodeRuneInString(word); unicode.Is(unicode.Arabic, r) {
		if rest, ok := strings.CutPrefix(word, "ال"); ok {
			out = append(out, rest)
		}
		return out
	}
	for _, end := range []string{"s", "es", "n", "en", "e"} {
		if stem, ok := strings.CutSuffix(word, end); ok && utf8.RuneCountInString(stem) >= 3 {
			out = append(out, stem)
		}
	}
	if stem, ok := strings.CutSuffix(word, "ies"); ok && len(stem) >= 2 {
		out = append(out, stem+"y")
	}
	return out
}

// inside finds the keywords of a run without spaces, the longest first.
func (b *Book) inside(run string, at int) []match {
	var out []match
	runes := []rune(run)
	for i := 0; i < len(runes); {
		n := min(longest, len(runes)-i)
		for ; n > 0; n-- {
			if e, ok := b.words[string(runes[i:i+n])]; ok && whole(runes, i, i+n) {
				out = append(out, match{e, at + i/3, 1})
				break
			}
		}
		i += max(n, 1)
	}
	return out
}

// whole tells whether a keyword in a run stands for itself. A single ideograph inside others is a part of another
// word, and so is katakana inside katakana.
func whole(run []rune, from, to int) bool {
	before, after := rune(0), rune(0)
	if from > 0 {
		before = run[from-1]
	}
	if to < len(run) {
		after = run[to]
	}
	first, last := run[from], run[to-1]
	switch {
	case to-from == 1 && unicode.Is(unicode.Han, first):
		return !unicode.Is(unicode.Han, before) && !unicode.Is(unicode.Han, after)
	case katakana(first) && katakana(before), katakana(last) && katakana(after):
		return false
	case latin(first) && latin(before), latin(last) && latin(after):
		return false
	}
	return true
}

func katakana(r rune) bool { return unicode.Is(unicode.Katakana, r) || r == 'ー' }
func latin(r rune) bool    { return unicode.Is(unicode.Latin, r) || unicode.IsDigit(r) }

// unspaced tells whether r is of a script that puts no spaces between words.
func unspaced(r rune) bool {
	return unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Thai, unicode.Lao, unicode.Khmer, unicode.Myanmar)
}
