package plan

import (
	"fmt"
	"strings"
	"time"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/durationpb"

	ingestv1 "github.com/sheetreel/sheetreel/gen/sheetreel/ingest/v1"
	schedulerv1 "github.com/sheetreel/sheetreel/gen/sheetreel/scheduler/v1"
	storyboardv1 "github.com/sheetreel/sheetreel/gen/sheetreel/storyboard/v1"
	"github.com/sheetreel/sheetreel/services/render/words"
)

// submitted completes the storyboard that an idea brings: what it leaves out comes from the idea, the options and the
// defaults. Times are computed anew; the words of a scene keep theirs as long as they are those of its narration.
func submitted(idea *ingestv1.Idea, options *schedulerv1.RenderOptions) (*storyboardv1.Storyboard, error) {
	sb := proto.CloneOf(idea.GetStoryboard())
	if err := checkStoryboard(sb); err != nil {
		return nil, err
	}
	sb.Title = clean(sb.GetTitle())
	if err := completeCanvas(sb, idea, options); err != nil {
		return nil, err
	}
	if err := completeLook(sb, idea, options); err != nil {
		return nil, err
	}
	completeSound(sb, idea, options)
	pace := int(sb.GetNarrator().GetWordsPerMinute())
	named := names(sb)
	for i, s := range sb.GetScenes() {
		completeScene(s, i, pace)
		for n := i; s.GetId() == ""; n++ {
			if id := sceneID(n); !named[id] {
				s.Id, named[id] = id, true
			}
		}
	}
	lay(sb)
	if d := sb.GetDuration().AsDuration(); d > longest {
		return nil, unrenderable("storyboard.scenes", fmt.Sprintf("last %v; a video lasts at most %v", d.Round(time.Second), longest))
	}
	return sb, nil
}

// completeCanvas gives a storyboard without a size that of the idea, and a draft half of it. A storyboard that says
// that it is a draft was halved when it was planned.
func completeCanvas(sb *storyboardv1.Storyboard, idea *ingestv1.Idea, options *schedulerv1.RenderOptions) error {
	if sb.GetOutput() == nil {
		sb.Output = &storyboardv1.Output{
			Container: options.GetOutput().GetContainer(), VideoCodec: options.GetOutput().GetVideoCodec(), AudioCodec: options.GetOutput().GetAudioCodec(),
		}
	}
	sb.Output = completeOutput(sb.GetOutput())
	draft := options.GetOutput().GetDraft() && !sb.GetOutput().GetDraft()
	sb.Output.Draft = sb.GetOutput().GetDraft() || draft
	if sb.GetCanvas() == nil {
		c, err := canvas(idea, options)
		sb.Canvas = c
		return err
	}
	if sb.GetCanvas().GetAspectRatio() == "" {
		sb.Canvas.AspectRatio = fmt.Sprintf("%d:%d", sb.GetCanvas().GetWidth(), sb.GetCanvas().GetHeight())
	}
	if sb.GetCanvas().GetSafeArea() == storyboardv1.SafeArea_SAFE_AREA_UNSPECIFIED {
		ratio := "9:16"
		if 4*sb.GetCanvas().GetWidth() > 3*sb.GetCanvas().GetHeight() {
			ratio = "1:1"
		}
		sb.Canvas.SafeArea = safeArea(ratio, idea, options)
	}
	if draft && min(sb.GetCanvas().GetWidth(), sb.GetCanvas().GetHeight()) >= 2*minSide {
		halve(sb.GetCanvas())
	}
	return nil
}

// completeLook fills theme and template.
func completeLook(sb *storyboardv1.Storyboard, idea *ingestv1.Idea, options *schedulerv1.RenderOptions) error {
	var said []string
	for _, s := range sb.GetScenes() {
		said = append(said, s.GetHeadline(), s.GetNarration())
	}
	if sb.GetTheme() == nil {
		sb.Theme = &storyboardv1.Theme{}
	}
	t := sb.GetTheme()
	if t.GetStyle() == "" {
		style, err := styleOf(idea.GetStyle())
		if err != nil {
			return err
		}
		t.Style = style
	}
	if t.GetSeed() == 0 {
		t.Seed = seedOf(append(said, sb.GetTitle())...)
	}
	if t.GetPalette() == "" {
		t.Palette = Palettes()[t.GetSeed()%uint64(len(Palettes()))]
	}
	if t.GetBrand() == nil {
		t.Brand = brand(t.GetStyle(), idea)
	} else {
		readable(t.GetStyle(), t.GetBrand())
	}
	if sb.GetTemplate() == "" {
		template, err := templateOf(&ingestv1.Idea{Variables: idea.GetVariables()}, options, texts{})
		if err != nil {
			return err
		}
		sb.Template = template
	}
	if sb.GetCaptions() == nil {
		sb.Captions = &storyboardv1.Captions{Hidden: options.GetNoCaptions() || sb.GetTemplate() == Quote}
	}
	return nil
}

// completeSound fills narrator and sound.
func completeSound(sb *storyboardv1.Storyboard, idea *ingestv1.Idea, options *schedulerv1.RenderOptions) {
	var said texts
	for _, s := range sb.GetScenes() {
		said.body = append(said.body, paragraph{text: s.GetNarration()})
	}
	said.title = sb.GetTitle()
	if sb.GetNarrator() == nil {
		sb.Narrator = narrator(idea.GetVoice(), languageOf(idea.GetLanguage(), said), defaultPace)
	}
	n := sb.GetNarrator()
	if n.GetLanguage() == "" {
		n.Language = languageOf(idea.GetLanguage(), said)
	}
	if n.GetWordsPerMinute() == 0 {
		n.WordsPerMinute = defaultPace
	}
	if sb.GetSound() == nil {
		sb.Sound = soundOf(idea, options)
	}
	if sb.GetSound().GetLoudness() == storyboardv1.Loudness_LOUDNESS_UNSPECIFIED {
		sb.Sound.Loudness = soundOf(idea, options).GetLoudness()
	}
}

// completeScene cleans the texts of a scene and computes its times.
func completeScene(s *storyboardv1.Scene, i, pace int) {
	if s.GetRole() == storyboardv1.Scene_ROLE_UNSPECIFIED {
		s.Role = storyboardv1.Scene_BODY
		if i == 0 {
			s.Role = storyboardv1.Scene_HOOK
		}
	}
	s.Headline, s.Narration, s.Figure = clean(s.GetHeadline()), spoken(s.GetNarration()), clean(s.GetFigure())
	if !timedFor(s) {
		s.Words = estimate(s.GetNarration(), pace, leadIn(s))
	}
	if s.GetNarration() == "" && s.GetMinDuration() == nil && s.GetDuration().AsDuration() > 0 {
		s.MinDuration = s.GetDuration()
	}
	s.Duration = durationpb.New(lengthOf(s, end(s)))
}

// timedFor tells whether a scene's words are still those of its narration.
func timedFor(s *storyboardv1.Scene) bool {
	list := words.Split(s.GetNarration())
	if len(list) != len(s.GetWords()) {
		return false
	}
	for i, w := range s.GetWords() {
		if w.GetText() != list[i] {
			return false
		}
	}
	return true
}

// names are the ids that scenes bring.
func names(sb *storyboardv1.Storyboard) map[string]bool {
	out := map[string]bool{}
	for _, s := range sb.GetScenes() {
		if s.GetId() != "" {
			out[strings.TrimSpace(s.GetId())] = true
		}
	}
	return out
}
