package validate

import (
	"fmt"
	"slices"
	"strings"
	"unicode/utf16"
	"unicode/utf8"

	ingestv1 "github.com/sheetreel/sheetreel/gen/sheetreel/ingest/v1"
	"github.com/sheetreel/sheetreel/services/ingest/clean"
	"github.com/sheetreel/sheetreel/services/ingest/mapping"
)

// idea reads the row. The idea is complete only when the row has not failed.
func (r *reader) idea() *ingestv1.Idea {
	r.long()
	r.wanted()
	idea := &ingestv1.Idea{
		RowNumber:      int32(r.number()),
		Title:          r.title(),
		Hook:           r.text(mapping.Hook),
		Script:         r.text(mapping.Script),
		Description:    r.text(mapping.Description),
		CallToAction:   r.text(mapping.CallToAction),
		TargetAudience: r.line(mapping.TargetAudience),
		Tone:           r.line(mapping.Tone),
	}
	readable := true
	if idea.GetScript() == "" && r.empty(mapping.Script) {
		idea.Script, readable = r.scenes()
	}
	if readable && idea.GetScript() == "" && idea.GetDescription() == "" && r.empty(mapping.Script) && r.empty(mapping.Description) {
		field := mapping.Script
		if _, ok := r.header.Column(field); !ok {
			field = mapping.Description
		}
		r.note(field, "script.required", failure, "The row has neither a script nor a description, so there is nothing to say.", "Write what the video should say.")
	}
	idea.Language = r.language(idea)
	idea.Voice = r.voice(idea.GetLanguage())
	idea.Style = r.style()
	idea.Duration = r.duration()
	idea.Platforms = r.platforms()
	idea.AspectRatio = r.aspectRatio(idea.GetPlatforms())
	idea.Tags = r.tags()
	idea.Priority = r.priority()
	idea.Assets = r.assets()
	r.times(idea)
	idea.Variables = r.variables()
	r.fit(idea)
	r.pace(idea)
	return idea
}

// title reads the headline.
func (r *reader) title() string {
	title := r.line(mapping.Title)
	switch {
	case title == "" && r.empty(mapping.Title):
		r.note(mapping.Title, "title.required", failure, "The row has no title.", "Write a title of at most 100 characters.")
	case strings.ContainsAny(title, "<>") && r.mends() && strings.Trim(title, "<> ") != "":
		mended := clean.Line(strings.NewReplacer("<", " ", ">", " ").Replace(title))
		r.fixed(mapping.Title, "title.characters", "The title has < or > in it, which YouTube refuses.", title, mended)
		return mended
	case strings.ContainsAny(title, "<>"):
		r.note(mapping.Title, "title.characters", failure, "The title has < or > in it, which YouTube refuses.", "Write it without them.")
	}
	return title
}

// empty tells whether nothing readable is in a field's cell. A cell that was refused is not empty.
func (r *reader) empty(field mapping.Field) bool {
	cell, _, _ := r.cell(field)
	text, _ := clean.HTML(cell.String())
	return clean.Line(text) == ""
}

// tags reads the words to find the video by, without their `#`.
func (r *reader) tags() []string {
	cell, ok := r.value(mapping.Tags)
	if !ok {
		return nil
	}
	text, _ := clean.HTML(cell.String())
	var tags []string
	for _, tag := range list(text) {
		tag = clean.Line(strings.TrimLeft(tag, "#"))
		switch {
		case tag == "" || slices.Contains(tags, tag):
		case utf8.RuneCountInString(tag) > r.rules.file.MaxLength["tag"]:
			r.note(mapping.Tags, "tags.length", warning, "The tag "+quote(tag)+" is too long and is left out.", "Separate tags by commas.")
		case len(tags) == r.rules.file.MaxTags:
			r.note(mapping.Tags, "tags.count", warning, fmt.Sprintf("There are more than %d tags; the rest is left out.", r.rules.file.MaxTags), "")
			return tags
		default:
			tags = append(tags, tag)
		}
	}
	return tags
}

// fit warns about what a platform does not take.
func (r *reader) fit(idea *ingestv1.Idea) {
	for _, name := range idea.GetPlatforms() {
		p, known := r.rules.file.Platforms[name]
		if !known {
			continue
		}
		if d := idea.GetDuration().AsDuration(); p.Longest > 0 && d > p.Longest {
			r.note(mapping.Duration, "duration.platform", warning, fmt.Sprintf("%s takes videos of at most %s; this one will have %s.", name, spell(p.Longest), spell(d)), "")
		}
		if ratio := idea.GetAspectRatio(); ratio != "" && !slices.Contains(p.AspectRatios, ratio) {
			r.note(mapping.AspectRatio, "aspect_ratio.platform", warning, name+" does not show "+ratio+" well.", "It likes "+strings.Join(p.AspectRatios, ", ")+".")
		}
		if n := len(idea.GetDescription()); p.MaxDescriptionBytes > 0 && n > p.MaxDescriptionBytes {
			r.note(mapping.Description, "description.platform", warning, fmt.Sprintf("%s takes descriptions of at most %d bytes; this one has %d.", name, p.MaxDescriptionBytes, n), "Shorten it.")
		}
		if n := r.captionLength(); p.MaxCaption > 0 && n > p.MaxCaption {
			r.note(mapping.Caption, "caption.platform", warning, fmt.Sprintf("%s takes captions of at most %d characters; this one has %d.", name, p.MaxCaption, n), "Shorten it.")
		}
		characters := 0
		for _, tag := range idea.GetTags() {
			characters += utf8.RuneCountInString(tag) + len(",")
		}
		if p.MaxTagCharacters > 0 && characters > p.MaxTagCharacters {
			r.note(mapping.Tags, "tags.platform", warning, fmt.Sprintf("%s takes tags of at most %d characters in all.", name, p.MaxTagCharacters), "Use fewer tags.")
		}
	}
}

// captionLength counts as platforms do: an emoji is two.
func (r *reader) captionLength() int {
	cell, _, _ := r.cell(mapping.Caption)
	return len(utf16.Encode([]rune(clean.Text(cell.String()))))
}
