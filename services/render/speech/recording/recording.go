// Package recording makes the utterances of scenes out of one recording of the whole narration.
//
// The recording is cut where scenes change: where it should be by the length of the words, moved to a pause nearby
// when there is one. Nothing of it is left out, and no rest is put between two pieces, so that a wrong guess only
// moves the picture. Pieces end on whole frames, because scenes do.
package recording

import (
	"time"

	"github.com/sheetreel/sheetreel/services/render/speech"
	"github.com/sheetreel/sheetreel/services/render/words"
)

// Silence before the voice, and after it.
const (
	lead = 300 * time.Millisecond
	rest = 500 * time.Millisecond
	// shortest is how long a piece lasts at least, if the recording is long enough: its headline has to be read.
	shortest = 1500 * time.Millisecond
)

// Piece is what is heard in one scene: the samples from From to To of the recording, which may reach over its ends
// into silence.
type Piece struct {
	From, To  int
	Utterance speech.Utterance
}

// Cut divides a recording between narrations. A narration without words has the zero piece.
func Cut(samples []float32, rate int, narrations []string, frameRate int) []Piece {
	out := make([]Piece, len(narrations))
	weights, total, last := make([]float64, len(narrations)), 0.0, -1
	for i, n := range narrations {
		for _, w := range words.Split(n) {
			weights[i] += words.Weight(w)
		}
		total += weights[i]
		if weights[i] > 0 {
			last = i
		}
	}
	if total == 0 || len(samples) == 0 {
		return out
	}
	c := cutter{samples: samples, rate: rate, frameRate: frameRate, pauses: pauses(samples, rate)}
	begin, end := -c.count(lead), len(samples)+c.count(rest)
	from, said, left := begin, 0.0, 0
	for _, w := range weights {
		if w > 0 {
			left++
		}
	}
	for i, w := range weights {
		if w == 0 {
			continue
		}
		said += w
		left--
		to := end
		if i != last {
			share := w / total * float64(len(samples))
			to = c.near(int(said/total*float64(len(samples))), int(max(share/4, float64(c.count(time.Second)))))
			to = max(to, from+c.count(shortest))
			to = min(to, end-left*c.count(shortest))
		}
		to = from + c.whole(max(to-from, 1))
		out[i] = Piece{From: from, To: to, Utterance: c.utterance(narrations[i], weights[i], from, to)}
		from = to
	}
	return out
}

type cutter struct {
	samples         []float32
	rate, frameRate int
	pauses          []int
}

func (c *cutter) count(d time.Duration) int { return int(d.Seconds() * float64(c.rate)) }

// whole rounds a number of samples up to whole frames.
func (c *cutter) whole(n int) int {
	frames := (n*c.frameRate + c.rate - 1) / c.rate
	return frames * c.rate / c.frameRate
}

// near is the pause that is next to a place, if one is near enough.
func (c *cutter) near(at, within int) int {
	best, distance := at, within
	for _, p := range c.pauses {
		if d := max(p-at, at-p); d < distance {
			best, distance = p, d
		}
	}
	return best
}

// utterance times the words of a piece by their length, inside of what of it is in the recording.
func (c *cutter) utterance(narration string, total float64, from, to int) speech.Utterance {
	at := func(sample float64) time.Duration {
		return time.Duration((sample - float64(from)) / float64(c.rate) * float64(time.Second))
	}
	u := speech.Utterance{SampleRate: c.rate, Duration: at(float64(to)), Joined: true}
	first, last := float64(max(from, 0)), float64(min(to, len(c.samples)))
	if last <= first {
		first, last = float64(from), float64(to)
	}
	said := 0.0
	for _, w := range words.Split(narration) {
		start := at(first + (last-first)*said/total)
		said += words.Weight(w)
		if end := at(first + (last-first)*said/total); end > start {
			u.Words = append(u.Words, speech.Word{Text: w, Start: start, End: end})
		}
	}
	return u
}
