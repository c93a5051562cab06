package film

import (
	"github.com/sheetreel/sheetreel/services/render/studio/draw"
	"github.com/sheetreel/sheetreel/services/render/studio/look"
)

// ornament is what decorates every frame.
type ornament struct {
	kind   look.Ornament
	stage  look.Stage
	scheme look.Scheme
}

func (o ornament) paint(f *draw.Frame) {
	if o.kind != look.Frame {
		return
	}
	for _, line := range []struct{ inset, width, opacity float64 }{{36, 5, 0.75}, {52, 2, 0.5}} {
		inset, width := line.inset*o.stage.Scale, max(1, line.width*o.stage.Scale)
		w, h := o.stage.W-2*inset, o.stage.H-2*inset
		for _, side := range []draw.Rect{
			{X: inset, Y: inset, W: w, H: width},
			{X: inset, Y: inset + h - width, W: w, H: width},
			{X: inset, Y: inset + width, W: width, H: h - 2*width},
			{X: inset + w - width, Y: inset + width, W: width, H: h - 2*width},
		} {
			f.Paint(side, o.scheme.Accent, line.opacity)
		}
	}
}

// barIndent is the room beside the headline for its bar.
const barIndent = 52

// accentBar grows beside the headline when it comes.
func (h *headlinePart) accentBar(f *draw.Frame, t float64) {
	scale := h.film.stage.Scale
	grown := out((t - enterDelay) / 0.5)
	if grown <= 0 {
		return
	}
	opacity := 1.0
	if h.end > 0 {
		opacity -= smooth((t - h.end + leaveTime) / leaveTime)
	}
	width, over := 12*scale, 0.02*h.block.Size
	x := h.area.X - barIndent*scale
	if h.rtl {
		x = h.area.Right() + barIndent*scale - width
	}
	top := h.area.Y + over
	f.Paint(draw.Rect{X: x, Y: top, W: width, H: (h.area.H - 2*over) * grown, R: width / 2}, h.scheme.Accent, opacity)
}
