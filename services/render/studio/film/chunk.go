package film

import (
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
	c.backdrop.Paint(frame, c.film.moment(c.scene, t))
	c.film.ornament.paint(frame)
	for _, p := range c.parts {
		p.paint(frame, t)
	}
	c.film.bars.paint(frame, c.scene.index, t/c.scene.length)
}

// turnTime is how long the backdrop takes to change from scene to scene, in seconds.
const turnTime = 0.7

// moment says where the backdrop is.
func (f *Film) moment(s *scene, t float64) backdrop.Moment {
	m := backdrop.Moment{Scene: s.index, Time: t, Turn: 1}
	if before := f.before(s); before != nil && t < turnTime {
		m.Turn, m.Before = smooth(t/turnTime), before.length
	}
	return m
}

// before is the scene that a scene comes out of; nil when it begins the video or cuts in.
func (f *Film) before(s *scene) *scene {
	if s.index == 0 || f.storyboard.GetScenes()[s.index].GetTransition() == storyboardv1.Scene_CUT {
		return nil
	}
	return f.scenes[s.index-1]
}
