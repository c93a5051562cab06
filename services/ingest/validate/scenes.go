package validate

import (
	"encoding/json"
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/sheetreel/sheetreel/services/ingest/clean"
	"github.com/sheetreel/sheetreel/services/ingest/mapping"
)

// ParseScenes reads the scenes of a cell: a JSON list of texts or of objects with a text, else one scene a line.
// It gives the texts that are to be said. ok is false for text that begins like JSON and is none.
func ParseScenes(s string) (scenes []string, ok bool) {
	s = strings.TrimSpace(s)
	if !strings.HasPrefix(s, "[") {
		for line := range strings.SplitSeq(clean.Text(s), "\n") {
			if line != "" {
				scenes = append(scenes, line)
			}
		}
		return scenes, true
	}
	var items []json.RawMessage
	if err := json.Unmarshal([]byte(s), &items); err != nil {
		return nil, false
	}
	for _, item := range items {
		var object struct {
			Text, Script, Narration, Voiceover string
		}
		var text string
		if json.Unmarshal(item, &text) != nil {
			if json.Unmarshal(item, &object) != nil {
				return nil, false
			}
			text = firstText(object.Text, object.Script, object.Narration, object.Voiceover)
		}
		if text = clean.Line(text); text != "" {
			scenes = append(scenes, text)
		}
	}
	return scenes, true
}

func firstText(texts ...string) string {
	for _, t := range texts {
		if t != "" {
			return t
		}
	}
	return ""
}

// scenes gives the script that the scene columns make, a paragraph each. readable is false when one was refused.
func (r *reader) scenes() (script string, readable bool) {
	var all []string
	var last mapping.Field // that has any
	readable = true
	for _, field := range append([]mapping.Field{mapping.Scenes}, r.header.Scenes()...) {
		scenes, ok := ParseScenes(r.plain(field, strings.TrimSpace))
		if !ok {
			r.note(field, "scenes.format", failure, "The scenes begin like JSON, but cannot be read as a list.", `Write one scene a line, or a list such as ["First scene", "Second scene"].`)
			readable = false
		}
		if len(scenes) > 0 {
			last = field
		}
		all = append(all, scenes...)
	}
	script = strings.Join(all, "\n\n")
	longest := r.rules.file.MaxLength[string(mapping.Script)]
	if n := utf8.RuneCountInString(script); n > longest {
		message := fmt.Sprintf("The scenes have %d characters together; at most %d fit.", n, longest)
		if !r.mends() {
			r.note(last, "scenes.length", failure, message, "Shorten them.")
			return "", false
		}
		short := cutAtWord(script, longest)
		r.mended(last, "scenes.length", message+" They were cut; they now end with "+quote(lastWords(short))+".", "Shorten them yourself to choose what is left out.", script, short)
		return short, readable
	}
	return script, readable
}
