package look

// Stage is where things stand on a picture of a certain size, in pixels.
type Stage struct {
	W, H float64
	// Scale turns lengths of a style into pixels.
	Scale float64
	// Type enlarges letters where lines have more room.
	Type float64
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

// StageFor lays out a picture. Tall pictures leave room for the buttons of short-video apps: 10 % at each side, 10 %
// above, 23 % below.
func StageFor(width, height int) Stage {
	w, h := float64(width), float64(height)
	scale := min(w, h) / Unit
	// Margins in the unit of styles; left and right, top, bottom.
	var side, top, bottom float64
	var caption float64 // height of the caption's room
	letters := 1.0
	switch ratio := w / h; {
	case ratio < 0.7: // 9:16
		side, top, bottom, caption = 108, 196, 440, 270
	case ratio < 0.95: // 4:5
		side, top, bottom, caption = 84, 84, 92, 250
	case ratio < 1.3: // 1:1
		side, top, bottom, caption = 88, 92, 88, 210
	default: // 16:9
		side, top, bottom, caption, letters = 140, 92, 88, 220, 1.2
	}
	// Wider or taller pictures than those named keep the proportions of their margins.
	tall := h / scale / (Unit * max(1, nominal(w, h)))
	top, bottom, caption = top*tall, bottom*tall, caption*tall

	s := Stage{W: w, H: h, Scale: scale, Type: letters}
	s.Safe = Area{side * scale, top * scale, w - 2*side*scale, h - (top+bottom)*scale}
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
