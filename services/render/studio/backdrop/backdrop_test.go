package backdrop_test

import (
	"bytes"
	"fmt"
	"testing"

	"github.com/sheetreel/sheetreel/services/render/studio/backdrop"
	"github.com/sheetreel/sheetreel/services/render/studio/colour"
	"github.com/sheetreel/sheetreel/services/render/studio/draw"
	"github.com/sheetreel/sheetreel/services/render/studio/look"
)

// TestHeadlineContrast looks at every style, palette and shape of picture: white or black letters must stand out from
// all that can lie behind them. Large letters need 3:1 by WCAG; this asks for more.
func TestHeadlineContrast(t *testing.T) {
	const least = 3.5
	for _, style := range look.Styles() {
		for _, palette := range look.Palettes() {
			for _, size := range [][2]int{{90, 160}, {160, 90}} {
				scheme := style.Scheme(palette)
				name := fmt.Sprintf("%s/%s/%dx%d", style.Name, palette.Name, size[0], size[1])
				stage := look.StageFor(size[0], size[1], look.SafeShortVideo)
				for seed := range uint64(3) {
					b := backdrop.New(style.Backdrop, scheme, seed, size[0], size[1])
					f := draw.NewFrame(size[0], size[1])
					for scene := range 4 {
						b.Paint(f, backdrop.Moment{Scene: scene, Turn: 1, Time: float64(scene) * 3})
						if c := worst(f, stage.Headline, scheme.Ink); c < least {
							t.Errorf("%s, seed %d, scene %d: contrast %.2f", name, seed, scene, c)
						}
					}
				}
			}
		}
	}
}

// worst is the lowest contrast of an ink over an area.
func worst(f *draw.Frame, a look.Area, ink colour.RGB) float64 {
	low := 21.0
	img := f.Image()
	for y := int(a.Y); y < int(a.Bottom()); y += 3 {
		for x := int(a.X); x < int(a.Right()); x += 3 {
			p := img.RGBAAt(x, y)
			low = min(low, colour.Contrast(ink, colour.Hex(uint32(p.R)<<16|uint32(p.G)<<8|uint32(p.B))))
		}
	}
	return low
}

func TestAccentsStandOut(t *testing.T) {
	for _, style := range look.Styles() {
		for _, palette := range look.Palettes() {
			s := style.Scheme(palette)
			name := style.Name + "/" + palette.Name
			check := func(what string, a, b colour.RGB, least float64) {
				t.Helper()
				if c := colour.Contrast(a, b); c < least {
					t.Errorf("%s: %s has contrast %.2f, want %.1f", name, what, c, least)
				}
			}
			check("headline", s.Ink, s.Base, 4.5)
			check("accent", s.Accent, s.Base, 4.5)
			if style.Headline.Emphasis == look.Marker {
				check("emphasised word", s.OnAccent, s.Accent, 4.5)
			}
			if m := style.Caption.Mark; m == look.Pill || m == look.Strip {
				check("spoken word", s.OnMark, s.CaptionMark, 4.5)
			}
			if style.Caption.Card {
				check("caption", s.CaptionInk, s.Card, 4.5)
			}
		}
	}
}

func TestSameMomentSamePicture(t *testing.T) {
	for _, style := range look.Styles() {
		scheme := style.Scheme(look.Palettes()[0])
		m := backdrop.Moment{Scene: 2, Turn: 0.4, Time: 5.3}
		one, other := draw.NewFrame(182, 98), draw.NewFrame(182, 98)
		backdrop.New(style.Backdrop, scheme, 9, 182, 98).Paint(one, m)
		b := backdrop.New(style.Backdrop, scheme, 9, 182, 98)
		b.Paint(other, backdrop.Moment{Scene: 1, Turn: 1, Time: 1})
		b.Paint(other, m)
		if !bytes.Equal(one.Data, other.Data) {
			t.Errorf("%s: the picture depends on what was painted before", style.Name)
		}
	}
}
