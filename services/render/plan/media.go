package plan

import (
	ingestv1 "github.com/sheetreel/sheetreel/gen/sheetreel/ingest/v1"
	schedulerv1 "github.com/sheetreel/sheetreel/gen/sheetreel/scheduler/v1"
	storyboardv1 "github.com/sheetreel/sheetreel/gen/sheetreel/storyboard/v1"
	"github.com/sheetreel/sheetreel/services/render/plan/hero"
)

// illustrate gives the scenes their pictures: the files of the idea, and an emoji where the template has an
// illustration and the text calls for one.
func illustrate(sb *storyboardv1.Storyboard, idea *ingestv1.Idea) {
	place(sb.GetScenes(), pictures(idea))
	if sb.GetTemplate() != Explainer && sb.GetTemplate() != Listicle {
		return
	}
	taken := map[string]bool{}
	for i, s := range sb.GetScenes() {
		if s.GetFigure() != "" || s.GetBackground() != nil {
			continue // the number or the picture is the illustration
		}
		texts := []hero.Text{{Words: s.GetHeadline(), Weight: 2}, {Words: s.GetNarration(), Weight: 1}}
		if i == 0 {
			for _, tag := range idea.GetTags() {
				texts = append(texts, hero.Text{Words: tag, Weight: 0.5})
			}
		}
		if emoji := hero.Default().Find(taken, texts...); emoji != "" {
			taken[emoji] = true
			s.Hero = &storyboardv1.Media{Kind: &storyboardv1.Media_Emoji{Emoji: emoji}}
		}
	}
}

// pictures are what an idea wants to show behind the words.
func pictures(idea *ingestv1.Idea) []*ingestv1.IdeaAsset {
	var out []*ingestv1.IdeaAsset
	for _, a := range idea.GetAssets() {
		if a.GetUri() != "" && (a.GetKind() == ingestv1.IdeaAsset_IMAGE || a.GetKind() == ingestv1.IdeaAsset_VIDEO) {
			out = append(out, a)
		}
	}
	return out
}

// place puts pictures into scenes: first those that name theirs, then the others into the scenes without one, spread
// evenly. A scene number beyond the last is the last's.
func place(scenes []*storyboardv1.Scene, pictures []*ingestv1.IdeaAsset) {
	var anywhere []*ingestv1.IdeaAsset
	for _, p := range pictures {
		n := min(int(p.GetScene()), len(scenes))
		if n < 1 || scenes[n-1].GetBackground() != nil {
			anywhere = append(anywhere, p)
			continue
		}
		scenes[n-1].Background = media(p)
	}
	var free []*storyboardv1.Scene
	for _, s := range scenes {
		if s.GetBackground() == nil {
			free = append(free, s)
		}
	}
	used := min(len(anywhere), len(free))
	for i, p := range anywhere[:used] {
		free[i*len(free)/used].Background = media(p)
	}
}

func media(a *ingestv1.IdeaAsset) *storyboardv1.Media {
	if a.GetKind() == ingestv1.IdeaAsset_VIDEO {
		return &storyboardv1.Media{Kind: &storyboardv1.Media_VideoUri{VideoUri: a.GetUri()}}
	}
	return &storyboardv1.Media{Kind: &storyboardv1.Media_ImageUri{ImageUri: a.GetUri()}}
}

// firstAsset is the address of the first file of a kind, or "".
func firstAsset(idea *ingestv1.Idea, kind ingestv1.IdeaAsset_Kind) string {
	for _, a := range idea.GetAssets() {
		if a.GetKind() == kind {
			return a.GetUri()
		}
	}
	return ""
}

// soundOf is the music of the idea, and how loud all is. A recording of the narration is in a column of that name.
func soundOf(idea *ingestv1.Idea, options *schedulerv1.RenderOptions) *storyboardv1.Sound {
	s := &storyboardv1.Sound{NoMusic: options.GetNoMusic(), Loudness: options.GetLoudness()}
	if !s.GetNoMusic() {
		s.MusicUri = firstAsset(idea, ingestv1.IdeaAsset_AUDIO)
	}
	if uri := variable(idea, "narration_audio"); checkURI(uri) == "" {
		s.NarrationUri = uri
	}
	if s.GetLoudness() == storyboardv1.Loudness_LOUDNESS_UNSPECIFIED {
		s.Loudness = storyboardv1.Loudness_SOCIAL
	}
	return s
}
