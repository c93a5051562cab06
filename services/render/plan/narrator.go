package plan

import (
	"strings"
	"time"
	"unicode"

	storyboardv1 "github.com/sheetreel/sheetreel/gen/sheetreel/storyboard/v1"
	"github.com/sheetreel/sheetreel/services/render/speech"
	"github.com/sheetreel/sheetreel/services/render/words"
)

const (
	defaultLanguage = "en"

	// A pace outside of these bounds sounds rushed or sleepy, so a wanted length is not forced beyond them.
	defaultPace, slowest, fastest = 165, 130, 200
)

// narrator is who speaks. The voice `none` makes a video without voice.
func narrator(voice, language string, pace int) *storyboardv1.Narrator {
	voice = clean(voice)
	switch {
	case strings.EqualFold(voice, "none"):
		voice = ""
	case voice == "":
		voice = speech.AnyVoice
	}
	return &storyboardv1.Narrator{Voice: voice, Language: language, WordsPerMinute: int32(pace)}
}

// languageOf is the idea's language, else what its script gives away, else English.
func languageOf(tag string, t texts) string {
	tag = strings.ReplaceAll(clean(tag), "_", "-")
	if tag != "" {
		return tag
	}
	text := t.title + t.hook + strings.Join(plain(t.body), "")
	for _, guess := range []struct {
		language string
		script   *unicode.RangeTable
	}{
		{"ja", unicode.Hiragana},
		{"ja", unicode.Katakana},
		{"ko", unicode.Hangul},
		{"zh", unicode.Han},
		{"ar", unicode.Arabic},
		{"hi", unicode.Devanagari},
		{"ru", unicode.Cyrillic},
		{"th", unicode.Thai},
		{"el", unicode.Greek},
		{"he", unicode.Hebrew},
		{"bn", unicode.Bengali},
		{"ta", unicode.Tamil},
	} {
		if mostly(text, guess.script) {
			return guess.language
		}
	}
	return defaultLanguage
}

// mostly tells whether a fifth of the letters of text are of a script: other scripts lend words to it.
func mostly(text string, script *unicode.RangeTable) bool {
	letters, hits := 0, 0
	for _, r := range text {
		if unicode.IsLetter(r) {
			letters++
		}
		if unicode.Is(script, r) {
			hits++
		}
	}
	return hits > 0 && hits*5 >= letters
}

// paceFor is the pace in words a minute that brings the scenes nearest to a wanted length.
func paceFor(scenes []*storyboardv1.Scene, wanted time.Duration) int {
	if wanted <= 0 {
		return defaultPace
	}
	atDefault, rest := 0.0, 0.0
	for _, s := range scenes {
		rest += (leadIn(s) + tail(s)).Seconds()
		list := words.Split(s.GetNarration())
		for i, word := range list {
			atDefault += words.Seconds(word, defaultPace)
			if i < len(list)-1 {
				rest += words.Pause(word)
			}
		}
	}
	left := wanted.Seconds() - rest
	if left <= 0 {
		return fastest
	}
	return int(min(max(atDefault*defaultPace/left, slowest), fastest))
}
