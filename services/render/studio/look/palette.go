package look

import (
	"fmt"
	"slices"
	"strings"

	"github.com/sheetreel/sheetreel/services/render/studio/colour"
)

// Palette is the raw colours of a video; a style makes its scheme from them.
type Palette struct {
	Name string
	// Base is the darkest colour.
	Base colour.RGB
	// Glows go from dim to bright.
	Glows [3]colour.RGB
	// Accent stands out from all others.
	Accent colour.RGB
}

// Palettes are all palettes in a fixed order.
func Palettes() []Palette {
	palette := func(name string, base, dim, mid, bright, accent uint32) Palette {
		return Palette{
			name, colour.Hex(base),
			[3]colour.RGB{colour.Hex(dim), colour.Hex(mid), colour.Hex(bright)},
			colour.Hex(accent),
		}
	}
	return []Palette{
		palette("midnight", 0x0B1026, 0x1B1E5E, 0x5B2A9E, 0xE2447C, 0xFFD23F),
		palette("lagoon", 0x04151F, 0x0B3B4A, 0x0E7C7B, 0x1FC8A9, 0xFFE066),
		palette("violet", 0x12061F, 0x3A0F5E, 0x7B2CBF, 0xFF6B9A, 0x7CF5FF),
		palette("ember", 0x160A05, 0x4A1C0B, 0xB1440E, 0xFF9F45, 0xFFF3B0),
		palette("ocean", 0x05131A, 0x0C2F5C, 0x1D62C9, 0x63C7FF, 0xFFD23F),
	}
}

// PaletteOf finds a palette by name; no name is the first.
func PaletteOf(name string) (Palette, error) {
	all := Palettes()
	if name == "" {
		return all[0], nil
	}
	i := slices.IndexFunc(all, func(p Palette) bool { return p.Name == strings.ToLower(name) })
	if i < 0 {
		return Palette{}, fmt.Errorf("palette %q: unknown; known are midnight, lagoon, violet, ember, ocean", name)
	}
	return all[i], nil
}

// Branded is the palette with a brand's colours, written as #rrggbb; an empty or unreadable one changes nothing. The
// glows follow the base.
func (p Palette) Branded(base, accent string) Palette {
	if c, ok := colour.Parse(base); ok {
		p.Base = c.Lightness(min(c.Lab().L, 0.22))
		for i, l := range [...]float64{0.30, 0.44, 0.64} {
			p.Glows[i] = c.Lightness(l)
		}
	}
	if c, ok := colour.Parse(accent); ok {
		p.Accent = c
	}
	return p
}
