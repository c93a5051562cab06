package plan

import (
	"strings"
	"unicode"

	storyboardv1 "github.com/sheetreel/sheetreel/gen/sheetreel/storyboard/v1"
)

// texts are the cleaned texts of an idea.
type texts struct {
	title, hook, call string
	body              []string // paragraphs
}

// scenes is the order of what is said: the hook under the title, the story, the call to action.
func (t texts) scenes(language string) []*storyboardv1.Scene {
	body := t.withoutRepeats()
	opening := t.hook
	switch {
	case opening != "":
	case len(body) > 0:
		opening, body = body[0], body[1:]
	default:
		opening = spoken(t.title)
	}
	said := append(chunks([]string{opening}), chunks(body)...)
	var out []*storyboardv1.Scene
	for i, narration := range said {
		if i == 0 {
			out = append(out, &storyboardv1.Scene{Role: storyboardv1.Scene_HOOK, Headline: t.headline(language), Narration: narration})
			continue
		}
		out = append(out, &storyboardv1.Scene{Role: storyboardv1.Scene_BODY, Headline: headline(narration, language), Narration: narration})
	}
	if t.call != "" {
		for i, narration := range chunks([]string{t.call}) {
			s := &storyboardv1.Scene{Role: storyboardv1.Scene_CALL_TO_ACTION, Headline: headline(narration, language), Narration: narration}
			if i > 0 {
				s.Headline = ""
			}
			out = append(out, s)
		}
	}
	return out
}

// headline is the big text of the first scene.
func (t texts) headline(language string) string {
	if t.title == "" {
		return headline(t.first(), language)
	}
	return emphasise(t.title, language)
}

// plainTitle names the video, without marks of emphasis.
func (t texts) plainTitle(language string) string {
	if t.title == "" {
		return strings.ReplaceAll(headline(t.first(), language), "*", "")
	}
	return strings.ReplaceAll(t.title, "*", "")
}

// first is what is said first.
func (t texts) first() string {
	if t.hook != "" {
		return t.hook
	}
	return Sentences(t.body[0])[0]
}

// withoutRepeats is the body without a beginning that repeats the hook and an end that repeats the call to
// action: many scripts hold both.
func (t texts) withoutRepeats() []string {
	var all []string
	for _, p := range t.body {
		all = append(all, Sentences(p)...)
	}
	if len(all) > 0 && t.hook != "" && same(all[0], t.hook) {
		all = all[1:]
	}
	if n := len(all); n > 0 && t.call != "" && same(all[n-1], t.call) {
		all = all[:n-1]
	}
	return all
}

// same compares texts by their letters and digits alone.
func same(a, b string) bool {
	return bare(a) == bare(b) && bare(a) != ""
}

func bare(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsDigit(r) || unicode.IsMark(r) {
			return unicode.ToLower(r)
		}
		return -1
	}, s)
}
