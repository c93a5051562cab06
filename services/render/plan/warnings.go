package plan

import (
	"fmt"
	"strings"
	"time"

	"github.com/rivo/uniseg"
	"google.golang.org/protobuf/proto"

	ingestv1 "github.com/sheetreel/sheetreel/gen/sheetreel/ingest/v1"
	renderv1 "github.com/sheetreel/sheetreel/gen/sheetreel/render/v1"
	storyboardv1 "github.com/sheetreel/sheetreel/gen/sheetreel/storyboard/v1"
)

// fastReading is how many characters a second can be read at ease. A wide character counts as two.
const fastReading = 20.0

// Warnings are what somebody should know before the video of an idea is rendered: what of the idea's wishes its
// storyboard cannot grant. How texts fit into the picture is not known here.
func Warnings(idea *ingestv1.Idea, sb *storyboardv1.Storyboard) []*renderv1.PlanWarning {
	var out []*renderv1.PlanWarning
	add := func(scene, field, rule, message string, args ...any) {
		out = append(out, &renderv1.PlanWarning{SceneId: scene, Field: field, Rule: rule, Message: fmt.Sprintf(message, args...)})
	}
	length := sb.GetDuration().AsDuration()
	if wish := idea.GetDuration().AsDuration(); wish > 0 && idea.GetStoryboard() == nil && (length-wish).Abs() > max(time.Second, wish/10) {
		way := "longer; shorten the script"
		if length < wish {
			way = "shorter; write more script"
		}
		add("", "duration", "duration", "%v was wished; at a natural pace the video lasts about %v, which is %s", wish, length.Round(100*time.Millisecond), way)
	}
	for _, platform := range idea.GetPlatforms() {
		if most := platformLimit(platform); most > 0 && length > most {
			add("", "platforms", "platform_duration", "lasts about %v; %s takes at most %v", length.Round(time.Second), platform, most)
		}
	}
	for _, s := range sb.GetScenes() {
		if rate := readingRate(s); rate > fastReading && !sb.GetCaptions().GetHidden() {
			add(s.GetId(), "narration", "reading_speed", "captions run at %.0f characters a second; more than %.0f are hard to read", rate, fastReading)
		}
	}
	if used, all := placed(sb), len(pictures(idea)); idea.GetStoryboard() == nil && used < all {
		add("", "assets", "unused", "%d of %d pictures and clips are not used: there are only %d scenes", all-used, all, len(sb.GetScenes()))
	}
	return append(out, brandWarnings(idea, sb.GetTheme().GetStyle())...)
}

// brandWarnings tell which colours of a brand were changed or left out.
func brandWarnings(idea *ingestv1.Idea, style string) []*renderv1.PlanWarning {
	wished := &storyboardv1.Theme_Brand{
		AccentColor: brandColumn(idea, "brand_color", "brand_colour", "accent_color"),
		BaseColor:   brandColumn(idea, "brand_background", "brand_base", "base_color"),
	}
	if b := idea.GetStoryboard().GetTheme().GetBrand(); b != nil {
		wished = proto.CloneOf(b)
	}
	var out []*renderv1.PlanWarning
	add := func(field, rule, message string, args ...any) {
		out = append(out, &renderv1.PlanWarning{Field: "theme.brand." + field, Rule: rule, Message: fmt.Sprintf(message, args...)})
	}
	kept := &storyboardv1.Theme_Brand{}
	for _, c := range []struct {
		name, value string
		to          *string
	}{{"accent_color", wished.GetAccentColor(), &kept.AccentColor}, {"base_color", wished.GetBaseColor(), &kept.BaseColor}} {
		if parsed, ok := parseColour(c.value); ok {
			*c.to = parsed.String()
		} else if c.value != "" {
			add(c.name, "color", "%q is no colour such as #1f6feb; it is not used", strings.ToValidUTF8(c.value, ""))
		}
	}
	base, accent := readable(style, kept)
	if base {
		add("base_color", "contrast", "is darkened to %s, so that white letters have a contrast of %.1f to 1 on it", kept.GetBaseColor(), leastContrast)
	}
	if accent {
		add("accent_color", "contrast", "is changed to %s, so that it has a contrast of %.1f to 1 with the background", kept.GetAccentColor(), leastContrast)
	}
	return out
}

// readingRate is how many columns of captions a second a scene shows.
func readingRate(s *storyboardv1.Scene) float64 {
	list := s.GetWords()
	if len(list) == 0 {
		return 0
	}
	seconds := (list[len(list)-1].GetEnd().AsDuration() - list[0].GetStart().AsDuration()).Seconds()
	if seconds <= 0 {
		return 0
	}
	return float64(uniseg.StringWidth(s.GetNarration())) / max(seconds, 1)
}

// placed is how many scenes show a picture or clip of the web.
func placed(sb *storyboardv1.Storyboard) int {
	n := 0
	for _, s := range sb.GetScenes() {
		if s.GetBackground() != nil {
			n++
		}
	}
	return n
}

// platformLimit is how long a platform lets a video be; 0 is not known.
func platformLimit(platform string) time.Duration {
	switch platform {
	case "youtube_shorts", "instagram_reels":
		return 3 * time.Minute
	case "tiktok":
		return 10 * time.Minute
	case "instagram_stories", "snapchat":
		return time.Minute
	}
	return 0
}
