package sound

import (
	"context"
	"math"
	"math/rand/v2"
)

// How music comes and goes, in seconds.
const (
	fadeIn  = 1.0
	fadeOut = 1.5
)

// bed synthesises quiet music: long soft chords, a bass, a plucked pattern and a soft drum. The seed chooses the mood,
// the key, the chord to begin with and how the pattern goes. It stops where it is when ctx ends.
func bed(ctx context.Context, left, right []float32, seed uint64) {
	dice := rand.New(rand.NewPCG(seed, 0x6D75736963))
	all := moods()
	b := band{mood: all[dice.IntN(len(all))], left: left, right: right}
	b.key, b.first, b.turned = dice.IntN(7)-3, dice.IntN(4), dice.IntN(2) == 1
	bar := 4 * 60 / b.mood.tempo
	for i := 0; float64(i)*bar*Rate < float64(len(left)) && ctx.Err() == nil; i++ {
		b.bar(i, float64(i)*bar, bar)
	}
	lowPass(left, b.mood.bright)
	lowPass(right, b.mood.bright)
	fade(left)
	fade(right)
}

// band plays a mood.
type band struct {
	mood        mood
	key, first  int
	turned      bool // the pattern is played backwards
	left, right []float32
}

// bar plays one bar, which begins at a time and has a length in seconds.
func (b *band) bar(i int, start, length float64) {
	c := b.mood.chords[(i+b.first)%len(b.mood.chords)]
	b.pad(c, start, length)
	half := length / 8
	for k := range 8 {
		at := start + float64(k)*half
		pluck := b.mood.pluck[k]
		if b.turned {
			pluck = b.mood.pluck[7-k]
		}
		b.pluck(c, pluck, at, k)
		if b.mood.bass[k] == 'x' {
			low := tone{start: at, length: 3 * half, attack: 0.012, release: 2.9 * half, freq: b.hertz(c.root) / 2, amp: 0.17, partials: []float64{1, 0.3, 0.08}}
			low.add(b.left, b.right)
		}
		if b.mood.kick[k] == 'x' {
			kick(b.left, b.right, at)
		}
	}
}

// pad is a chord of soft tones that melts into the next. A second voice beside each makes it warm.
func (b *band) pad(c chord, start, length float64) {
	pad := tone{start: start, length: length * 1.35, attack: 0.35 * length, release: 0.45 * length, partials: []float64{1, 0.28, 0.10}, amp: 0.085}
	for k, step := range c.steps {
		pad.freq, pad.pan = b.hertz(c.root+step), 0.3*float64(k-1)
		pad.add(b.left, b.right)
		pad.freq, pad.pan = pad.freq*1.003, -pad.pan
		pad.add(b.left, b.right)
	}
}

func (b *band) pluck(c chord, which byte, at float64, k int) {
	octave := 2.0
	switch {
	case which >= 'A' && which <= 'C':
		octave, which = 4, which-'A'+'0'
	case which < '0' || which > '2':
		return
	}
	p := tone{
		start: at, length: b.mood.ring, attack: 0.006, release: b.mood.ring - 0.006, amp: 0.06,
		freq: b.hertz(c.root+c.steps[which-'0']) * octave, partials: []float64{1, 0.35, 0.12, 0.05}, pan: 0.45 - 0.9*float64(k%2),
	}
	p.add(b.left, b.right)
}

// hertz is the frequency of semitones above A2, in the key.
func (b *band) hertz(semitones int) float64 { return 110 * math.Pow(2, float64(semitones+b.key)/12) }

// kick is a soft drum: a tone that falls.
func kick(left, right []float32, at float64) {
	const length, high, low = 0.22, 105.0, 46.0
	from, angle := int(at*Rate), 0.0
	for i := range min(int(length*Rate), len(left)-from) {
		t := float64(i) / Rate
		angle += 2 * math.Pi * (low + (high-low)*math.Exp(-t*28)) / Rate
		out := 1 - t/length
		v := float32(0.26 * math.Sin(angle) * min(1, t/0.004) * out * out)
		left[from+i] += v
		right[from+i] += v
	}
}

// lowPass takes the treble away: a Butterworth filter of second order.
func lowPass(s []float32, hertz float64) {
	k := math.Tan(math.Pi * hertz / Rate)
	norm := 1 / (1 + math.Sqrt2*k + k*k)
	f := biquad{b0: k * k * norm, b1: 2 * k * k * norm, b2: k * k * norm, a1: 2 * (k*k - 1) * norm, a2: (1 - math.Sqrt2*k + k*k) * norm}
	for i, v := range s {
		s[i] = float32(f.next(float64(v)))
	}
}

// fade lets a channel begin and end softly.
func fade(s []float32) {
	in, out := int(fadeIn*Rate), int(fadeOut*Rate)
	for i := range s {
		g := min(1, float64(i)/float64(in), float64(len(s)-1-i)/float64(out))
		s[i] *= float32(g)
	}
}
