package film

import (
	"math"

	"github.com/sheetreel/sheetreel/services/render/studio/colour"
	"github.com/sheetreel/sheetreel/services/render/studio/draw"
	"github.com/sheetreel/sheetreel/services/render/studio/look"
)

// scrim is the veil between a picture and the words on it. It is as thick as the words need, behind them, and thin
// elsewhere.
type scrim struct {
	// Top and Bottom are the rooms of words; one without height has none.
	Top, Bottom look.Area
	// Ink are the colours that must be readable.
	Ink []colour.RGB
	// Contrast that they need.
	Contrast float64
}

const (
	scrimLeast = 0.40 // behind words
	scrimAir   = 0.12 // elsewhere
	scrimSoft  = 0.16 // of the picture's height, from one to the other
)

// plain is the veil for a picture that is not known beforehand.
func (s scrim) plain(f *Film, base colour.RGB) []float64 {
	worst := colour.Hex(0xFFFFFF)
	if base.Luminance() > 0.18 {
		worst = colour.RGB{}
	}
	need := s.need(base, worst.Luminance())
	return s.rows(f, need, need)
}

// measured is the veil for a picture.
func (s scrim) measured(f *Film, base colour.RGB, p *draw.Picture) []float64 {
	// Words move over a picture that moves: what is measured is larger than their room.
	need := func(a look.Area) float64 {
		if a.H <= 0 {
			return 0
		}
		low, high := p.Light(a.Y/f.stage.H-0.06, a.Bottom()/f.stage.H+0.06)
		return max(s.need(base, low), s.need(base, high))
	}
	return s.rows(f, need(s.Top), need(s.Bottom))
}

// need is how thick the veil must be over a ground of a luminance.
func (s scrim) need(base colour.RGB, luminance float64) float64 {
	grey := colour.Gamma(luminance)
	ground := colour.RGB{R: grey, G: grey, B: grey}
	for a := scrimLeast; a < 0.96; a += 0.02 {
		under := colour.RGB{
			R: ground.R + (base.R-ground.R)*a,
			G: ground.G + (base.G-ground.G)*a,
			B: ground.B + (base.B-ground.B)*a,
		}
		fits := true
		for _, ink := range s.Ink {
			fits = fits && colour.Contrast(ink, under) >= s.Contrast
		}
		if fits {
			return a
		}
	}
	return 0.96
}

// rows are the opacities of the veil, row by row.
func (s scrim) rows(f *Film, top, bottom float64) []float64 {
	h := f.stage.H
	out := make([]float64, int(h))
	for y := range out {
		at := float64(y) + 0.5
		a := scrimAir
		if s.Top.H > 0 {
			a = max(a, fade(top, (at-s.Top.Bottom())/(scrimSoft*h)))
		}
		if s.Bottom.H > 0 {
			a = max(a, fade(bottom, (s.Bottom.Y-at)/(scrimSoft*h)))
		}
		out[y] = a
	}
	return out
}

// fade goes from full to air as t goes from 0 to 1.
func fade(full, t float64) float64 {
	return full + (scrimAir-full)*smooth(math.Max(t, 0))
}
