package validate

import (
	"strconv"
	"strings"
	"time"
	"unicode"

	"google.golang.org/protobuf/types/known/durationpb"

	"github.com/sheetreel/sheetreel/services/ingest/mapping"
)

// ideaTexts is what the length of a narration depends on.
type ideaTexts interface {
	GetScript() string
	GetDescription() string
	GetHook() string
	GetCallToAction() string
	GetDuration() *durationpb.Duration
}

// speech is how long a text takes to say: as fast and as slowly as is still good to hear.
type speech struct {
	units                 float64 // words, or syllables where words are not separated
	fastest, middle, slow time.Duration
}

// spoken is what an idea says besides its hook and call to action.
func spoken(idea ideaTexts) string {
	if s := idea.GetScript(); s != "" {
		return s
	}
	return idea.GetDescription()
}

// speech estimates the narration of an idea.
func (r *Rules) speech(idea ideaTexts) speech {
	words, syllables := 0.0, 0.0
	for _, text := range []string{idea.GetHook(), spoken(idea), idea.GetCallToAction()} {
		w, s := countSpoken(text)
		words, syllables = words+w, syllables+s
	}
	p := r.file.Pace
	at := func(wordRate, syllableRate float64) time.Duration {
		return time.Duration((words/wordRate + syllables/syllableRate) * float64(time.Second))
	}
	return speech{
		units:   words + syllables,
		fastest: at(p.Words.Fast, p.Syllables.Fast),
		slow:    at(p.Words.Slow, p.Syllables.Slow),
		middle:  at((p.Words.Fast+p.Words.Slow)/2, (p.Syllables.Fast+p.Syllables.Slow)/2),
	}
}

// countSpoken counts words, and signs of scripts that put no spaces between words.
func countSpoken(text string) (words, signs float64) {
	for _, field := range strings.Fields(text) {
		letters := 0
		for _, c := range field {
			switch {
			case unicode.In(c, unicode.Han, unicode.Hiragana, unicode.Katakana):
				signs++
			case unicode.In(c, unicode.Thai, unicode.Lao, unicode.Khmer, unicode.Myanmar) && unicode.IsLetter(c):
				signs += 0.5
			case unicode.IsLetter(c) || unicode.IsDigit(c):
				letters++
			}
		}
		if letters > 0 {
			words++
		}
	}
	return words, signs
}

// pace warns when a script and the wanted length do not fit. Very short texts are not judged: they may be meant to
// stand alone.
func (r *reader) pace(idea ideaTexts) {
	const fewest = 10
	want, said := idea.GetDuration().AsDuration(), r.rules.speech(idea)
	if want == 0 || said.units < fewest {
		return
	}
	about := spell(said.middle.Round(time.Second))
	switch {
	case want < said.fastest:
		r.note(mapping.Duration, "duration.script", warning,
			"The text takes about "+about+" to say, but "+spell(want)+" is wanted; it would sound rushed.", "Shorten the text or write "+seconds(said.middle)+".")
	case want > said.slow:
		r.note(mapping.Duration, "duration.script", warning,
			"The text takes only about "+about+" to say, but "+spell(want)+" is wanted.", "Write more text or "+seconds(said.middle)+".")
	}
}

// seconds writes a length in the way that a duration cell takes it.
func seconds(d time.Duration) string { return strconv.Itoa(int(d.Round(time.Second).Seconds())) + "s" }
