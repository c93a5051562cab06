package validate

import (
	"fmt"
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/text/unicode/norm"

	ingestv1 "github.com/sheetreel/sheetreel/gen/sheetreel/ingest/v1"
	"github.com/sheetreel/sheetreel/services/ingest/clean"
	"github.com/sheetreel/sheetreel/services/ingest/mapping"
)

// near is the distance at which a word is suggested.
func near(a, b string) bool { return mapping.Near(a, b) }

// style reads the visual style; an unknown one becomes the default with a warning.
func (r *reader) style() string {
	word := r.line(mapping.Style)
	if word == "" {
		return r.rules.file.DefaultStyle
	}
	if style, ok := r.rules.styles.match(word); ok {
		return style
	}
	suggestion := "Write one of " + strings.Join(r.rules.file.Styles, ", ") + "."
	if meant := r.rules.styles.suggest(word); meant != "" {
		if r.mends() {
			r.fixed(mapping.Style, "style.unknown", "The style is not known.", word, meant)
			return meant
		}
		suggestion = "Did you mean " + meant + "?"
	}
	r.note(mapping.Style, "style.unknown", warning, "The style "+quote(word)+" is not known; "+r.rules.file.DefaultStyle+" is used.", suggestion)
	return r.rules.file.DefaultStyle
}

// priority reads the place in the queue. Unspecified leaves it to the bulk job.
func (r *reader) priority() ingestv1.Priority {
	word := r.line(mapping.Priority)
	if word == "" {
		return ingestv1.Priority_PRIORITY_UNSPECIFIED
	}
	if name, ok := r.rules.priorities.match(word); ok {
		return priorityOf(name)
	}
	if n, err := strconv.Atoi(word); err == nil {
		if p := ingestv1.Priority(n); p == ingestv1.Priority_URGENT || p == ingestv1.Priority_NORMAL || p == ingestv1.Priority_LOW {
			return p
		}
	}
	suggestion := "Write urgent, normal or low (or 1, 5, 10)."
	if meant := r.rules.priorities.suggest(word); meant != "" {
		suggestion = "Did you mean " + meant + "?"
	}
	r.note(mapping.Priority, "priority.unknown", warning, "The priority "+quote(word)+" is not known; the batch's own is used.", suggestion)
	return ingestv1.Priority_PRIORITY_UNSPECIFIED
}

func priorityOf(name string) ingestv1.Priority {
	return ingestv1.Priority(ingestv1.Priority_value[strings.ToUpper(name)])
}

// platforms reads where the video goes. Unknown places are kept.
func (r *reader) platforms() []string {
	text := r.text(mapping.Platforms)
	var platforms []string
	for _, word := range list(text) {
		name, known := r.rules.platforms.match(word)
		if !known {
			name = strings.ReplaceAll(clean.Key(word), " ", "_")
			suggestion := ""
			if meant := r.rules.platforms.suggest(word); meant != "" {
				suggestion = "Did you mean " + meant + "?"
			}
			r.note(mapping.Platforms, "platforms.unknown", warning, "The platform "+quote(word)+" is not known; its rules are not checked.", suggestion)
		}
		if slices.Contains(platforms, name) {
			continue
		}
		if len(platforms) == r.rules.file.MaxPlatforms {
			r.note(mapping.Platforms, "platforms.count", warning, fmt.Sprintf("There are more than %d platforms; the rest is left out.", r.rules.file.MaxPlatforms), "")
			break
		}
		platforms = append(platforms, name)
	}
	return platforms
}

var ratio = regexp.MustCompile(`^(\d{1,5})\s*[:x×/]\s*(\d{1,5})$`)

// aspectRatio reads width to height. Without one, the first platform that has a default gives it.
func (r *reader) aspectRatio(platforms []string) string {
	cell, ok := r.value(mapping.AspectRatio)
	if !ok || clean.Line(cell.String()) == "" {
		for _, name := range platforms {
			if p := r.rules.file.Platforms[name]; len(p.AspectRatios) > 0 {
				return p.AspectRatios[0]
			}
		}
		return r.rules.file.DefaultAspectRatio
	}
	word := clean.Line(cell.String())
	if n, ok := cell.Number(); ok && n > 0 && n < 1 {
		// A sheet takes 9:16 for sixteen minutes past nine.
		minutes := int(math.Round(n * day.Minutes()))
		word = fmt.Sprintf("%d:%d", minutes/60, minutes%60)
	}
	if m := ratio.FindStringSubmatch(strings.ToLower(norm.NFKC.String(word))); m != nil {
		word = reduced(number(m[1]), number(m[2]))
	}
	if name, ok := r.rules.ratios.match(word); ok {
		return name
	}
	suggestion := "Write one of " + strings.Join(r.rules.ratios.names, ", ") + "."
	if meant := r.rules.ratios.suggest(word); meant != "" {
		if r.mends() {
			r.fixed(mapping.AspectRatio, "aspect_ratio.unknown", "The aspect ratio is not offered.", word, meant)
			return meant
		}
		suggestion = "Did you mean " + meant + "?"
	}
	if r.mends() {
		r.fixed(mapping.AspectRatio, "aspect_ratio.unknown", "The aspect ratio is not offered.", word, r.rules.file.DefaultAspectRatio)
		return r.rules.file.DefaultAspectRatio
	}
	r.note(mapping.AspectRatio, "aspect_ratio.unknown", failure, "The aspect ratio "+quote(word)+" is not offered.", suggestion)
	return ""
}

// reduced writes a ratio in its smallest numbers: 1080 x 1920 is 9:16.
func reduced(width, height float64) string {
	w, h := int(width), int(height)
	a, b := w, h
	for b != 0 {
		a, b = b, a%b
	}
	if a > 0 {
		w, h = w/a, h/a
	}
	return fmt.Sprintf("%d:%d", w, h)
}
