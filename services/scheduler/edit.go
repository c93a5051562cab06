package scheduler

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"google.golang.org/protobuf/proto"

	ingestv1 "github.com/sheetreel/sheetreel/gen/sheetreel/ingest/v1"
	"github.com/sheetreel/sheetreel/kit/errs"
	"github.com/sheetreel/sheetreel/kit/safehttp"
)

// What an edited idea may hold; what comes from a sheet is checked when that is read, with more rules.
const (
	shortestVideo = time.Second
	longestVideo  = 10 * time.Minute
)

// edit checks an idea that is to be made instead of an earlier one. What says how it is queued stays as it was, and so
// do language, style and aspect ratio when they are empty.
func edit(earlier, idea *ingestv1.Idea) (*ingestv1.Idea, error) {
	edited := proto.CloneOf(idea)
	edited.Language = cmp.Or(edited.GetLanguage(), earlier.GetLanguage())
	edited.Style = cmp.Or(edited.GetStyle(), earlier.GetStyle())
	edited.AspectRatio = cmp.Or(edited.GetAspectRatio(), earlier.GetAspectRatio())
	var wrong []errs.Violation
	refuse := func(field, format string, args ...any) {
		wrong = append(wrong, errs.Violation{Field: "idea." + field, Description: fmt.Sprintf(format, args...)})
	}
	if p := idea.GetPriority(); p != ingestv1.Priority_PRIORITY_UNSPECIFIED && p != earlier.GetPriority() {
		refuse("priority", "cannot be changed by a replay; leave it out")
	}
	if t := idea.GetNotBeforeTime(); t != nil && !proto.Equal(t, earlier.GetNotBeforeTime()) {
		refuse("not_before_time", "cannot be changed by a replay; leave it out")
	}
	if t := idea.GetDueTime(); t != nil && !proto.Equal(t, earlier.GetDueTime()) {
		refuse("due_time", "cannot be changed by a replay; leave it out")
	}
	edited.Priority, edited.NotBeforeTime, edited.DueTime = earlier.GetPriority(), earlier.GetNotBeforeTime(), earlier.GetDueTime()
	checkText(edited, refuse)
	checkForm(edited, refuse)
	if len(wrong) > 0 {
		return nil, errs.Invalid(wrong...)
	}
	return edited, nil
}

func checkText(idea *ingestv1.Idea, refuse func(field, format string, args ...any)) {
	switch title := idea.GetTitle(); {
	case strings.TrimSpace(title) == "":
		refuse("title", "is required")
	case strings.ContainsAny(title, "<>"):
		refuse("title", "must not have < or > in it, which YouTube refuses")
	case strings.ContainsAny(title, "\r\n"):
		refuse("title", "must be one line")
	}
	if strings.TrimSpace(idea.GetScript()) == "" && strings.TrimSpace(idea.GetDescription()) == "" {
		refuse("script", "is required when there is no description: there is nothing to say")
	}
	for _, text := range []struct {
		field, value string
		longest      int
	}{
		{"title", idea.GetTitle(), 100},
		{"script", idea.GetScript(), 5000},
		{"description", idea.GetDescription(), 5000},
		{"hook", idea.GetHook(), 300},
		{"call_to_action", idea.GetCallToAction(), 300},
		{"voice", idea.GetVoice(), 64},
		{"target_audience", idea.GetTargetAudience(), 300},
		{"tone", idea.GetTone(), 100},
		{"language", idea.GetLanguage(), 35},
	} {
		if n := utf8.RuneCountInString(text.value); n > text.longest {
			refuse(text.field, "has %d characters; at most %d fit", n, text.longest)
		}
	}
}

func checkForm(idea *ingestv1.Idea, refuse func(field, format string, args ...any)) {
	oneOf := func(field, value string, all ...string) {
		if value != "" && !slices.Contains(all, value) {
			refuse(field, "%q is not one of %s", value, strings.Join(all, ", "))
		}
	}
	oneOf("style", idea.GetStyle(), "modern", "classic", "minimal", "corporate", "bold")
	oneOf("aspect_ratio", idea.GetAspectRatio(), "9:16", "1:1", "16:9", "4:5")
	if d := idea.GetDuration(); d != nil && (!d.IsValid() || d.AsDuration() != 0 && (d.AsDuration() < shortestVideo || d.AsDuration() > longestVideo)) {
		refuse("duration", "must be between %v and %v, or left out", shortestVideo, longestVideo)
	}
	atMost := func(field string, n, most int) {
		if n > most {
			refuse(field, "has %d entries; at most %d fit", n, most)
		}
	}
	atMost("tags", len(idea.GetTags()), 50)
	atMost("platforms", len(idea.GetPlatforms()), 10)
	atMost("variables", len(idea.GetVariables()), 50)
	atMost("assets", len(idea.GetAssets()), 50)
	for i, asset := range idea.GetAssets() {
		field := fmt.Sprintf("assets[%d]", i)
		if _, known := ingestv1.IdeaAsset_Kind_name[int32(asset.GetKind())]; !known || asset.GetKind() == ingestv1.IdeaAsset_KIND_UNSPECIFIED {
			refuse(field+".kind", "must be IMAGE, VIDEO, AUDIO, LOGO or THUMBNAIL")
		}
		if _, err := (safehttp.Policy{}).CheckURL(asset.GetUri()); err != nil {
			refuse(field+".uri", "must be a public link that begins with https://")
		}
		if n := asset.GetScene(); n < 0 || n > 100 {
			refuse(field+".scene", "must be from 1 to 100, or 0 for the whole video")
		}
	}
	for i, tag := range idea.GetTags() {
		if n := utf8.RuneCountInString(tag); n > 100 {
			refuse(fmt.Sprintf("tags[%d]", i), "has %d characters; at most 100 fit", n)
		}
	}
	for name, value := range idea.GetVariables() {
		if n := utf8.RuneCountInString(value); n > 2000 {
			refuse(fmt.Sprintf("variables[%q]", name), "has %d characters; at most 2000 fit", n)
		}
	}
}
