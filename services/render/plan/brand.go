package plan

import (
	"strconv"
	"strings"

	ingestv1 "github.com/sheetreel/sheetreel/gen/sheetreel/ingest/v1"
	storyboardv1 "github.com/sheetreel/sheetreel/gen/sheetreel/storyboard/v1"
	"github.com/sheetreel/sheetreel/services/render/studio/colour"
)

// leastContrast is what WCAG 2 asks of text.
const leastContrast = 4.5

// brand is the brand of an idea, from the columns brand_color and brand_background and its logo; nil without. Colours
// are made readable: the ground below white letters, the accent on the ground. What is no colour is left out.
func brand(style string, idea *ingestv1.Idea) *storyboardv1.Theme_Brand {
	b := &storyboardv1.Theme_Brand{LogoUri: firstAsset(idea, ingestv1.IdeaAsset_LOGO)}
	if c, ok := parseColour(brandColumn(idea, "brand_color", "brand_colour", "accent_color")); ok {
		b.AccentColor = c.String()
	}
	if c, ok := parseColour(brandColumn(idea, "brand_background", "brand_base", "base_color")); ok {
		b.BaseColor = c.String()
	}
	if b.GetLogoUri() == "" && b.GetAccentColor() == "" && b.GetBaseColor() == "" {
		return nil
	}
	readable(style, b)
	return b
}

// readable changes the colours of a brand that would make text hard to read, and tells which.
func readable(style string, b *storyboardv1.Theme_Brand) (base, accent bool) {
	white := colour.RGB{R: 1, G: 1, B: 1}
	ground := colour.RGB{}
	if style == "minimal" { // dark letters on paper: the ground is not the brand's
		ground = white
	} else if c, ok := parseColour(b.GetBaseColor()); ok {
		ground = darken(c, white)
		base = ground.String() != c.String()
		b.BaseColor = ground.String()
	}
	c, ok := parseColour(b.GetAccentColor())
	if !ok || style == "bold" { // there the accent is a plate, and its letters are chosen by it
		return base, false
	}
	clear := colour.Against(c, ground, leastContrast)
	b.AccentColor = clear.String()
	return base, clear.String() != c.String()
}

// darken mixes black into a colour until letters stand out from it.
func darken(c, letters colour.RGB) colour.RGB {
	out := c
	for t := 0.02; colour.Contrast(out, letters) < leastContrast && t <= 1; t += 0.02 {
		out = c.Mix(colour.RGB{}, t)
	}
	return out
}

// brandColumn is the first of some columns that has something in it.
func brandColumn(idea *ingestv1.Idea, names ...string) string {
	for _, name := range names {
		if value := variable(idea, name); value != "" {
			return value
		}
	}
	return ""
}

// parseColour reads #rrggbb or #rgb, with or without the #.
func parseColour(text string) (colour.RGB, bool) {
	text = strings.TrimPrefix(strings.TrimSpace(text), "#")
	if len(text) == 3 {
		text = string([]byte{text[0], text[0], text[1], text[1], text[2], text[2]})
	}
	v, err := strconv.ParseUint(text, 16, 32)
	if err != nil || len(text) != 6 {
		return colour.RGB{}, false
	}
	return colour.Hex(uint32(v)), true
}
