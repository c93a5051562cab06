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
	count  int // of scenes
}

// maxStory is the number of scenes up to which each has a bar of its own.
const maxStory = 12

// paint paints the bars when part of scene k, from 0 to 1, is over. Every scene counts the same, however long it is.
func (b bars) paint(f *draw.Frame, k int, part float64) {
	done := clamp((float64(k) + part) / float64(b.count))
	scale := b.stage.Scale
	switch safe := b.stage.Safe; {
	case b.kind == look.Footer:
		height := 16 * scale
		f.Paint(draw.Rect{Y: b.stage.H - height, W: b.stage.W * done, H: height}, b.scheme.Ink, 1)
	case b.kind == look.Hairline || b.count > maxStory:
		b.bar(f, safe.X, safe.W, 4*scale, done)
	default:
		gap := 10 * scale
		width := (safe.W - gap*float64(b.count-1)) / float64(b.count)
		for i := range b.count {
			full := clamp(float64(k-i) + part)
			b.bar(f, safe.X+(width+gap)*float64(i), width, 6*scale, full)
		}
	}
}

func (b bars) bar(f *draw.Frame, x, width, height, part float64) {
	f.Paint(draw.Rect{X: x, Y: b.stage.Bars, W: width, H: height, R: height / 2}, b.scheme.Ink, 0.25)
	if part > 0 {
		f.Paint(draw.Rect{X: x, Y: b.stage.Bars, W: max(height, width*part), H: height, R: height / 2}, b.scheme.Ink, 0.95)
	}
}
