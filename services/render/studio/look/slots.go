package look

// Slots are the rooms of what a scene shows.
type Slots struct {
	Headline, Hero, Caption Area
	// Below says that the hero stands below the headline, in what the headline leaves of its room.
	Below bool
}

// Content is what a scene has to show.
type Content struct {
	Headline, Hero, Captions bool
	// RightToLeft mirrors what stands side by side.
	RightToLeft bool
}

// Gaps and sizes in the unit of styles.
const (
	gap       = 48
	leastHero = 230 // below a headline
	mostHero  = 540
)

// Slots divides the stage for a scene. What is not there leaves its room to the rest.
func (s Stage) Slots(c Content) Slots {
	out := Slots{Headline: s.Headline, Caption: s.Caption}
	if !c.Captions {
		out.Headline.H = s.Safe.Bottom() - s.Headline.Y
	}
	if !c.Hero {
		if !c.Headline {
			out.Caption = s.Reading
		}
		return out
	}
	switch {
	case !c.Headline:
		out.Hero = out.Headline
	case s.Wide:
		room := out.Headline
		out.Hero = Area{room.X + room.W*0.6, room.Y - 60*s.Scale, room.W * 0.4, room.H + 40*s.Scale}
		out.Headline.W = room.W*0.6 - 2*gap*s.Scale
		if c.RightToLeft {
			out.Hero.X = room.X
			out.Headline.X = room.Right() - out.Headline.W
		}
	default:
		out.Below = true
		out.Hero = out.Headline
		out.Headline.H -= max(leastHero*s.Scale, 0.42*out.Hero.H) + gap*s.Scale
	}
	return out
}

// HeroBelow is the room that a headline of a height leaves to the hero below it.
func (s Stage) HeroBelow(slots Slots, headline float64) Area {
	top := slots.Headline.Y + headline + gap*s.Scale
	return Area{slots.Hero.X, top, slots.Hero.W, slots.Hero.Bottom() - top}
}

// HeroSide is the side of the square that an illustration fills in a room.
func (s Stage) HeroSide(room Area) float64 { return min(room.W, room.H, mostHero*s.Scale) }
