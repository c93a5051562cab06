package film

import (
	"image"

	"github.com/sheetreel/sheetreel/services/render/studio/colour"
	"github.com/sheetreel/sheetreel/services/render/studio/draw"
	"github.com/sheetreel/sheetreel/services/render/studio/look"
	"github.com/sheetreel/sheetreel/services/render/studio/typeset"
)

// draw paints the hero with what it stands on. The sprite is larger than the hero's area by the same on all sides.
func (h *heroPart) draw() *draw.Sprite {
	pad := 64 * h.film.stage.Scale
	s := &sheet{draw.NewLayer(int(h.area.W+2*pad), int(h.area.H+2*pad)), 0, 0}
	// From here on the hero stands in the middle of the sheet.
	a := look.Area{X: (float64(s.W) - h.area.W) / 2, Y: (float64(s.H) - h.area.H) / 2, W: h.area.W, H: h.area.H}
	if h.figure != nil {
		h.drawFigure(s, a)
		return s.Sprite()
	}
	img, err := h.picture()
	switch {
	case err != nil:
		// A picture that was there when the film was set and is broken now leaves its place empty.
	case h.photo:
		h.drawPhoto(s, a, img)
	default:
		h.drawIllustration(s, a, img)
	}
	return s.Sprite()
}

// drawPhoto paints a picture with round corners and a shadow.
func (h *heroPart) drawPhoto(s *sheet, a look.Area, img image.Image) {
	scale := h.film.stage.Scale
	radius := 36 * scale
	if h.film.style.Plinth == look.Sticker {
		radius = 10 * scale
	}
	shape := s.Path(func(pen typeset.Pen) { draw.RoundRect(pen, a.X, a.Y, a.W, a.H, radius) })
	if h.film.style.Plinth == look.Sticker {
		s.Fill(shape, h.scheme.Ink, 1, int(16*scale))
	} else {
		s.Fill(shape.Blur(16*scale), h.shade(), 0.45, int(16*scale))
	}
	b := img.Bounds()
	w, height := a.W, a.W*float64(b.Dy())/float64(b.Dx())
	if height < a.H {
		w, height = a.H*float64(b.Dx())/float64(b.Dy()), a.H
	}
	s.Fill(shape, colour.Hex(0xFFFFFF), 1, 0) // behind what is transparent
	s.PictureThrough(shape, img, a.X+(a.W-w)/2, a.Y+(a.H-height)/2, w, height)
	if h.film.style.Plinth == look.Medallion {
		ring := s.Path(func(pen typeset.Pen) {
			draw.RoundRect(pen, a.X, a.Y, a.W, a.H, radius)
		}).Minus(s.Path(func(pen typeset.Pen) {
			w := 4 * scale
			draw.RoundRect(pen, a.X+w, a.Y+w, a.W-2*w, a.H-2*w, radius-w)
		}))
		s.Fill(ring, h.scheme.Accent, 0.9, 0)
	}
}

func (h *heroPart) drawIllustration(s *sheet, a look.Area, img image.Image) {
	scale := h.film.stage.Scale
	part := h.plinth(s, a, img) // of the area that is left to the illustration
	w := min(a.W*part, h.sharp)
	height := w
	if b := img.Bounds(); b.Dx() > b.Dy() {
		height = w * float64(b.Dy()) / float64(b.Dx())
	} else {
		w = height * float64(b.Dx()) / float64(b.Dy())
	}
	x, y := a.X+(a.W-w)/2, a.Y+(a.H-height)/2
	if opacity := h.cast(); opacity > 0 {
		blur, drop := 14*scale, 22*scale
		if part < 1 {
			blur, drop = 8*scale, 10*scale
		}
		s.Fill(s.Shape(img, x, y, w, height).Blur(blur), h.shade(), opacity, int(drop))
	}
	s.Picture(img, x, y, w, height)
}

// cast is the opacity of an illustration's shadow.
func (h *heroPart) cast() float64 {
	switch h.film.style.Plinth {
	case look.Free:
		return 0.45
	case look.Sticker:
		return 0
	}
	return 0.22
}

func (h *heroPart) shade() colour.RGB {
	if h.film.style.Plinth == look.Pool {
		return h.scheme.Ink
	}
	return colour.RGB{}
}

