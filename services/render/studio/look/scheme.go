package look

import "github.com/sheetreel/sheetreel/services/render/studio/colour"

// Scheme is the colours of a video by what they are used for.
type Scheme struct {
	// Base is the ground of the backdrop, Glows what shines or lies on it.
	Base  colour.RGB
	Glows []colour.RGB
	// Ink is the headline, Accent its emphasised words, OnAccent what stands on the accent.
	Ink, Accent, OnAccent colour.RGB
	// CaptionInk is a caption's words, CaptionMark what marks the spoken one, OnMark the spoken word.
	CaptionInk, CaptionMark, OnMark colour.RGB
	// Card is the plate behind captions that have one.
	Card colour.RGB
	// Shade is shadows and outlines of letters; Shadow is its opacity.
	Shade  colour.RGB
	Shadow float64
	// Vignette darkens the corners, from 0 to 1.
	Vignette float64
}

// OverPicture is the scheme for words on a veiled picture: what is faint on the style's own ground is stronger, and a
// loud ground gives way to a dark veil, so that the picture is seen.
func (s Scheme) OverPicture() Scheme {
	if loud := s.Ink.Luminance() < 0.1 && s.Base.Luminance() < 0.7; loud {
		s.Base, s.Ink = s.Ink, white()
		s.Accent, s.OnAccent = s.OnAccent, s.Base
		return s
	}
	s.Accent = colour.Against(s.Accent, s.Base, 7)
	if s.Card == (colour.RGB{}) {
		s.CaptionInk = s.CaptionInk.Mix(s.Ink, 0.7)
	}
	return s
}

func white() colour.RGB { return colour.RGB{R: 1, G: 1, B: 1} }

// night is light text on a dark gradient.
func night(p Palette) Scheme {
	onAccent := colour.Hex(0x0E0C18)
	return Scheme{
		Base: p.Base, Glows: []colour.RGB{p.Glows[0], p.Glows[1], p.Glows[2], p.Glows[1]},
		Ink: white(), Accent: p.Accent, OnAccent: onAccent,
		CaptionInk: white(), CaptionMark: p.Accent, OnMark: onAccent,
		Shade: colour.RGB{}, Shadow: 0.45, Vignette: 0.35,
	}
}

// library is cream letters on one deep, warm colour.
func library(p Palette) Scheme {
	ground := p.Glows[0].Chroma(0.62).Lightness(0.255)
	cream := colour.Hex(0xF5EBD7)
	gold := p.Accent.Mix(colour.Hex(0xDDB055), 0.9)
	return Scheme{
		Base: ground.Lightness(0.17), Glows: []colour.RGB{ground.Lightness(0.33), ground},
		Ink: cream, Accent: gold, OnAccent: ground.Lightness(0.16),
		CaptionInk: cream, CaptionMark: gold, OnMark: gold,
		Shade: colour.RGB{}, Shadow: 0.35, Vignette: 0.5,
	}
}

// paper is dark letters on nearly white.
func paper(p Palette) Scheme {
	ground := p.Glows[1].Chroma(0.10).Lightness(0.965)
	ink := p.Base.Lightness(0.21)
	accent := colour.Against(p.Glows[1].Mix(p.Glows[2], 0.45), ground, 4.6)
	return Scheme{
		Base:  ground,
		Glows: []colour.RGB{p.Glows[2].Chroma(0.35).Lightness(0.90), p.Glows[1].Chroma(0.30).Lightness(0.93), p.Accent.Chroma(0.4).Lightness(0.95)},
		Ink:   ink, Accent: accent, OnAccent: ground,
		CaptionInk: ink.Mix(ground, 0.38), CaptionMark: accent, OnMark: ink,
	}
}

// office is white letters on a calm blueprint of the palette's middle colour.
func office(p Palette) Scheme {
	ground := p.Glows[0].Lightness(0.27)
	card := white()
	return Scheme{
		Base: ground.Lightness(0.22), Glows: []colour.RGB{p.Glows[1].Lightness(0.40), ground, p.Glows[1].Lightness(0.52)},
		Ink: white(), Accent: colour.Against(p.Accent, ground, 7), OnAccent: ground.Lightness(0.2),
		CaptionInk: p.Base.Lightness(0.25), CaptionMark: p.Accent, OnMark: p.Base.Lightness(0.15),
		Card: card, Shade: colour.RGB{}, Shadow: 0.25, Vignette: 0.2,
	}
}

// poster is black and white on one loud colour.
func poster(p Palette) Scheme {
	ground := p.Glows[2].Mix(p.Glows[1], 0.25)
	if l := ground.Lab().L; l < 0.62 {
		ground = ground.Lightness(0.66)
	}
	ink := colour.Hex(0x0B0A10)
	return Scheme{
		Base: ground, Glows: []colour.RGB{ground.Lightness(ground.Lab().L + 0.07), ground.Lightness(ground.Lab().L - 0.08), p.Accent.Mix(ground, 0.35)},
		Ink: ink, Accent: ink, OnAccent: p.Accent,
		CaptionInk: white(), CaptionMark: p.Accent, OnMark: ink,
		Card: ink, Shade: ink, Shadow: 0,
	}
}
