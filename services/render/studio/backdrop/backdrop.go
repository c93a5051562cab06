// Package backdrop paints what lies behind the words: soft lights, and the plain shapes of some styles, which wander
// slowly and take new places when the scene changes. What is painted depends on the seed and the moment alone.
package backdrop

import (
	"math"
	"math/rand/v2"

	"github.com/sheetreel/sheetreel/services/render/studio/draw"
	"github.com/sheetreel/sheetreel/services/render/studio/look"
)

// Backdrop paints one video's background. It is not safe for concurrent use.
type Backdrop struct {
	kind   look.Backdrop
	scheme look.Scheme
	seed   uint64
	w, h   float64
	field  *field
	last   Moment
	kept   *draw.Frame // what was painted for the last moment
}

// New prepares the backdrop of a video.
func New(kind look.Backdrop, scheme look.Scheme, seed uint64, w, h int) *Backdrop {
	return &Backdrop{kind: kind, scheme: scheme, seed: seed, w: float64(w), h: float64(h), field: newField(w, h)}
}

// Moment is a point in the video. It knows nothing of scenes other than its own and the one before, so that a scene
// looks the same whatever happens elsewhere.
type Moment struct {
	// Scene is the index of the scene.
	Scene int
	// Time since the scene's start, in seconds.
	Time float64
	// Turn is how far the change from the scene before has come, from 0 to 1.
	Turn float64
	// Before is how long the scene before lasted, in seconds; it goes on while the turn lasts.
	Before float64
}

// calm is how often soft lights move while no scene changes, in hertz: they are so slow and blurred that more cannot
// be seen, and frames that are alike cost the encoder little.
const calm = 15

// Paint covers the whole frame.
func (b *Backdrop) Paint(f *draw.Frame, m Moment) {
	if m.Turn >= 1 || m.Scene == 0 {
		m.Turn, m.Before = 1, 0
		if b.kind != look.Bands && b.kind != look.Discs {
			m.Time = math.Floor(m.Time*calm+1e-6) / calm
		}
	}
	if b.kept == nil || b.last != m {
		if b.kept == nil {
			b.kept = draw.NewFrame(f.W, f.H)
		}
		b.last = m
		b.render(b.kept, m)
	}
	copy(f.Data, b.kept.Data)
}

func (b *Backdrop) render(f *draw.Frame, m Moment) {
	b.field.shine(b.scheme.Base, b.lights(m), b.scheme.Vignette)
	b.field.fill(f)
	switch b.kind {
	case look.Bands:
		b.bands(f, m)
	case look.Discs:
		b.discs(f, m)
	}
}

// dice gives the random numbers of one thing in one scene.
func (b *Backdrop) dice(scene, thing int) *rand.Rand {
	return rand.New(rand.NewPCG(b.seed, uint64(scene)<<32|uint64(thing)))
}

// place gives where a thing is: near one of its anchors, another in each scene, drifting a little.
func (b *Backdrop) place(m Moment, thing int, anchors []point) point {
	now := b.spot(m.Scene, m.Time, thing, anchors)
	if m.Turn >= 1 {
		return now
	}
	return b.spot(m.Scene-1, m.Before+m.Time, thing, anchors).mix(now, m.Turn)
}

type point struct{ x, y float64 }

func (p point) xy() (x, y float64) { return p.x, p.y }

func (p point) mix(q point, t float64) point { return point{mix(p.x, q.x, t), mix(p.y, q.y, t)} }

func mix(a, b, t float64) float64 { return a + (b-a)*t }

// spot is a thing's place at a time of a scene.
func (b *Backdrop) spot(scene int, time float64, thing int, anchors []point) point {
	start := b.dice(0, thing+200).IntN(len(anchors))
	phase := b.dice(scene, thing+100).Float64() * 2 * math.Pi
	a := anchors[(start+scene)%len(anchors)]
	r := b.dice(scene, thing)
	return point{
		a.x + (r.Float64()-0.5)*0.12 + 0.035*math.Sin(time*0.55+phase),
		a.y + (r.Float64()-0.5)*0.10 + 0.025*math.Cos(time*0.42+phase),
	}
}
