package plan

import (
	"strings"
	"unicode"

	storyboardv1 "github.com/sheetreel/sheetreel/gen/sheetreel/storyboard/v1"
)

// texts are the cleaned texts of an idea.
type texts struct {
	title, hook, call string
	body              []paragraph
}

// scenes is the order of what is said: the hook under the title, the story, the call to action.
func (t texts) scenes(template, language string) []*storyboardv1.Scene {
	if template == Quote && len(t.body) > 0 && t.hook == "" {
		return t.quoteScenes(language)
	}
	body := t.withoutRepeats()
	opening := t.hook
	switch {
	case opening != "":
	case len(body) > 0 && body[0].figure == "":
		opening, body = body[0].text, body[1:]
	default:
		opening = spoken(t.title)
	}
	var said []paragraph
	if opening != "" {
		said = unnumbered(chunks([]string{opening}))
	}
	for len(body) > 0 { // what belongs to one point stays together
		n := 1
		for n < len(body) && body[n].figure == body[0].figure {
			n++
		}
		for _, narration := range chunks(plain(body[:n])) {
			said = append(said, paragraph{narration, body[0].figure})
		}
		body = body[n:]
	}
	if len(said) == 0 {
		return nil
	}
	var out []*storyboardv1.Scene
	for i, p := range said {
		s := &storyboardv1.Scene{Role: storyboardv1.Scene_BODY, Headline: headline(p.text, language), Narration: p.text}
		if i == 0 {
			s.Role, s.Headline = storyboardv1.Scene_HOOK, t.headline(language)
		}
		if template == Quote {
			s.Headline = p.text
		}
		if template == Listicle {
			s.Figure = p.figure
		}
		out = append(out, s)
	}
	return append(out, t.callScenes(language)...)
}

// quoteScenes shows the words themselves, large, and then who said them.
func (t texts) quoteScenes(language string) []*storyboardv1.Scene {
	said, who := plain(t.body), ""
	if t.quoted() {
		var quote string
		quote, who = attribution(t.body)
		said = []string{quote}
	}
	var out []*storyboardv1.Scene
	for _, narration := range chunks(said) {
		out = append(out, &storyboardv1.Scene{Role: storyboardv1.Scene_BODY, Headline: narration, Narration: narration})
	}
	if len(out) == 0 {
		return nil
	}
	out[0].Role = storyboardv1.Scene_HOOK
	if who != "" {
		out = append(out, &storyboardv1.Scene{Role: storyboardv1.Scene_BODY, Headline: "— " + who, Narration: who})
	}
	return append(out, t.callScenes(language)...)
}

// callScenes end the video.
func (t texts) callScenes(language string) []*storyboardv1.Scene {
	var out []*storyboardv1.Scene
	for i, narration := range chunks([]string{t.call}) {
		s := &storyboardv1.Scene{Role: storyboardv1.Scene_CALL_TO_ACTION, Narration: narration}
		if i == 0 {
			s.Headline = headline(narration, language)
		}
		out = append(out, s)
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
		return spoken(headline(t.first(), language))
	}
	return spoken(t.title)
}

// first is what is said first.
func (t texts) first() string {
	if t.hook != "" {
		return t.hook
	}
	return Sentences(t.body[0].text)[0]
}

// withoutRepeats is the body without a beginning that repeats the hook and an end that repeats the call to
// action: many scripts hold both.
func (t texts) withoutRepeats() []paragraph {
	var all []paragraph
	for _, p := range t.body {
		for _, sentence := range Sentences(p.text) {
			all = append(all, paragraph{sentence, p.figure})
		}
	}
	if len(all) > 0 && t.hook != "" && same(all[0].text, t.hook) {
		all = all[1:]
	}
	if n := len(all); n > 0 && t.call != "" && same(all[n-1].text, t.call) {
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
