package film

import (
	"fmt"
	"image"
	"io"
	"math"
	"strings"

	storyboardv1 "github.com/sheetreel/sheetreel/gen/sheetreel/storyboard/v1"
	"github.com/sheetreel/sheetreel/services/render/studio/draw"
	"github.com/sheetreel/sheetreel/services/render/studio/look"
	"github.com/sheetreel/sheetreel/services/render/studio/typeset"
)

// hero is what stands beside the headline: an illustration, a picture or a figure.
type hero struct {
	film   *Film
	scheme look.Scheme
	// One of these is set.
	picture func() (image.Image, error)
	figure  *typeset.Paragraph

	photo  bool   // a picture with edges, in a frame of its own
	digest string // of the picture
	aspect float64
	sharp  float64 // pixels up to which the picture is sharp
	area   look.Area
	end    float64
}

// chooseHero finds the hero of a scene; nil when it has none.
func (f *Film) chooseHero(sc *scene, s *storyboardv1.Scene, setter *typeset.Setter) (*hero, error) {
	i, h := sc.index, &hero{film: f, scheme: sc.scheme, end: sc.end, aspect: 1, sharp: math.Inf(1)}
	if figure := strings.TrimSpace(s.GetFigure()); figure != "" {
		font := typeset.Font{Family: f.style.Headline.Font.Family, Weight: f.style.Headline.Font.Weight}
		p, err := f.shape(setter, figure, typeset.Style{Font: font, Tracking: -0.02})
		h.figure = p
		return h, err
	}
	if f.template == quote || sc.ground != nil && sc.ground.media == s.GetHero() {
		return nil, nil
	}
	if emoji := s.GetHero().GetEmoji(); emoji != "" {
		return f.illustration(h, i, emoji, setter)
	}
	found, ok := f.medium(i, "hero", s.GetHero())
	if !ok || found.Image == nil {
		return nil, nil
	}
	h.picture, h.digest, h.photo = found.Image, found.Digest, true
	h.aspect = min(max(float64(found.Width)/float64(max(1, found.Height)), 0.6), 1.9)
	return h, nil
}

// strikeSharp is how much larger than its pixels an emoji of the font may be shown.
const strikeSharp = 1.5

func (f *Film) illustration(h *hero, i int, emoji string, setter *typeset.Setter) (*hero, error) {
	if f.from.Art != nil {
		if found, ok := f.from.Art.Find(emoji); ok {
			h.picture, h.digest = found.Image, found.Digest
			return h, nil
		}
	}
	found, ok, err := setter.Emoji(emoji)
	if err != nil {
		return nil, err
	}
	if !ok {
		f.warn(i, "hero", RuleMissing, fmt.Sprintf("there is no illustration of %q", emoji))
		return nil, nil
	}
	h.picture, h.digest = func() (image.Image, error) { return found.Image, nil }, found.Digest
	h.sharp = float64(found.Image.Bounds().Dx()) * strikeSharp
	return h, nil
}

// place puts the hero into its room.
func (h *hero) place(room look.Area, below bool, rtl bool) {
	side := h.film.stage.HeroSide(room)
	w, height := side, side
	if h.photo {
		w, height = min(room.W, side*1.5*h.aspect), min(room.H, side*1.5)
		if w/height > h.aspect {
			w = height * h.aspect
		} else {
			height = w / h.aspect
		}
	}
	x := room.X + (room.W-w)/2
	if below && h.film.style.Headline.Start { // flush with the headline
		x = room.X
		if rtl {
			x = room.Right() - w
		}
	}
	h.area = look.Area{X: x, Y: room.Y + (room.H-height)/2, W: w, H: height}
}

func (h *hero) write(w io.Writer) {
	fmt.Fprintf(w, "hero %q %v %+v %v\n", h.digest, h.photo, h.area, h.sharp)
	if h.figure != nil {
		fmt.Fprintf(w, "figure %q\n", h.figure.Fonts)
	}
}

// heroPart paints a hero.
type heroPart struct {
	*hero
	drawn *draw.Sprite
}

// How heroes move, in seconds and in the unit of styles.
const (
	heroDelay = 0.30
	heroTime  = 0.5
	floatTime = 3.2
	floatWay  = 10
	heroGlide = 26 // on the way out
)

func (h *heroPart) paint(f *draw.Frame, t float64) {
	t -= heroDelay
	if t <= 0 {
		return
	}
	if h.drawn == nil {
		h.drawn = h.draw()
	}
	scale := h.film.stage.Scale
	zoom, opacity, dy := 1.0, clamp(t/0.2), 0.0
	switch {
	case h.film.style.Motion == look.Rise || h.photo:
		in := out(t / heroTime)
		zoom, dy = 0.94+0.06*in, 36*scale*(1-in)
		opacity = in
	default:
		zoom = 0.55 + 0.45*overshoot(t/heroTime)
		if !math.IsInf(h.sharp, 1) || h.figure == nil {
			dy = floatWay * scale * math.Sin(2*math.Pi*t/floatTime) * smooth((t-heroTime)/0.6)
		}
	}
	if h.end > 0 {
		gone := smooth((t + heroDelay - h.end + leaveTime) / leaveTime)
		opacity, dy = opacity*(1-gone), dy-heroGlide*scale*gone
	}
	x, y := h.area.X+h.area.W/2, h.area.Y+h.area.H/2+dy
	if zoom == 1 {
		h.drawn.Blend(f, int(math.Round(x-float64(h.drawn.W)/2)), y-float64(h.drawn.H)/2, opacity)
		return
	}
	x = float64(int(math.Round(x-float64(h.drawn.W)/2))&^1) + float64(h.drawn.W)/2 // where it will rest
	h.drawn.BlendZoomed(f, x, y, zoom, opacity)
}
