package studio

import "github.com/sheetreel/sheetreel/services/render/progress"

// The stages of a render, which a receipt names too.
const (
	stagePlan   = "plan"
	stageSpeech = "speech"
	stageLayers = "layers"
	stageFrames = "frames"
	stageSound  = "sound"
	stageMux    = "mux"
)

// stages are the stages in order with about the percent of the time that each takes.
func stages() []progress.Stage {
	return []progress.Stage{{Name: stagePlan, Weight: 2}, {Name: stageSpeech, Weight: 3}, {Name: stageLayers, Weight: 6}, {Name: stageFrames, Weight: 68}, {Name: stageSound, Weight: 5}, {Name: stageMux, Weight: 2}}
}
