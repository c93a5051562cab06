package film

import (
	"fmt"
	"time"

	storyboardv1 "github.com/sheetreel/sheetreel/gen/sheetreel/storyboard/v1"
)

// Bounds of what is painted. They keep memory and time in bounds whatever a storyboard asks for.
const (
	maxSide     = 4096
	minSide     = 64
	maxRate     = 120
	maxScenes   = 500
	maxWords    = 2000 // a scene
	maxHeadline = 1200 // bytes; a quote is a headline
	maxLength   = 15 * time.Minute
)

// check refuses a storyboard that cannot be painted and names the field.
func check(sb *storyboardv1.Storyboard) error {
	for _, side := range []struct {
		name  string
		value int32
	}{{"width", sb.GetCanvas().GetWidth()}, {"height", sb.GetCanvas().GetHeight()}} {
		if side.value < minSide || side.value > maxSide || side.value%2 != 0 {
			return fmt.Errorf("canvas.%s %d: must be even, from %d to %d", side.name, side.value, minSide, maxSide)
		}
	}
	if rate := sb.GetCanvas().GetFrameRate(); rate < 1 || rate > maxRate {
		return fmt.Errorf("canvas.frame_rate %d: must be from 1 to %d", rate, maxRate)
	}
	if n := len(sb.GetScenes()); n < 1 || n > maxScenes {
		return fmt.Errorf("scenes: there are %d, must be from 1 to %d", n, maxScenes)
	}
	frame := time.Second / time.Duration(sb.GetCanvas().GetFrameRate())
	var total time.Duration
	for i, s := range sb.GetScenes() {
		d := s.GetDuration().AsDuration()
		if d < frame || d > maxLength {
			return fmt.Errorf("scenes[%d].duration %s: must be from one frame to %s", i, d, maxLength)
		}
		if n := len(s.GetHeadline()); n > maxHeadline {
			return fmt.Errorf("scenes[%d].headline: has %d bytes, at most %d are allowed", i, n, maxHeadline)
		}
		if n := len(s.GetWords()); n > maxWords {
			return fmt.Errorf("scenes[%d].words: there are %d, at most %d are allowed", i, n, maxWords)
		}
		total += d
	}
	if total > maxLength {
		return fmt.Errorf("scenes: they last %s, at most %s is allowed", total, maxLength)
	}
	return nil
}
