package sound

import "math"

// ducker lowers the music while somebody speaks.
type ducker struct {
	voice float64 // its envelope
	down  float64 // how far the music is down, from 0 to 1
}

const (
	duckGain      = 0.355 // of the music, 9 dB
	duckThreshold = 0.015 // of the voice's envelope
	duckAttack    = 0.02  // seconds
	duckRelease   = 0.35
)

// next gives the gain of the music beside a sample of the voice.
func (d *ducker) next(voice float32) float32 {
	level := math.Abs(float64(voice))
	if level > d.voice {
		d.voice = level
	} else {
		d.voice *= 1 - 1/(0.15*Rate)
	}
	if d.voice > duckThreshold {
		d.down += (1 - d.down) / (duckAttack * Rate)
	} else {
		d.down -= d.down / (duckRelease * Rate)
	}
	return float32(1 - d.down*(1-duckGain))
}

// amplitude turns decibels into a factor.
func amplitude(db float64) float64 { return math.Pow(10, db/20) }
