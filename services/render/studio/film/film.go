// Package film composes the frames of a storyboard: backdrop, headlines, captions and progress bars, each moving in
// its own way. A frame depends on the storyboard, the fonts and its number alone, so frames can be painted in any
// order and the same storyboard always gives the same picture.
package film

import (
	"fmt"
	"math"

	storyboardv1 "github.com/sheetreel/sheetreel/gen/sheetreel/storyboard/v1"
	"github.com/sheetreel/sheetreel/services/render/studio/backdrop"
	"github.com/sheetreel/sheetreel/services/render/studio/draw"
	"github.com/sheetreel/sheetreel/services/render/studio/look"
	"github.com/sheetreel/sheetreel/services/render/studio/typeset"
)

// Film paints the frames of one video. It is not safe for concurrent use.
type Film struct {
	stage    look.Stage
	style    look.Style
	scheme   look.Scheme
	fps      float64
	scenes   []*scene
	ends     []float64 // of the scenes, in seconds
	frames   int
	backdrop *backdrop.Backdrop
	ornament ornament
	bars     bars
	reading  int // the scene that was painted last
	missing  []rune
}

// New prepares a film. It sets all text, so its errors (a storyboard out of bounds, a missing font) come before any
// frame is painted; the letters are drawn when their scene comes.
func New(sb *storyboardv1.Storyboard, fonts *typeset.Library) (*Film, error) {
	if err := check(sb); err != nil {
		return nil, err
	}
	style, err := look.StyleOf(sb.GetTheme().GetStyle())
	if err != nil {
		return nil, fmt.Errorf("theme: %w", err)
	}
	palette, err := look.PaletteOf(sb.GetTheme().GetPalette())
	if err != nil {
		return nil, fmt.Errorf("theme: %w", err)
	}
	w, h := int(sb.GetCanvas().GetWidth()), int(sb.GetCanvas().GetHeight())
	f := &Film{
		stage: look.StageFor(w, h), style: style, scheme: style.Scheme(palette),
		fps: float64(sb.GetCanvas().GetFrameRate()),
	}
	f.backdrop = backdrop.New(style.Backdrop, f.scheme, sb.GetTheme().GetSeed(), w, h)
	if err := f.setScenes(sb, fonts); err != nil {
		return nil, err
	}
	f.frames = int(math.Round(f.ends[len(f.ends)-1] * f.fps))
	f.ornament = ornament{style.Ornament, f.stage, f.scheme}
	f.bars = bars{style.Bars, f.stage, f.scheme, f.ends}
	return f, nil
}

// Missing are the characters that no installed font has; they are left blank.
func (f *Film) Missing() []rune { return f.missing }

// Frames is the number of frames.
func (f *Film) Frames() int { return f.frames }

// Paint paints frame i. It covers all of the frame.
func (f *Film) Paint(i int, frame *draw.Frame) {
	t := float64(i) / f.fps
	k := f.sceneAt(t)
	if k != f.reading {
		f.scenes[f.reading].forget()
		f.reading = k
	}
	f.backdrop.Paint(frame, f.moment(k, t))
	f.ornament.paint(frame)
	f.scenes[k].paint(frame, t-f.start(k))
	f.bars.paint(frame, k, t)
}

func (f *Film) start(k int) float64 {
	if k == 0 {
		return 0
	}
	return f.ends[k-1]
}

func (f *Film) sceneAt(t float64) int {
	for k, end := range f.ends {
		if t < end-1e-6 {
			return k
		}
	}
	return len(f.ends) - 1
}

// moment says where the backdrop is: it begins to turn a little before a scene does.
func (f *Film) moment(k int, t float64) backdrop.Moment {
	const lead, turn = 0.2, 0.9
	if k+1 < len(f.ends) && t > f.ends[k]-lead {
		k++
	}
	return backdrop.Moment{Scene: k, Turn: smooth((t - f.start(k) + lead) / turn), Time: t}
}

// Poster is the number of a frame that stands for the video: the first scene, with everything in place.
func (f *Film) Poster() int {
	const settled = 1.0
	end := f.ends[0]
	for t := settled; t < end-leaveTime; t += 1 / f.fps {
		if f.scenes[0].captions.full(t) {
			return int(math.Round(t * f.fps))
		}
	}
	return int(min(settled, end/2) * f.fps)
}
