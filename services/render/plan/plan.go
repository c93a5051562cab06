// Package plan turns an idea into a storyboard.
//
// Planning is pure: no I/O, no clock, no chance. The same idea and options always give the same storyboard. Times
// are estimates from the length of the words; [Retime] puts in the true ones once the narration has been spoken.
//
// Promises: scenes follow each other without gaps, each lasts whole frames, and every word lies inside its scene.
// An idea that cannot become a video is refused with IDEA_UNRENDERABLE, which names the field.
package plan

import (
	"fmt"
	"time"
	"unicode/utf8"

	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/types/known/durationpb"

	errorsv1 "github.com/sheetreel/sheetreel/gen/sheetreel/errors/v1"
	ingestv1 "github.com/sheetreel/sheetreel/gen/sheetreel/ingest/v1"
	schedulerv1 "github.com/sheetreel/sheetreel/gen/sheetreel/scheduler/v1"
	storyboardv1 "github.com/sheetreel/sheetreel/gen/sheetreel/storyboard/v1"
	"github.com/sheetreel/sheetreel/kit/errs"
)

// maxScript bounds what is spoken in one video, in characters.
const maxScript = 20_000

// Bounds of a video. They keep time and memory in bounds whatever an idea asks for.
const (
	maxScenes = 200
	longest   = 15 * time.Minute
)

// Plan makes the storyboard of an idea: the one that it brings, checked and completed, else one from its texts.
// Options may be nil: then the defaults hold.
func Plan(idea *ingestv1.Idea, options *schedulerv1.RenderOptions) (*storyboardv1.Storyboard, error) {
	if err := checkOutput("render_options.output", options.GetOutput()); err != nil {
		return nil, err
	}
	if idea.GetStoryboard() != nil {
		return submitted(idea, options)
	}
	c, err := canvas(idea, options)
	if err != nil {
		return nil, err
	}
	style, err := styleOf(idea.GetStyle())
	if err != nil {
		return nil, err
	}
	t, err := readTexts(idea)
	if err != nil {
		return nil, err
	}
	template, err := templateOf(idea, options, t)
	if err != nil {
		return nil, err
	}
	language := languageOf(idea.GetLanguage(), t)
	scenes := t.scenes(template, language)
	if len(scenes) == 0 {
		return nil, unrenderable("script", "has nothing that can be said or shown")
	}
	pace := paceFor(scenes, idea.GetDuration().AsDuration())
	for i, s := range scenes {
		s.Id = sceneID(i)
		s.Words = estimate(s.GetNarration(), pace, leadIn(s))
		s.Duration = durationpb.New(lengthOf(s, end(s)))
	}
	storyboard := &storyboardv1.Storyboard{
		Title:    t.plainTitle(language),
		Canvas:   c,
		Theme:    theme(style, idea),
		Narrator: narrator(idea.GetVoice(), language, pace),
		Scenes:   scenes,
		Template: template,
		Sound:    soundOf(idea, options),
		Captions: &storyboardv1.Captions{Hidden: options.GetNoCaptions() || template == Quote},
		Output:   completeOutput(options.GetOutput()),
	}
	illustrate(storyboard, idea)
	lay(storyboard)
	if d := storyboard.GetDuration().AsDuration(); d > longest {
		return nil, unrenderable("script", fmt.Sprintf("takes %v to say; a video lasts at most %v", d.Round(time.Second), longest))
	}
	return storyboard, nil
}

// sceneID names a scene by its place.
func sceneID(i int) string { return fmt.Sprint("s", i+1) }

// readTexts takes the texts of an idea, cleaned.
func readTexts(idea *ingestv1.Idea) (texts, error) {
	script, field := idea.GetScript(), "script"
	if clean(script) == "" {
		script, field = idea.GetDescription(), "description"
	}
	for _, f := range []struct{ name, text string }{
		{"title", idea.GetTitle()}, {field, script}, {"hook", idea.GetHook()}, {"call_to_action", idea.GetCallToAction()},
	} {
		if n := utf8.RuneCountInString(f.text); n > maxScript {
			return texts{}, unrenderable(f.name, fmt.Sprintf("has %d characters; at most %d can be spoken in one video", n, maxScript))
		}
	}
	t := texts{
		title: clean(idea.GetTitle()),
		hook:  spoken(idea.GetHook()),
		body:  numbered(paragraphs(script)),
		call:  spoken(idea.GetCallToAction()),
	}
	if t.title == "" && t.hook == "" && len(t.body) == 0 {
		return texts{}, unrenderable("script", "is empty, and so are title, description and hook: there is nothing to say")
	}
	return t, nil
}

// unrenderable says what is wrong with an idea.
func unrenderable(field, problem string) error {
	return errs.New(codes.InvalidArgument, errorsv1.ErrorReason_IDEA_UNRENDERABLE, field+": "+problem, "field", field)
}
