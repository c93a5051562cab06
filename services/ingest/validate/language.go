package validate

import (
	"unicode"

	"golang.org/x/text/language"
	"golang.org/x/text/language/display"

	ingestv1 "github.com/sheetreel/sheetreel/gen/sheetreel/ingest/v1"
	"github.com/sheetreel/sheetreel/services/ingest/clean"
	"github.com/sheetreel/sheetreel/services/ingest/mapping"
)

const (
	defaultLanguage = "en"
	guessLetters    = 500 // so many letters are looked at to guess a language
)

// newLanguages knows languages by their names: in English, in the language itself, and the given ones.
func newLanguages(aliases map[string][]string) choices {
	c := newChoices(aliases)
	english := display.English.Tags()
	for _, tag := range display.Supported.Tags() {
		if tag == language.Und {
			continue
		}
		for _, name := range []string{english.Name(tag), display.Self.Name(tag)} {
			if key := clean.Key(name); key != "" {
				if _, taken := c.byKey[key]; !taken {
					c.byKey[key] = tag.String()
				}
			}
		}
	}
	return c
}

// language reads the language as a BCP 47 tag. Without one it goes by the letters of the script.
func (r *reader) language(idea *ingestv1.Idea) string {
	word := r.line(mapping.Language)
	if word == "" {
		tag := guess(idea.GetTitle() + idea.GetScript() + idea.GetDescription())
		if tag != defaultLanguage {
			r.note(mapping.Language, "language.guessed", warning, "There is no language; the letters look like "+nameOf(tag)+".", "Write "+tag+" to be sure.")
		}
		return tag
	}
	// Tags come first: `ga` is the tag of Irish and the name of another language.
	if tag, err := language.Parse(word); err == nil && tag != language.Und {
		return tag.String()
	}
	if name, ok := r.rules.languages.match(word); ok {
		return name
	}
	suggestion := "Write a tag such as en, es or pt-BR."
	if near := r.rules.languages.suggest(word); near != "" {
		if r.mends() {
			r.fixed(mapping.Language, "language.unknown", "The language is not known.", word, near)
			return near
		}
		suggestion = "Write " + near + " for " + nameOf(near) + "."
	}
	r.note(mapping.Language, "language.unknown", failure, "The language "+quote(word)+" is not known.", suggestion)
	return ""
}

// nameOf is a language's name in English.
func nameOf(tag string) string {
	parsed, err := language.Parse(tag)
	if err != nil {
		return tag
	}
	return display.English.Tags().Name(parsed)
}

// guess gives the commonest language of the letters that most of s is written with. Latin letters are English.
func guess(s string) string {
	scripts := []struct {
		letters *unicode.RangeTable
		tag     string
	}{
		{unicode.Hangul, "ko"},
		{unicode.Han, "zh"},
		{unicode.Arabic, "ar"},
		{unicode.Devanagari, "hi"},
		{unicode.Cyrillic, "ru"},
		{unicode.Greek, "el"},
		{unicode.Hebrew, "he"},
		{unicode.Thai, "th"},
		{unicode.Bengali, "bn"},
		{unicode.Tamil, "ta"},
		{unicode.Telugu, "te"},
		{unicode.Georgian, "ka"},
	}
	counts := make([]int, len(scripts))
	letters, kana := 0, 0
	for _, c := range s {
		if !unicode.IsLetter(c) {
			continue
		}
		if letters++; letters > guessLetters {
			break
		}
		if unicode.In(c, unicode.Hiragana, unicode.Katakana) {
			kana++
		}
		for i := range scripts {
			if unicode.Is(scripts[i].letters, c) {
				counts[i]++
			}
		}
	}
	for i, count := range counts {
		if scripts[i].letters == unicode.Han && kana > 0 && 2*(count+kana) > letters {
			return "ja" // Chinese has no kana
		}
		if 2*count > letters {
			return scripts[i].tag
		}
	}
	return defaultLanguage
}
