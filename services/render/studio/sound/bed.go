package sound

import (
	"context"
	"math"
	"math/rand/v2"
)

// chord is a triad by its root, in semitones above A2 (110 Hz), and whether it is minor.
type chord struct {
	root  int
	minor bool
}

// progressions are the chord sequences to choose from.
func progressions() [][4]chord {
	return [][4]chord{
		{{0, true}, {8, false}, {3, false}, {10, false}}, // Am F C G
		{{3, false}, {10, false}, {0, true}, {8, false}}, // C G Am F
		{{8, false}, {3, false}, {10, false}, {0, true}}, // F C G Am
		{{5, true}, {1, false}, {8, false}, {3, false}},  // Dm Bb F C
	}
}

// Timing of the bed, in seconds.
const (
	chordTime = 2.4 // eight plucks of a chord's notes
	pluckTime = chordTime / 8
	fadeIn    = 0.8
	fadeOut   = 1.4
)

// bed synthesises quiet music: long chords of soft tones and a plucked pattern on top. The seed chooses chords, key
// and pattern. It stops where it is when ctx ends.
func bed(ctx context.Context, left, right []float32, seed uint64) {
	dice := rand.New(rand.NewPCG(seed, 0x6D75736963))
	all := progressions()
	chords := all[dice.IntN(len(all))]
	key := dice.IntN(5) - 2
	pattern := []int{0, 2, 1, 3, 2, 1, 3, 2}
	dice.Shuffle(len(pattern)-1, func(i, j int) { pattern[i+1], pattern[j+1] = pattern[j+1], pattern[i+1] })
	length := float64(len(left)) / Rate
	for i := 0; float64(i)*chordTime < length && ctx.Err() == nil; i++ {
		c := chords[i%len(chords)]
		notes := c.notes(key)
		start := float64(i) * chordTime
		pad := tone{start: start, length: chordTime * 1.35, attack: 0.9, release: 1.1, partials: []float64{1, 0.28, 0.10}}
		for k, n := range notes {
			pad.freq, pad.amp, pad.pan = n, 0.10, 0.25*float64(k-1)
			pad.add(left, right)
			pad.freq = n * 1.003 // a second voice beside the first makes it warm
			pad.pan = -pad.pan
			pad.add(left, right)
		}
		pad.freq, pad.amp, pad.pan = notes[0]/2, 0.14, 0
		pad.add(left, right)
		for k, step := range pattern {
			pluck := tone{
				start: start + float64(k)*pluckTime, length: 1.1, attack: 0.006, release: 1.0,
				partials: []float64{1, 0.35, 0.12, 0.05}, pan: 0.5 - float64(k%2),
			}
			octave := 2.0
			if step == 3 {
				octave = 4
			}
			pluck.freq, pluck.amp = notes[step%3]*octave, 0.055
			pluck.add(left, right)
		}
	}
	fade(left)
	fade(right)
}

// notes are the frequencies of a chord's three tones.
func (c chord) notes(key int) [3]float64 {
	third := 4
	if c.minor {
		third = 3
	}
	hertz := func(semitone int) float64 { return 110 * math.Pow(2, float64(semitone)/12) }
	return [3]float64{hertz(c.root + key), hertz(c.root + key + third), hertz(c.root + key + 7)}
}

func fade(s []float32) {
	in, out := int(fadeIn*Rate), int(fadeOut*Rate)
	for i := range s {
		g := min(1, float64(i)/float64(in), float64(len(s)-1-i)/float64(out))
		s[i] *= float32(g)
	}
}
