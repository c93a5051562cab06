package mapping

import (
	_ "embed"
	"fmt"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/sheetreel/sheetreel/services/ingest/clean"
)

// Field is a canonical field of an idea, named as in sheetreel.ingest.v1.Idea.
type Field string

// The canonical fields.
const (
	ID             Field = "id"
	Title          Field = "title"
	Script         Field = "script"
	Description    Field = "description"
	Hook           Field = "hook"
	CallToAction   Field = "call_to_action"
	Language       Field = "language"
	Voice          Field = "voice"
	Style          Field = "style"
	AspectRatio    Field = "aspect_ratio"
	Duration       Field = "duration"
	Platforms      Field = "platforms"
	Tags           Field = "tags"
	TargetAudience Field = "target_audience"
	Tone           Field = "tone"
	Priority       Field = "priority"
	Scenes         Field = "scenes"
	Caption        Field = "caption"
	NotBeforeTime  Field = "not_before_time"
	DueTime        Field = "due_time"
	PublishTime    Field = "publish_time"
	Images         Field = "images"
	Videos         Field = "videos"
	Audio          Field = "audio"
	Logo           Field = "logo"
	Thumbnail      Field = "thumbnail"
)

// Fields lists the canonical fields in the order of an idea.
func Fields() []Field {
	return []Field{
		ID, Title, Script, Description, Hook, CallToAction, Language, Voice, Style, AspectRatio, Duration,
		Platforms, Tags, TargetAudience, Tone, Priority, Scenes, Caption, NotBeforeTime, DueTime, PublishTime,
		Images, Videos, Audio, Logo, Thumbnail,
	}
}

//go:embed columns-2026-11.yaml
var columns []byte

// Catalog knows which headers mean which field. It is read-only and may be shared.
type Catalog struct {
	byKey   map[string]Field
	keys    []string // sorted, so that suggestions do not depend on the order of a map
	formats map[Format]map[Field]bool
}

// Load reads the catalog that is built in.
func Load() (*Catalog, error) {
	aliases := map[Field][]string{}
	if err := yaml.Unmarshal(columns, &aliases); err != nil {
		return nil, fmt.Errorf("column aliases: %w", err)
	}
	c := &Catalog{byKey: map[string]Field{}}
	for _, field := range Fields() {
		for _, alias := range append([]string{string(field)}, aliases[field]...) {
			key := compact(alias)
			if other, taken := c.byKey[key]; taken && other != field {
				return nil, fmt.Errorf("column aliases: %q means both %s and %s", alias, other, field)
			}
			c.byKey[key] = field
		}
		delete(aliases, field)
	}
	for field := range aliases {
		return nil, fmt.Errorf("column aliases: %q is no field", field)
	}
	for key := range c.byKey {
		c.keys = append(c.keys, key)
	}
	slices.Sort(c.keys)
	var err error
	c.formats, err = loadFormats()
	return c, err
}

// Match gives the field that a header means, by its name or an alias. The columns scene_1, scene 2, ... are
// fields of their own, and so are scene 1 image, scene 1 video and scene 1 audio.
func (c *Catalog) Match(header string) (Field, bool) {
	key := compact(header)
	if field, ok := c.byKey[key]; ok {
		return field, true
	}
	if n, ok := sceneNumber(key); ok {
		return SceneField(n), true
	}
	return sceneAsset(key, func(word string) (Field, bool) {
		field, ok := c.byKey[word]
		return field, ok
	})
}

// shortestGuess is the fewest letters of a name that is suggested: shorter words are all alike, as done and tone.
const shortestGuess = 5

// Suggest gives the field that a header may have been meant for: one letter is wrong, missing, too many, or two
// neighbours are swapped. It gives nothing for a header that matches, or that is near to two fields.
func (c *Catalog) Suggest(header string) (Field, bool) {
	key := compact(header)
	if _, exact := c.Match(header); exact {
		return "", false
	}
	var found Field
	for _, known := range c.keys {
		if len([]rune(known)) < shortestGuess || !Near(key, known) {
			continue
		}
		if field := c.byKey[known]; found == "" {
			found = field
		} else if found != field {
			return "", false
		}
	}
	return found, found != ""
}

// compact is the form in which headers are compared. Marks that forms put behind a name do not count.
func compact(header string) string {
	key := strings.ReplaceAll(clean.Key(header), " ", "")
	if trimmed := strings.TrimRight(key, "*:?"); trimmed != "" {
		return trimmed
	}
	return key
}
