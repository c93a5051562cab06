package sound

import "math"

// maxGain keeps a nearly silent track from being blown up to noise, in dB.
const maxGain = 30

// master brings a track to the target loudness and keeps its peaks below the ceiling. The limiter takes a little
// loudness away, so a second pass makes up for it.
func master(left, right []float32) {
	for range 2 {
		gain := TargetLUFS - loudness(left, right)
		if gain > maxGain {
			return
		}
		factor := float32(amplitude(gain))
		for i := range left {
			left[i], right[i] = left[i]*factor, right[i]*factor
		}
		limit(left, right)
	}
}

// lookahead is how early the limiter begins to turn down before a peak: 5 ms.
const lookahead = Rate / 200

// limit turns peaks above the ceiling down, without distortion: the gain of a sample is the mean, over the time before
// it, of the lowest gain that the time after asks for.
func limit(left, right []float32) {
	ceiling := amplitude(CeilingDB)
	need := func(i int) float64 {
		if i >= len(left) {
			return 1
		}
		peak := max(math.Abs(float64(left[i])), math.Abs(float64(right[i])))
		return min(1, ceiling/max(peak, 1e-9))
	}
	lowest := newSlidingMin(lookahead + 1)
	for i := range lookahead {
		lowest.push(need(i))
	}
	var ring [lookahead + 1]float64 // the last gains asked for
	sum := 0.0
	first := 1.0
	for i := range left {
		ahead := lowest.push(need(i + lookahead))
		if i == 0 {
			first = ahead
			for k := range ring {
				ring[k] = first
			}
			sum = first * float64(len(ring))
		}
		slot := i % len(ring)
		sum += ahead - ring[slot]
		ring[slot] = ahead
		g := float32(min(1, sum/float64(len(ring))))
		left[i], right[i] = left[i]*g, right[i]*g
	}
}

// slidingMin is the minimum of the last values that were pushed.
type slidingMin struct {
	size, n int
	at      []int // positions of values that can still be the minimum, which rise
	values  []float64
}

func newSlidingMin(size int) *slidingMin { return &slidingMin{size: size} }

// push adds a value and gives the minimum of the last size ones.
func (s *slidingMin) push(v float64) float64 {
	for len(s.values) > 0 && s.values[len(s.values)-1] >= v {
		s.values, s.at = s.values[:len(s.values)-1], s.at[:len(s.at)-1]
	}
	s.values, s.at = append(s.values, v), append(s.at, s.n)
	if s.at[0] <= s.n-s.size {
		s.values, s.at = s.values[1:], s.at[1:]
	}
	s.n++
	return s.values[0]
}
