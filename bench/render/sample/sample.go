// Package sample is the video that all systems make: five scenes of six seconds, 1080 by 1920 at 30 frames a second, with
// narration, headlines, captions that follow the voice, and illustrations.
package sample

import (
	"time"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/durationpb"

	ingestv1 "github.com/sheetreel/sheetreel/gen/sheetreel/ingest/v1"
	schedulerv1 "github.com/sheetreel/sheetreel/gen/sheetreel/scheduler/v1"
	storyboardv1 "github.com/sheetreel/sheetreel/gen/sheetreel/storyboard/v1"
	"github.com/sheetreel/sheetreel/services/render/plan"
)

// Scenes is how many scenes there are.
const Scenes = 5

// Size is how large and how long the video is.
type Size struct {
	Width, Height, Rate int32
	Scene               time.Duration // of each
}

// Full is the size that figures are for.
func Full() Size { return Size{1080, 1920, 30, 6 * time.Second} }

// Quick is to see that it runs.
func Quick() Size { return Size{360, 640, 15, 2 * time.Second} }

// Frames is the number of frames.
func (s Size) Frames() int { return int(s.Scene.Seconds()*float64(s.Rate)) * Scenes }

type text struct{ headline, narration, emoji string }

func texts(short bool) []text {
	if short { // said within two seconds
		return []text{
			{"Cats *land* well", "Cats land well.", "🐱"},
			{"They *turn*", "They turn.", "🌀"},
			{"Then *stretch*", "They stretch.", "🤸"},
			{"And *rest*", "They rest.", "💤"},
			{"Tell a *friend*", "Tell a friend.", "❤️"},
		}
	}
	return []text{
		{"Cats *always* land on their feet", "A falling cat turns around in the air, and nearly always lands on its feet.", "🐱"},
		{"It starts with the *eyes*", "Eyes and inner ear tell it within a tenth of a second which way is up.", "👀"},
		{"The body *bends* in two", "Then it bends in the middle, and turns first the front, then the back.", "🌀"},
		{"Legs work as *springs*", "Stretched legs and a loose spine take the force out of the landing.", "🐾"},
		{"Send this to a *cat lover*", "Send this to somebody who is owned by a cat, and follow us for more.", "❤️"},
	}
}

// Storyboard is the storyboard as it is submitted; draft asks for one.
func Storyboard(size Size, draft bool) (*storyboardv1.Storyboard, error) {
	sb := &storyboardv1.Storyboard{
		Title:    "Why cats land on their feet",
		Template: "explainer",
		Canvas:   &storyboardv1.Canvas{Width: size.Width, Height: size.Height, FrameRate: size.Rate, AspectRatio: "9:16"},
		Theme:    &storyboardv1.Theme{Style: "modern", Palette: "violet", Seed: 7},
		Narrator: &storyboardv1.Narrator{Voice: "auto", Language: "en", WordsPerMinute: 175},
	}
	for i, t := range texts(size.Scene < 4*time.Second) {
		role := storyboardv1.Scene_BODY
		switch i {
		case 0:
			role = storyboardv1.Scene_HOOK
		case Scenes - 1:
			role = storyboardv1.Scene_CALL_TO_ACTION
		}
		sb.Scenes = append(sb.Scenes, &storyboardv1.Scene{
			Role: role, Headline: t.headline, Narration: t.narration, MinDuration: durationpb.New(size.Scene),
			Hero: &storyboardv1.Media{Kind: &storyboardv1.Media_Emoji{Emoji: t.emoji}},
		})
	}
	return plan.Plan(&ingestv1.Idea{Title: sb.GetTitle(), Storyboard: sb}, &schedulerv1.RenderOptions{Output: &storyboardv1.Output{Draft: draft}})
}

// Changed is the storyboard with another headline in its third scene.
func Changed(sb *storyboardv1.Storyboard) *storyboardv1.Storyboard {
	changed := proto.CloneOf(sb)
	changed.GetScenes()[2].Headline = "Then it *twists* twice"
	return changed
}
