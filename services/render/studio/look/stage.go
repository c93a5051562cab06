package look

// Stage is where things stand on a picture of a certain size, in pixels.
type Stage struct {
	W, H float64
	// Scale turns lengths of a style into pixels.
	Scale float64
	// Type enlarges letters where lines have more room.
	Type float64
	// Wide says that illustrations stand beside the words instead of below them.
	Wide bool
	// Safe is what no platform covers with its own buttons and texts.
	Safe Area
	// Bars is the top of the progress bars, Kicker the centre of the small title.
	Bars, Kicker float64
	// Headline is the room of the headline, Caption that of the caption.
	Headline, Caption Area
	// Reading is the room of the caption of a scene without headline.
	Reading Area
}

// Area is a rectangle.
type Area struct{ X, Y, W, H float64 }

// Right is the right edge.
func (a Area) Right() float64 { return a.X + a.W }

// Bottom is the lower edge.
func (a Area) Bottom() float64 { return a.Y + a.H }

// Contains says whether b lies in a.
func (a Area) Contains(b Area) bool {
	return b.X >= a.X && b.Y >= a.Y && b.Right() <= a.Right() && b.Bottom() <= a.Bottom()
}

// SafeArea is what of the picture stays free of text.
type SafeArea int

// The safe areas.
const (
	SafeShortVideo SafeArea = iota // what short-video apps leave free
	SafePlain                      // only a margin
	SafeAds                        // what advertisements on these leave free
)

// margins keep text from the edges, in the unit of styles.
type margins struct{ side, top, bottom float64 }

// marginsOf are the margins of a ratio. Apps lay their buttons over tall pictures: 10 % at each side, 10 % above and
// 23 % below; with advertisements 14 % above and 35 % below.
func marginsOf(ratio float64, safe SafeArea) margins {
	switch {
	case ratio < 0.7: // 9:16
		return [...]margins{{108, 196, 440}, {84, 110, 120}, {108, 270, 675}}[safe]
	case ratio < 0.95: // 4:5
		return [...]margins{{84, 84, 92}, {76, 76, 80}, {84, 108, 148}}[safe]
	case ratio < 1.3: // 1:1
		return [...]margins{{84, 84, 84}, {72, 72, 72}, {84, 96, 132}}[safe]
	}
	return [...]margins{{132, 92, 88}, {110, 76, 72}, {132, 92, 150}}[safe] // 16:9
}

// StageFor lays out a picture.
func StageFor(width, height int, safe SafeArea) Stage {
	w, h := float64(width), float64(height)
	scale := min(w, h) / Unit
	m := marginsOf(w/h, safe)
	caption, letters := 270.0, 1.0 // height of the caption's room
	switch ratio := w / h; {
	case ratio < 0.7: // 9:16
	case ratio < 0.95: // 4:5
		caption = 224
	case ratio < 1.3: // 1:1
		caption = 196
	default: // 16:9
		caption, letters = 204, 1.2
	}
	// Wider or taller pictures than those named keep the proportions of their margins.
	tall := h / scale / (Unit * max(1, nominal(w, h)))
	m.top, m.bottom, caption = m.top*tall, m.bottom*tall, caption*tall

	s := Stage{W: w, H: h, Scale: scale, Type: letters, Wide: w/h >= 1.3}
	s.Safe = Area{m.side * scale, m.top * scale, w - 2*m.side*scale, h - (m.top+m.bottom)*scale}
	s.Bars = s.Safe.Y
	s.Kicker = s.Safe.Y + 72*scale
	s.Caption = Area{s.Safe.X, s.Safe.Bottom() - caption*scale, s.Safe.W, caption * scale}
	upper := s.Kicker + 70*scale
	s.Headline = Area{s.Safe.X, upper, s.Safe.W, s.Caption.Y - upper - 24*scale}
	s.Reading = Area{s.Safe.X, upper, s.Safe.W, s.Safe.Bottom() - upper}
	return s
}

// nominal is the height of the named ratio nearest to a picture, in short sides.
func nominal(w, h float64) float64 {
	switch ratio := w / h; {
	case ratio < 0.7:
		return 16.0 / 9
	case ratio < 0.95:
		return 1.25
	}
	return 1
}