// plinth paints what an illustration or figure stands on, and says how much of the area it leaves for it.
func (h *heroPart) plinth(s *sheet, a look.Area, img image.Image) float64 {
	scale, scheme := h.film.stage.Scale, h.scheme
	radius := min(a.W, a.H) / 2
	disc := func(inset float64) *draw.Mask {
		return s.Path(func(pen typeset.Pen) {
			r := radius - inset
			draw.RoundRect(pen, a.X+a.W/2-r, a.Y+a.H/2-r, 2*r, 2*r, r)
		})
	}
	switch h.film.style.Plinth {
	case look.Medallion:
		s.Fill(disc(2*scale).Blur(18*scale), colour.RGB{}, 0.4, int(10*scale))
		s.Fill(disc(0), scheme.Base, 1, 0)
		if img != nil && dark(img) {
			s.Fill(disc(3*scale), scheme.Ink, 1, 0)
		} else {
			s.Fill(disc(3*scale), scheme.Glows[0].Lightness(0.42), 0.55, 0)
		}
		s.Fill(disc(0).Minus(disc(5*scale)), scheme.Accent, 0.9, 0)
		s.Fill(disc(14*scale).Minus(disc(16*scale)), scheme.Accent, 0.6, 0)
		return 0.66
	case look.Pool:
		s.Fill(disc(0), scheme.Accent.Mix(scheme.Base, 0.84), 1, 0)
		return 0.68
	case look.Card:
		card := s.Path(func(pen typeset.Pen) { draw.RoundRect(pen, a.X, a.Y, a.W, a.H, 40*scale) })
		s.Fill(card.Blur(20*scale), colour.RGB{}, 0.35, int(16*scale))
		s.Fill(card, colour.Hex(0xF6F8FC), 1, 0)
		return 0.70
	case look.Sticker:
		s.Fill(disc(8*scale), scheme.Ink, 1, int(14*scale))
		s.Fill(disc(8*scale), colour.Hex(0xFFFFFF), 1, 0)
		return 0.70
	}
	if img != nil && dark(img) {
		s.Fill(disc(0).Blur(16*scale), colour.RGB{}, 0.35, int(14*scale))
		s.Fill(disc(0), colour.Hex(0xFFFFFF), 0.94, 0)
		return 0.66
	}
	return 1
}

// leastLight is the mean luma of an illustration below which it cannot be seen on a dark ground.
const leastLight = 0.38

// dark says whether an illustration is too dark for a dark ground.
func dark(img image.Image) bool {
	var light, cover float64
	b := img.Bounds()
	for y := b.Min.Y; y < b.Max.Y; y += 3 {
		for x := b.Min.X; x < b.Max.X; x += 3 {
			r, g, bl, a := img.At(x, y).RGBA()
			light += 0.2126*float64(r) + 0.7152*float64(g) + 0.0722*float64(bl)
			cover += float64(a)
		}
	}
	return cover > 0 && light/cover < leastLight
}

// drawFigure paints a big number or word on its plinth.
func (h *heroPart) drawFigure(s *sheet, a look.Area) {
	scale, ink := h.film.stage.Scale, h.scheme.Accent
	part := h.plinth(s, a, nil)
	switch h.film.style.Plinth {
	case look.Card:
		ink = h.scheme.Glows[0].Lightness(0.38)
	case look.Sticker:
		ink = h.scheme.Ink
	}
	if part == 1 {
		part = 0.98
	} else {
		part *= 1.06
	}
	block := h.figure.Fit(typeset.Box{
		Width: a.W * part, Height: a.H, MaxLines: 1, Max: a.H * part, Min: 40 * scale, Leading: 1,
	})
	if len(block.Lines) == 0 {
		return
	}
	line := block.Lines[0]
	x, y := a.X+(a.W-line.Width)/2, a.Y+(a.H-block.Height())/2+block.Baseline(0)
	if h.scheme.Shadow > 0 && h.film.style.Plinth == look.Free {
		s.Fill(s.mask(line, every, x, y).Blur(14*scale), h.shade(), 0.4, int(16*scale))
	}
	s.text(line, every, x, y, ink)
}
