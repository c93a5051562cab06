package validate

import (
	_ "embed"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/sheetreel/sheetreel/services/ingest/clean"
	"github.com/sheetreel/sheetreel/services/ingest/mapping"
)

//go:embed voices-2026-11.yaml
var voiceFile []byte

// noVoice makes a video without narration.
const noVoice = "none"

var (
	variant = regexp.MustCompile(`^(?:m[1-8]|f[1-5])$`)
	region  = regexp.MustCompile(`^(?:[a-z]{2}|[a-z]{4}|[0-9]{3})$`)
)

// voices are the speech engine's, by tag, and other words for them.
type voices struct {
	byTag map[string]bool
	tags  []string // sorted
	names choices
}

// newVoices reads the voices that are built in.
func newVoices() (voices, error) {
	names := map[string]string{}
	if err := yaml.Unmarshal(voiceFile, &names); err != nil {
		return voices{}, fmt.Errorf("voices: %w", err)
	}
	v := voices{byTag: map[string]bool{}, tags: slices.Sorted(maps.Keys(names))}
	words := map[string][]string{}
	for tag, name := range names {
		v.byTag[tag], words[tag] = true, []string{name}
	}
	v.names = newChoices(words)
	return v, nil
}

// known gives the longest tag that begins a text and is a voice. exact says that what is left out is a region, of which
// every voice of the language takes care, or nothing.
func (v voices) known(text string) (tag string, exact bool) {
	exact = true
	for tag = text; tag != ""; {
		if v.byTag[tag] || tag == "en" || tag == "fr" || tag == "zh" || tag == "no" {
			return tag, exact
		}
		cut := strings.LastIndexByte(tag, '-')
		if cut < 0 {
			break
		}
		exact = exact && region.MatchString(tag[cut+1:])
		tag = tag[:cut]
	}
	return "", false
}

// voice reads the name of a voice. An unknown one is kept, for a later engine may know it, with a warning.
func (r *reader) voice(language string) string {
	word := r.line(mapping.Voice)
	if word == "" || strings.EqualFold(word, noVoice) {
		return strings.ToLower(word)
	}
	base, kind, varied := strings.Cut(strings.ToLower(strings.ReplaceAll(word, "_", "-")), "+")
	if tag, exact := r.rules.voices.known(base); exact && (!varied || variant.MatchString(kind)) {
		return word
	} else if exact {
		r.note(mapping.Voice, "voice.variant", warning, "The voice "+quote(word)+" has no such variant; "+tag+" is used.", "Write +m1 to +m8 or +f1 to +f5 behind it.")
		return word
	} else if tag != "" {
		r.note(mapping.Voice, "voice.unknown", warning, "The voice "+quote(word)+" is not known; "+tag+" is used, which begins like it.", "Write "+tag+" to be sure.")
		return word
	}
	if tag, ok := r.rules.voices.names.match(word); ok {
		return tag
	}
	if language, ok := r.rules.languages.match(word); ok {
		if tag, _ := r.rules.voices.known(strings.ToLower(language)); tag != "" {
			return tag
		}
	}
	r.note(mapping.Voice, "voice.unknown", warning, "The voice "+quote(word)+" is not known; one is chosen by the language.", r.rules.voices.suggestion(word, language))
	return word
}

// suggestion says what may have been meant.
func (v voices) suggestion(word, language string) string {
	key := strings.ToLower(word)
	for _, tag := range v.tags {
		if len(tag) > 3 && near(key, tag) {
			return "Did you mean " + tag + "?"
		}
	}
	if tag := v.names.suggest(word); tag != "" {
		return "Did you mean " + tag + "?"
	}
	tag, _ := v.known(strings.ToLower(language))
	if tag == "" {
		tag = "en"
	}
	switch clean.Key(word) {
	case "female", "woman", "girl", "f", "weiblich", "mujer", "femme":
		return "Write " + tag + "+f2 for a woman's voice."
	case "male", "man", "boy", "m", "männlich", "hombre", "homme":
		return "Write " + tag + "+m3 for a man's voice."
	}
	return "Write a voice of espeak-ng, such as " + tag + " or " + tag + "+f2, or none for a video without a voice."
}
