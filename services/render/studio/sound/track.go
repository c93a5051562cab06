// Package sound makes the sound track of a video: the narration where it belongs, a quiet bed of synthesised music
// that steps back while somebody speaks, and one loudness for all videos. Everything happens in memory and is exact:
// the same input gives the same samples.
package sound

import (
	"context"
	"fmt"
	"os"
	"time"
)

// Version changes when the same input would give another track.
const Version = "1"

// Rate is the sample rate of tracks in Hz.
const Rate = 48000

// What the track is brought to.
const (
	// TargetLUFS is the loudness that video platforms play at (EBU R 128 measure).
	TargetLUFS = -14.0
	// CeilingDB is the highest peak in dBFS. Encoding adds a little.
	CeilingDB = -1.5
	// bedBelowVoice is how much quieter the music is than the voice, in LU, before it ducks.
	bedBelowVoice = 14.0
)

// Track is a stereo sound track in the making. The voice is in the middle.
type Track struct {
	voice  []float32
	spoken bool
}

// NewTrack makes a silent track.
func NewTrack(length time.Duration) *Track {
	return &Track{voice: make([]float32, samples(length))}
}

func samples(d time.Duration) int { return int(d.Seconds()*Rate + 0.5) }

// Speak mixes the speech of a WAV file into the track from a time on. What goes past the end is cut.
func (t *Track) Speak(path string, at time.Duration) error {
	file, err := os.Open(path)
	if err != nil {
		return err
	}
	defer file.Close()
	rate, speech, err := decode(file)
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

// Write mixes the track and writes it to a WAV file. Music chooses the bed; 0 is none.
func (t *Track) Write(ctx context.Context, path string, music uint64) error {
	left, right := t.mix(ctx, music)
	if err := ctx.Err(); err != nil {
		return err
	}
	master(left, right)
	if err := ctx.Err(); err != nil {
		return err
	}
	return encode(path, left, right)
}

func (t *Track) mix(ctx context.Context, music uint64) (left, right []float32) {
	left, right = make([]float32, len(t.voice)), make([]float32, len(t.voice))
	if music != 0 {
		bed(ctx, left, right, music)
		gain := float32(1)
		if t.spoken {
			gain = float32(amplitude(loudness(t.voice, t.voice) - bedBelowVoice - loudness(left, right)))
		}
		duck := ducker{}
		for i := range left {
			g := gain
			if t.spoken {
				g *= duck.next(t.voice[i])
			}
			left[i], right[i] = left[i]*g, right[i]*g
		}
	}
	for i, v := range t.voice {
		left[i], right[i] = left[i]+v, right[i]+v
	}
	return left, right
}
