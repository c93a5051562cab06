package validate

import (
	"bytes"
	_ "embed"
	"fmt"
	"maps"
	"slices"
	"time"

	"go.yaml.in/yaml/v3"

	ingestv1 "github.com/sheetreel/sheetreel/gen/sheetreel/ingest/v1"
	"github.com/sheetreel/sheetreel/services/ingest/clean"
)

//go:embed rules-2026-11.yaml
var builtIn []byte

// Rules are what rows are checked against. They are read-only and may be shared.
type Rules struct {
	file       ruleFile
	styles     choices
	ratios     choices
	priorities choices
	platforms  choices
	languages  choices
	flags      choices
	gates      choices
	voices     voices
}

// ruleFile is the form of the data file.
type ruleFile struct {
	MaxLength    map[string]int `yaml:"max_length"` // in characters
	MaxTags      int            `yaml:"max_tags"`
	MaxPlatforms int            `yaml:"max_platforms"`
	MaxVariables int            `yaml:"max_variables"`
	Duration     struct {
		Shortest time.Duration `yaml:"shortest"`
		Longest  time.Duration `yaml:"longest"`
	} `yaml:"duration"`
	LongestWait        time.Duration       `yaml:"longest_wait"` // until a start that is no mistake
	Assets             assetRules          `yaml:"assets"`
	Styles             []string            `yaml:"styles"`
	DefaultStyle       string              `yaml:"default_style"`
	AspectRatios       map[string][]string `yaml:"aspect_ratios"`
	DefaultAspectRatio string              `yaml:"default_aspect_ratio"`
	Priorities         map[string][]string `yaml:"priorities"`
	Platforms          map[string]platform `yaml:"platforms"`
	Languages          map[string][]string `yaml:"languages"`
	Flags              map[string][]string `yaml:"flags"`
	Gates              []string            `yaml:"gates"`
	Pace               struct {
		Words     rates `yaml:"words"`
		Syllables rates `yaml:"syllables"`
	} `yaml:"pace"` // a second
}

// rates are the bounds within which speech is good to hear.
type rates struct {
	Slow float64 `yaml:"slow"`
	Fast float64 `yaml:"fast"`
}

// platform is what is known about a place where videos go.
type platform struct {
	Aliases          []string      `yaml:"aliases"`
	AspectRatios     []string      `yaml:"aspect_ratios"`      // the first is the default
	Longest          time.Duration `yaml:"longest"`            // 0: not known
	MaxTagCharacters int           `yaml:"max_tag_characters"` // of all tags together; 0: not known

	MaxDescriptionBytes int `yaml:"max_description_bytes"` // 0: not known
	MaxCaption          int `yaml:"max_caption"`           // in UTF-16 units, as platforms count; 0: not known
}

// Load reads the rules that are built in.
func Load() (*Rules, error) {
	r := &Rules{}
	decoder := yaml.NewDecoder(bytes.NewReader(builtIn))
	decoder.KnownFields(true)
	if err := decoder.Decode(&r.file); err != nil {
		return nil, fmt.Errorf("validation rules: %w", err)
	}
	names := map[string][]string{}
	for _, style := range r.file.Styles {
		names[style] = nil
	}
	r.styles = newChoices(names)
	r.ratios = newChoices(r.file.AspectRatios)
	r.priorities = newChoices(r.file.Priorities)
	names = map[string][]string{}
	for name, p := range r.file.Platforms {
		names[name] = p.Aliases
		for _, ratio := range p.AspectRatios {
			if _, ok := r.file.AspectRatios[ratio]; !ok {
				return nil, fmt.Errorf("validation rules: platform %s has an unknown aspect ratio %s", name, ratio)
			}
		}
	}
	r.platforms = newChoices(names)
	r.languages = newLanguages(r.file.Languages)
	r.flags = newChoices(r.file.Flags)
	var err error
	if r.voices, err = newVoices(); err != nil {
		return nil, err
	}
	r.gates = newChoices(map[string][]string{"gate": r.file.Gates})
	for _, pace := range []rates{r.file.Pace.Words, r.file.Pace.Syllables} {
		if pace.Slow <= 0 || pace.Fast < pace.Slow {
			return nil, fmt.Errorf("validation rules: the pace %v is no range", pace)
		}
	}
	for name := range r.file.Priorities {
		if priorityOf(name) == ingestv1.Priority_PRIORITY_UNSPECIFIED {
			return nil, fmt.Errorf("validation rules: %q is no priority", name)
		}
	}
	return r, nil
}

// choices are a closed set of names with other words for them.
type choices struct {
	byKey map[string]string
	names []string // sorted
}

func newChoices(aliases map[string][]string) choices {
	c := choices{byKey: map[string]string{}, names: slices.Sorted(maps.Keys(aliases))}
	for _, name := range c.names {
		for _, alias := range aliases[name] {
			c.byKey[clean.Key(alias)] = name
		}
	}
	for _, name := range c.names { // a name is never another one's alias
		c.byKey[clean.Key(name)] = name
	}
	return c
}

// match gives the name that a word stands for.
func (c choices) match(word string) (string, bool) {
	name, ok := c.byKey[clean.Key(word)]
	return name, ok
}

// suggest gives the name that a misspelt word may have been meant for, else "".
func (c choices) suggest(word string) string {
	key := clean.Key(word)
	for _, known := range slices.Sorted(maps.Keys(c.byKey)) {
		if len(known) > 3 && near(key, known) {
			return c.byKey[known]
		}
	}
	return ""
}
