package film

import (
	"github.com/sheetreel/sheetreel/services/render/studio/draw"
	"github.com/sheetreel/sheetreel/services/render/studio/look"
)

// bars show how far the video is.
type bars struct {
	kind   look.Bars
	stage  look.Stage
	scheme look.Scheme
	ends   []float64
}

// maxStory is the number of scenes up to which each has a bar of its own.
const maxStory = 12

func (b bars) paint(f *draw.Frame, k int, t float64) {
	done := clamp(t / b.ends[len(b.ends)-1])
	scale := b.stage.Scale
	switch safe := b.stage.Safe; {
	case b.kind == look.Footer:
		height := 16 * scale
		f.Paint(draw.Rect{Y: b.stage.H - height, W: b.stage.W * done, H: height}, b.scheme.Ink, 1)
	case b.kind == look.Hairline || len(b.ends) > maxStory:
		b.bar(f, safe.X, safe.W, 4*scale, done)
	default:
		gap := 10 * scale
		width := (safe.W - gap*float64(len(b.ends)-1)) / float64(len(b.ends))
		for i := range b.ends {
			part := 0.0
			switch {
			case i < k:
				part = 1
			case i == k:
				start := 0.0
				if k > 0 {
					start = b.ends[k-1]
				}
				part = clamp((t - start) / (b.ends[k] - start))
			}
			b.bar(f, safe.X+(width+gap)*float64(i), width, 6*scale, part)
		}
	}
}

func (b bars) bar(f *draw.Frame, x, width, height, part float64) {
	f.Paint(draw.Rect{X: x, Y: b.stage.Bars, W: width, H: height, R: height / 2}, b.scheme.Ink, 0.25)
	if part > 0 {
		f.Paint(draw.Rect{X: x, Y: b.stage.Bars, W: max(height, width*part), H: height, R: height / 2}, b.scheme.Ink, 0.95)
	}
}
