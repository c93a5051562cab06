package studio

import (
	"slices"

	renderv1 "github.com/sheetreel/sheetreel/gen/sheetreel/render/v1"
	storyboardv1 "github.com/sheetreel/sheetreel/gen/sheetreel/storyboard/v1"
	"github.com/sheetreel/sheetreel/services/render/quality"
	"github.com/sheetreel/sheetreel/services/render/speech"
	"github.com/sheetreel/sheetreel/services/render/studio/film"
)

// maxSamples is how many frames of a video are compared with what became of them.
const maxSamples = 12

// known is what a look at the video needs to know of it.
func known(sb *storyboardv1.Storyboard, f *film.Film, spoken []speech.Utterance, samples []quality.Sample) *quality.Known {
	k := &quality.Known{Spoken: slices.ContainsFunc(spoken, func(u speech.Utterance) bool { return u.Duration > 0 })}
	for _, w := range f.Faults() {
		fault := &renderv1.PlanWarning{Field: w.Field, Rule: w.Rule, Message: w.Message}
		if w.Scene >= 0 {
			fault.SceneId = sb.GetScenes()[w.Scene].GetId()
		}
		k.Faults = append(k.Faults, fault)
	}
	step := max(1, (len(samples)+maxSamples-1)/maxSamples)
	for i := 0; i < len(samples); i += step {
		sample := samples[i]
		sample.Scene = sb.GetScenes()[i].GetId()
		k.Samples = append(k.Samples, sample)
	}
	return k
}
