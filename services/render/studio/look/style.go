// Package look is the design of the studio as data: styles, palettes and where things stand on the picture. Every
// length is for a picture whose short side is [Unit] and is scaled to the real one.
package look

import (
	"fmt"
	"slices"
	"strings"

	"github.com/sheetreel/sheetreel/services/render/studio/typeset"
)

// Unit is the short side for which lengths are given.
const Unit = 1080

// Backdrop is what lies behind everything.
type Backdrop int

// The backdrops.
const (
	Mesh      Backdrop = iota // soft lights that wander through the dark
	Spotlight                 // one glow from above, dark corners
	Washes                    // pale washes on paper
	Bands                     // leaning bands of light
	Discs                     // large flat discs
)

// Emphasis is how the important words of a headline stand out.
type Emphasis int

// The emphases.
const (
	Tint   Emphasis = iota // letters in the accent colour
	Marker                 // a block of the accent colour behind the letters
)

// Mark is how a caption shows the spoken word.
type Mark int

// The marks.
const (
	Pill  Mark = iota // a round plate of the accent colour
	Glow              // letters in the accent colour
	Ink               // full ink among grey words
	Strip             // a square plate of the accent colour
)

// Bars is how the progress through the scenes is shown.
type Bars int

// The bars.
const (
	Story    Bars = iota // one bar a scene at the top
	Hairline             // one thin line along the top of the safe area
	Footer               // a thick line on the lower edge of the picture
)

// Kicker is how the small title above the headline looks.
type Kicker int

// The kickers.
const (
	Plate  Kicker = iota // on a translucent plate
	Ruled                // between two short rules
	Plain                // bare, in the accent colour
	Tag                  // on a square plate in the accent colour
	Dashed               // after a short thick dash
)

// Ornament is what decorates the picture.
type Ornament int

// The ornaments.
const (
	None      Ornament = iota
	Frame              // a double line around the picture
	AccentBar          // a bar at the starting side of the headline
)

// Motion is how illustrations come and stay.
type Motion int

// The motions.
const (
	Pop  Motion = iota // they jump up and float
	Rise               // they come up gently and rest
)

// Plinth is what an illustration or a figure stands on.
type Plinth int

// The plinths.
const (
	Free      Plinth = iota // nothing but its shadow
	Medallion               // a dark disc in a double ring of the accent colour
	Pool                    // a pale disc
	Card                    // a white card with round corners
	Sticker                 // a disc with a hard shadow
)

// Style is a look.
type Style struct {
	Name     string
	Backdrop Backdrop
	Scheme   func(Palette) Scheme
	Ornament Ornament
	Bars     Bars
	Kicker   Kicker
	Motion   Motion
	Plinth   Plinth
	Headline Headline
	Caption  Caption
}

// Headline is how headlines are set.
type Headline struct {
	Font typeset.Font
	// Max and Min font size.
	Max, Min float64
	// Leading and Tracking in em.
	Leading, Tracking float64
	// WordSpacing is extra, in em.
	WordSpacing float64
	Upper       bool
	Emphasis    Emphasis
	// Start sets lines flush with the side where reading starts; else they are centred.
	Start bool
}

// Caption is how captions are set.
type Caption struct {
	Font typeset.Font
	// Max and Min font size.
	Max, Min float64
	Upper    bool
	Mark     Mark
	// Halo draws a dark outline around the letters.
	Halo bool
	// Card draws a plate behind the lines.
	Card bool
	// Start sets lines flush with the side where reading starts; else they are centred.
	Start bool
}

// Styles are all styles in a fixed order.
func Styles() []Style {
	return []Style{
		{
			Name: "modern", Backdrop: Mesh, Scheme: night, Bars: Story, Kicker: Plate, Motion: Pop, Plinth: Free,
			Headline: Headline{
				Font: typeset.Font{Family: typeset.Display, Weight: typeset.Black},
				Max:  132, Min: 64, Leading: 1.06, Tracking: -0.022,
			},
			Caption: Caption{
				Font: typeset.Font{Family: typeset.Text, Weight: typeset.ExtraBold},
				Max:  74, Min: 48, Halo: true,
			},
		},
		{
			Name: "classic", Backdrop: Spotlight, Scheme: library, Ornament: Frame, Bars: Hairline, Kicker: Ruled, Motion: Rise, Plinth: Medallion,
			Headline: Headline{
				Font: typeset.Font{Family: typeset.SerifDisplay, Weight: typeset.Bold},
				Max:  136, Min: 60, Leading: 1.14, Tracking: -0.008,
			},
			Caption: Caption{
				Font: typeset.Font{Family: typeset.Serif, Weight: typeset.Bold},
				Max:  58, Min: 42, Mark: Glow,
			},
		},
		{
			Name: "minimal", Backdrop: Washes, Scheme: paper, Bars: Hairline, Kicker: Plain, Motion: Rise, Plinth: Pool,
			Headline: Headline{
				Font: typeset.Font{Family: typeset.Display, Weight: typeset.SemiBold},
				Max:  126, Min: 54, Leading: 1.10, Tracking: -0.03, Start: true,
			},
			Caption: Caption{
				Font: typeset.Font{Family: typeset.Text, Weight: typeset.Medium},
				Max:  56, Min: 40, Mark: Ink, Start: true,
			},
		},
		{
			Name: "corporate", Backdrop: Bands, Scheme: office, Ornament: AccentBar, Bars: Story, Kicker: Dashed, Motion: Rise, Plinth: Card,
			Headline: Headline{
				Font: typeset.Font{Family: typeset.Display, Weight: typeset.Bold},
				Max:  124, Min: 56, Leading: 1.12, Tracking: -0.018, Start: true,
			},
			Caption: Caption{
				Font: typeset.Font{Family: typeset.Text, Weight: typeset.SemiBold},
				Max:  52, Min: 40, Mark: Strip, Card: true, Start: true,
			},
		},
		{
			Name: "bold", Backdrop: Discs, Scheme: poster, Bars: Footer, Kicker: Tag, Motion: Pop, Plinth: Sticker,
			Headline: Headline{
				Font: typeset.Font{Family: typeset.Display, Weight: typeset.Black},
				Max:  168, Min: 72, Leading: 1.06, Tracking: -0.03, WordSpacing: 0.08, Upper: true, Emphasis: Marker,
			},
			Caption: Caption{
				Font: typeset.Font{Family: typeset.Text, Weight: typeset.Black},
				Max:  70, Min: 48, Upper: true, Mark: Glow, Card: true,
			},
		},
	}
}

// StyleOf finds a style by name; no name is the first.
func StyleOf(name string) (Style, error) {
	all := Styles()
	if name == "" {
		return all[0], nil
	}
	i := slices.IndexFunc(all, func(s Style) bool { return s.Name == strings.ToLower(name) })
	if i < 0 {
		return Style{}, fmt.Errorf("style %q: unknown; known are modern, classic, minimal, corporate, bold", name)
	}
	return all[i], nil
}
