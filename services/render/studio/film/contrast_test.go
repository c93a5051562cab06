package film

import (
	"fmt"
	"image"
	"image/color"
	"slices"
	"testing"

	storyboardv1 "github.com/sheetreel/sheetreel/gen/sheetreel/storyboard/v1"
	"github.com/sheetreel/sheetreel/services/render/studio/colour"
	"github.com/sheetreel/sheetreel/services/render/studio/draw"
	"github.com/sheetreel/sheetreel/services/render/studio/look"
	"github.com/sheetreel/sheetreel/services/render/studio/typeset"
)

// pictures gives images of one grey, by address, and stripes.
func pictures(m *storyboardv1.Media) (Medium, bool) {
	shade := map[string][2]uint8{"black": {0, 0}, "white": {255, 255}, "stripes": {10, 245}, "grey": {128, 128}}
	of, ok := shade[m.GetImageUri()]
	return Medium{Digest: m.GetImageUri(), Width: 64, Height: 64, Image: func() (image.Image, error) {
		img := image.NewGray(image.Rect(0, 0, 64, 64))
		for i := range img.Pix {
			img.SetGray(i%64, i/64, color.Gray{Y: of[i/8%2]})
		}
		return img, nil
	}}, ok
}

// TestContrast measures, in every style and shape of picture and over every ground, what lies behind words: they must
// stand out as WCAG 2 asks, big letters in the accent colour a little less.
func TestContrast(t *testing.T) {
	fonts, err := typeset.Open([]string{"/usr/share/fonts"})
	if err != nil {
		t.Fatal(err)
	}
	text := [2]string{"Why *cats* land on their feet", "Drop a cat and it lands on its feet."}
	for _, style := range look.Styles() {
		for n, size := range [][2]int32{{90, 160}, {120, 120}, {160, 90}, {120, 150}} {
			for _, behind := range []string{"", "black", "white", "stripes", "grey"} {
				sb := board(style.Name, "en", size, text)
				sb.Theme.Palette = look.Palettes()[n].Name
				if behind != "" {
					sb.Scenes[1].Background = &storyboardv1.Media{Kind: &storyboardv1.Media_ImageUri{ImageUri: behind}}
				}
				f, err := New(sb, Sources{Fonts: fonts, Media: pictures})
				if err != nil {
					t.Fatal(err)
				}
				chunk, frame := f.Chunk(1), draw.NewFrame(int(size[0]), int(size[1]))
				for _, at := range []float64{0.8, 1.8} {
					chunk.paintGround(frame, at)
					f.ornament.paint(frame)
					name := fmt.Sprintf("%s %dx%d over %q at %.1f s", style.Name, size[0], size[1], behind, at)
					checkContrast(t, name, frame, f.scenes[1])
				}
				if err := chunk.Close(); err != nil {
					t.Error(err)
				}
			}
		}
	}
}

func checkContrast(t *testing.T, name string, frame *draw.Frame, s *scene) {
	t.Helper()
	check := func(what string, a look.Area, ink colour.RGB, least float64) {
		if c := contrastOver(frame, a, ink); c < least {
			t.Errorf("%s: %s has contrast %.2f, want %.1f", name, what, c, least)
		}
	}
	style := s.captions.film.style
	check("headline", s.headline.area, s.scheme.Ink, 4.5)
	if style.Headline.Emphasis == look.Tint {
		check("emphasis", s.headline.area, s.scheme.Accent, 3.6)
	}
	if style.Caption.Card {
		return
	}
	for i := range s.captions.pages {
		a := s.captions.area(&s.captions.pages[i])
		check("caption", a, s.scheme.CaptionInk, 4.5)
		if style.Caption.Mark == look.Glow {
			check("spoken word", a, s.scheme.CaptionMark, 4.5)
		}
	}
}

// contrastOver is the contrast that an ink has with nearly all pixels of an area; the worst two in a hundred are noise.
func contrastOver(frame *draw.Frame, a look.Area, ink colour.RGB) float64 {
	var all []float64
	img := frame.Image()
	for y := int(a.Y); y < int(a.Bottom()); y += 2 {
		for x := int(a.X); x < int(a.Right()); x += 2 {
			p := img.RGBAAt(x, y)
			all = append(all, colour.Contrast(ink, colour.Hex(uint32(p.R)<<16|uint32(p.G)<<8|uint32(p.B))))
		}
	}
	slices.Sort(all)
	return all[len(all)/50]
}
