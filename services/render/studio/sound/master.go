package sound

import (
	"context"
	"math"
)

const (
	// maxGain keeps a nearly silent track from being blown up to noise, in dB.
	maxGain = 30
	// near is how far a track may be from its target, in LU.
	near = 0.05
	// passes bounds how often the gain is corrected for what the limiter takes away.
	passes = 4
)

// master brings a track to its target. The limiter takes a little loudness away, so the gain is found in some passes;
// only the last changes the track. A track that is nearly silent stays as it is.
func master(ctx context.Context, left, right []float32, t Target) Levels {
	peaks := peaks(left, right, nearPeaks)
	gain := t.LUFS - loudness(left, right)
	if gain > maxGain {
		return Levels{LUFS: loudness(left, right), TruePeak: truePeak(left, right)}
	}
	for range passes {
		if ctx.Err() != nil {
			return Levels{}
		}
		l, m := newLimiter(peaks, gain, t.Ceiling), newMeter()
		for i := range left {
			g := l.next()
			m.add(float64(left[i])*g, float64(right[i])*g)
		}
		missing := t.LUFS - m.loudness()
		if math.Abs(missing) < near {
			break
		}
		gain += missing
	}
	l := newLimiter(peaks, gain, t.Ceiling)
	for i := range left {
		g := float32(l.next())
		left[i], right[i] = left[i]*g, right[i]*g
	}
	// The gain moves between samples too, so that a peak there can stand out by a hair.
	if over := truePeak(left, right) - t.Ceiling; over > 0 {
		scale(left, amplitude(-over))
		scale(right, amplitude(-over))
	}
	return Levels{LUFS: loudness(left, right), TruePeak: truePeak(left, right)}
}

const (
	// lookahead is how early the limiter begins to turn down before a peak: 5 ms.
	lookahead = Rate / 200
	// limiterRelease is how slowly it comes back, in seconds: so slowly that a voice keeps its waves, so fast that nothing pumps.
	limiterRelease = 0.08
)

// limiter turns peaks down that would be above the ceiling. It tells the gain sample by sample: the mean, over the time
// before a sample, of the lowest gain that the time after asks for, which is left slowly.
type limiter struct {
	peaks         []float32
	gain, ceiling float64
	at            int
	lowest        *slidingMin
	ring          [lookahead + 1]float64 // the last gains asked for
	sum, held     float64
}

// newLimiter makes a limiter of a track with these peaks, after a gain in dB, below a ceiling in dBTP.
func newLimiter(peaks []float32, gain, ceiling float64) *limiter {
	l := &limiter{peaks: peaks, gain: amplitude(gain), ceiling: amplitude(ceiling), lowest: newSlidingMin(lookahead + 1), held: 1}
	for i := range lookahead {
		l.held = min(l.held, l.lowest.push(l.need(i)))
	}
	for k := range l.ring {
		l.ring[k] = l.held
	}
	l.sum = l.held * float64(len(l.ring))
	return l
}

// need is the gain that sample i can bear.
func (l *limiter) need(i int) float64 {
	if i >= len(l.peaks) {
		return 1
	}
	return min(1, l.ceiling/max(l.gain*float64(l.peaks[i]), 1e-9))
}

// next is the whole gain of the next sample.
func (l *limiter) next() float64 {
	ahead := l.lowest.push(l.need(l.at + lookahead))
	l.held = min(ahead, l.held+(1-l.held)/(limiterRelease*Rate))
	slot := l.at % len(l.ring)
	l.sum += l.held - l.ring[slot]
	l.ring[slot] = l.held
	l.at++
	return l.gain * min(1, l.sum/float64(len(l.ring)))
}
