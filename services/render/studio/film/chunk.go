package film

import (
	"errors"
	"fmt"

	storyboardv1 "github.com/sheetreel/sheetreel/gen/sheetreel/storyboard/v1"
	"github.com/sheetreel/sheetreel/services/render/studio/backdrop"
	"github.com/sheetreel/sheetreel/services/render/studio/draw"
)

// Chunk paints the frames of one scene, with the transition into it. It keeps what it has drawn, so it is cheapest to
// paint frames in order; any order gives the same pictures. One goroutine may use it at a time.
type Chunk struct {
	film     *Film
	scene    *scene
	backdrop *backdrop.Backdrop
	parts    []part

	now, before slide       // what is behind this scene and the one before
	spare       *draw.Frame // what the scene before shows while it goes
	err         error       // trouble with pictures and clips
}

// part is something in the foreground of a scene.
type part interface {
	paint(f *draw.Frame, t float64)
}

// Chunk gives a painter of scene i. It shares nothing that changes with other painters.
func (f *Film) Chunk(i int) *Chunk {
	s := f.scenes[i]
	c := &Chunk{film: f, scene: s}
	c.backdrop = backdrop.New(f.style.Backdrop, f.scheme, f.storyboard.GetTheme().GetSeed(), int(f.stage.W), int(f.stage.H))
	c.parts = s.parts()
	return c
}

// Frames is the number of frames of the chunk.
func (c *Chunk) Frames() int { return c.scene.frames }

// Paint paints frame k of the chunk. It covers all of the frame.
func (c *Chunk) Paint(k int, frame *draw.Frame) {
	t := float64(k) / c.film.fps
	c.paintGround(frame, t)
	c.film.ornament.paint(frame)
	for _, p := range c.parts {
		p.paint(frame, t)
	}
	c.film.bars.paint(frame, c.scene.index, t/c.scene.length)
}

// paintGround paints what is behind the foreground. Two backdrops of the style change into each other; pictures melt.
func (c *Chunk) paintGround(frame *draw.Frame, t float64) {
	before := c.film.before(c.scene)
	turning := before != nil && t < turnTime
	if !turning || c.scene.ground == nil && before.ground == nil {
		m := backdrop.Moment{Scene: c.scene.index, Time: t, Turn: 1}
		if turning {
			m.Turn, m.Before = smooth(t/turnTime), before.length
		}
		c.paintOne(frame, c.scene, &c.now, m)
		return
	}
	c.paintOne(frame, c.scene, &c.now, backdrop.Moment{Scene: c.scene.index, Time: t, Turn: 1})
	if t >= meltTime {
		return
	}
	if c.spare == nil {
		c.spare = draw.NewFrame(frame.W, frame.H)
	}
	c.paintOne(c.spare, before, &c.before, backdrop.Moment{Scene: before.index, Time: before.length + t, Turn: 1})
	frame.Mix(c.spare, 1-smooth(t/meltTime))
}

// paintOne paints the ground of one scene. The backdrop of the style takes the place of a picture that is broken.
func (c *Chunk) paintOne(frame *draw.Frame, s *scene, on *slide, m backdrop.Moment) {
	if s.ground != nil && !on.broken {
		err := on.paint(frame, c.film, s, m.Time)
		if err == nil {
			return
		}
		on.broken, c.err = true, errors.Join(c.err, fmt.Errorf("scenes[%d]: %w", s.index, err))
	}
	c.backdrop.Paint(frame, m)
}

// slide is a scene's picture or clip while a chunk shows it.
type slide struct {
	backing // nil until it is needed
	broken  bool
}

func (on *slide) paint(frame *draw.Frame, f *Film, s *scene, t float64) error {
	if on.backing == nil {
		opened, err := s.ground.open(f, s)
		if err != nil {
			return err
		}
		on.backing = opened
	}
	return on.backing.paint(frame, t)
}

// Close frees what the chunk has opened. Its error is all trouble with pictures and clips; the frames are good
// all the same, with the style's own backdrop.
func (c *Chunk) Close() error {
	for _, on := range []*slide{&c.now, &c.before} {
		if on.backing != nil {
			on.close()
		}
		*on = slide{broken: on.broken}
	}
	c.parts, c.spare = c.scene.parts(), nil
	return c.err
}

// How long scenes take to change, in seconds.
const (
	turnTime = 0.7 // the style's own backdrop
	meltTime = 0.4 // pictures
)

// before is the scene that a scene comes out of; nil when it begins the video or cuts in.
func (f *Film) before(s *scene) *scene {
	if s.index == 0 || f.storyboard.GetScenes()[s.index].GetTransition() == storyboardv1.Scene_CUT {
		return nil
	}
	return f.scenes[s.index-1]
}
