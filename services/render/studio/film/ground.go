package film

import (
	"fmt"
	"io"
	"math"

	storyboardv1 "github.com/sheetreel/sheetreel/gen/sheetreel/storyboard/v1"
	"github.com/sheetreel/sheetreel/services/render/studio/draw"
)

// ground is what fills the picture behind a scene, when it is not the style's own backdrop.
type ground struct {
	medium Medium
	media  *storyboardv1.Media
	scrim  scrim
}

// chooseGround finds the picture or clip behind a scene; nil means the style's own backdrop.
func (f *Film) chooseGround(i int, s *storyboardv1.Scene) *ground {
	if found, ok := f.medium(i, "background", s.GetBackground()); ok {
		return &ground{medium: found, media: s.GetBackground()}
	}
	if s.GetHero().GetEmoji() != "" {
		return nil
	}
	// A clip is shown behind the words: it has too little to say in a corner. And the image template has its pictures there.
	if found, ok := f.peek(s.GetHero()); ok && (found.Clip != nil || f.template == picture) && s.GetBackground() == nil {
		return &ground{medium: found, media: s.GetHero()}
	}
	return nil
}

// write writes what decides how the ground looks.
func (g *ground) write(w io.Writer) {
	if g == nil {
		return
	}
	fmt.Fprintf(w, "ground %q %d %d %+v\n", g.medium.Digest, g.media.GetFocusX(), g.media.GetFocusY(), g.scrim)
}

// backing paints a ground. It belongs to one chunk.
type backing interface {
	// paint covers the frame with the ground as it is at a time of its scene.
	paint(f *draw.Frame, t float64) error
	close()
}

// still is a picture that moves slowly.
type still struct {
	film    *Film
	scene   *scene
	picture *draw.Picture
	veil    []float64
}

// room is how much larger than the frame a picture is, so that it can move.
const room = 1.12

func (g *ground) open(f *Film, s *scene) (backing, error) {
	if g.medium.Clip != nil {
		return &moving{film: f, scene: s, next: -1}, nil
	}
	img, err := g.medium.Image()
	if err != nil {
		return nil, err
	}
	w, h := int(f.stage.W*room)&^1, int(f.stage.H*room)&^1
	x, y := focus(g.media)
	p := draw.Cover(img, w, h, x, y)
	return &still{film: f, scene: s, picture: p, veil: g.scrim.measured(f, s.scheme.Base, p)}, nil
}

// paint shows the picture a little nearer or farther as time goes by.
func (p *still) paint(f *draw.Frame, t float64) error {
	done := smoothless(t / p.scene.length)
	if p.scene.index%2 == 1 {
		done = 1 - done
	}
	zoom := 1/room + (0.985-1/room)*done
	freeX, freeY := float64(p.picture.W)-float64(f.W)/zoom, float64(p.picture.H)-float64(f.H)/zoom
	side := 0.5 + 0.3*(done-0.5)*float64(1-p.scene.index%4/2*2)
	p.picture.Show(f, freeX*side, freeY*(1-side), zoom)
	f.Veil(p.scene.scheme.Base, p.veil)
	return nil
}

// smoothless goes on a little beyond its end, while the next scene comes.
func smoothless(t float64) float64 { return min(max(t, 0), 1.25) / 1.25 }

func (*still) close() {}

// moving is a clip.
type moving struct {
	film  *Film
	scene *scene
	reel  Reel
	next  int // the number of the frame that the reel gives next
	kept  *draw.Frame
	veil  []float64
}

func (c *moving) paint(f *draw.Frame, t float64) error {
	k := int(math.Round(t * c.film.fps))
	if c.kept == nil {
		c.kept = draw.NewFrame(f.W, f.H)
		c.veil = c.scene.ground.scrim.plain(c.film, c.scene.scheme.Base)
	}
	if k+1 != c.next {
		if err := c.wind(k); err != nil {
			return err
		}
	}
	copy(f.Data, c.kept.Data)
	f.Veil(c.scene.scheme.Base, c.veil)
	return nil
}

// wind reads on to frame k, or opens the clip there.
func (c *moving) wind(k int) error {
	const near = 4 // frames that are read over sooner than the clip is opened again
	if c.reel == nil || k < c.next || k > c.next+near {
		c.close()
		g := c.scene.ground
		reel, err := g.medium.Clip(Shot{
			Width: c.kept.W, Height: c.kept.H, Rate: int(c.film.fps), From: float64(k) / c.film.fps,
			FocusX: int(g.media.GetFocusX()), FocusY: int(g.media.GetFocusY()),
		})
		if err != nil {
			return err
		}
		c.reel, c.next = reel, k
	}
	for c.next <= k {
		if err := c.reel.Read(c.kept.Data); err != nil {
			c.close()
			return err
		}
		c.next++
	}
	return nil
}

func (c *moving) close() {
	if c.reel != nil {
		c.reel.Close()
		c.reel = nil
	}
}
