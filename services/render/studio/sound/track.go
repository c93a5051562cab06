// Package sound makes the sound track of a video: the narration where it belongs, below it music that steps back while
// somebody speaks, and the loudness that was asked for, with no peak above its ceiling. Music is synthesised, or a
// piece that was given. Everything happens in memory and is exact: the same input gives the same samples.
package sound

import (
	"context"
	"fmt"
	"time"
)

// Version changes when the same input would give another track.
const Version = "2"

// Rate is the sample rate of tracks in Hz.
const Rate = 48000

const (
	// voiceLUFS is the loudness that the voice is mixed at, whoever speaks. The whole is brought to its target later.
	voiceLUFS = -20.0
	// bedBelowVoice is how much quieter the music is than the voice, in LU, before it ducks.
	bedBelowVoice = 18.0
)

// Track is a stereo sound track in the making. The voice is in the middle.
type Track struct {
	voice  []float32
	spoken bool
}

// Mix says what a track becomes.
type Mix struct {
	Target Target
	// Seed chooses a bed of music that is made for the video; 0 is none.
	Seed uint64
	// Music is a WAV file of a piece that takes the bed's place; empty is none.
	Music string
}

// NewTrack makes a silent track.
func NewTrack(length time.Duration) *Track {
	return &Track{voice: make([]float32, samples(length))}
}

func samples(d time.Duration) int { return int(d.Seconds()*Rate + 0.5) }

// Speak mixes the speech of a WAV file into the track from a time on. What goes past the end is cut.
func (t *Track) Speak(path string, at time.Duration) error {
	rate, speech, err := Read(path)
	if err != nil {
		return fmt.Errorf("speech file: %w", err)
	}
	start := samples(at)
	for i, v := range resample(speech, rate) {
		if start+i >= len(t.voice) {
			break
		}
		t.voice[start+i] += v
	}
	t.spoken = t.spoken || len(speech) > 0
	return nil
}

// Write mixes the track, brings it to its target and writes it to a WAV file. The track is used up.
func (t *Track) Write(ctx context.Context, path string, m Mix) (Levels, error) {
	left, right, err := t.mix(ctx, m)
	if err != nil {
		return Levels{}, err
	}
	t.voice = nil // as large as the rest
	levels := master(ctx, left, right, m.Target)
	if err := ctx.Err(); err != nil {
		return Levels{}, err
	}
	return levels, encode(path, left, right)
}

func (t *Track) mix(ctx context.Context, m Mix) (left, right []float32, err error) {
	left, right = make([]float32, len(t.voice)), make([]float32, len(t.voice))
	switch {
	case m.Music != "":
		if err := piece(left, right, m.Music); err != nil {
			return nil, nil, fmt.Errorf("music: %w", err)
		}
	case m.Seed != 0:
		bed(ctx, left, right, m.Seed)
	}
	if t.spoken {
		scale(t.voice, amplitude(min(voiceLUFS-loudness(t.voice, t.voice), maxGain)))
		gain := amplitude(min(voiceLUFS-bedBelowVoice-loudness(left, right), maxGain))
		duck := ducker{}
		for i, v := range t.voice {
			g := float32(gain) * duck.next(v)
			left[i], right[i] = left[i]*g+v, right[i]*g+v
		}
	}
	return left, right, ctx.Err()
}

func scale(s []float32, by float64) {
	for i := range s {
		s[i] *= float32(by)
	}
}
