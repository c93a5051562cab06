package espeak

import (
	"time"

	"github.com/sheetreel/sheetreel/services/render/speech"
	"github.com/sheetreel/sheetreel/services/render/words"
)

// track is the sound and the words so far.
type track struct {
	rate    int
	samples []int16
	words   []speech.Word
	pause   time.Duration // that is due before the next clause
}

// add appends a clause: its sound, and its words, which share the time of it by their length. A clause without
// sound, or with less than its words need to be seen, gets silence.
func (t *track) add(clause []string, sound []int16) {
	t.silence(t.pause)
	from := len(t.samples)
	t.samples = append(t.samples, sound...)
	if short := t.count(time.Duration(len(clause))*silentWord) - len(sound); short > 0 {
		t.samples = append(t.samples, make([]int16, short)...)
	}
	length := len(t.samples) - from
	total := 0.0
	for _, w := range clause {
		total += words.Weight(w)
	}
	said := 0.0
	for _, w := range clause {
		start := from + int(float64(length)*said/total)
		said += words.Weight(w)
		end := from + int(float64(length)*said/total)
		t.words = append(t.words, speech.Word{Text: w, Start: t.at(start), End: t.at(min(end, len(t.samples)))})
	}
	t.pause = clausePause
	if words.EndsSentence(clause[len(clause)-1]) {
		t.pause = sentencePause
	}
}

func (t *track) silence(d time.Duration) {
	t.samples = append(t.samples, make([]int16, t.count(d))...)
}

// count is the samples in a time.
func (t *track) count(d time.Duration) int { return int(d.Seconds() * float64(t.rate)) }

// at is the time of a sample.
func (t *track) at(sample int) time.Duration {
	return time.Duration(sample) * time.Second / time.Duration(t.rate)
}
