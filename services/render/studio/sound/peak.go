package sound

import "math"

const (
	oversampling = 4
	// sincHalf is how many samples on either side make a point between two samples.
	sincHalf = 10
	// What is so much lower than the highest sample is no place to look for peaks between samples: of those that are to
	// be turned down, and of the highest alone.
	nearPeaks, nearHighest = 0.2, 0.6
)

// interpolator gives the points between samples, as a player's converter makes them.
type interpolator [oversampling - 1][2 * sincHalf]float64

func newInterpolator() *interpolator {
	var in interpolator
	for p := range in {
		at := float64(p+1) / oversampling
		sum := 0.0
		for k := range in[p] {
			x := float64(k-sincHalf+1) - at // from -10 to 10
			w := math.Cos(math.Pi * x / (2 * sincHalf))
			in[p][k] = math.Sin(math.Pi*x) / (math.Pi * x) * w * w
			sum += in[p][k]
		}
		for k := range in[p] {
			in[p][k] /= sum
		}
	}
	return &in
}

// after is the highest point between sample i and the next.
func (in *interpolator) after(s []float32, i int) float64 {
	highest := 0.0
	from := i - sincHalf + 1
	for p := range in {
		v := 0.0
		if from >= 0 && from+2*sincHalf <= len(s) {
			for k, x := range s[from : from+2*sincHalf] {
				v += float64(x) * in[p][k]
			}
		} else {
			for k := range in[p] {
				if n := from + k; n >= 0 && n < len(s) {
					v += float64(s[n]) * in[p][k]
				}
			}
		}
		highest = max(highest, math.Abs(v))
	}
	return highest
}

// peaks gives for each sample of a track its true peak: the highest of both channels, at it and on both sides of it.
// Between samples it looks only near those that have this part of the highest one.
func peaks(left, right []float32, near float32) []float32 {
	out := make([]float32, len(left))
	most := float32(0)
	for i := range left {
		out[i] = max(abs(left[i]), abs(right[i]))
		most = max(most, out[i])
	}
	in := newInterpolator()
	before := float32(0) // the point between the sample before and this one
	for i := range left {
		own, after := out[i], float32(0)
		if own > near*most || i+1 < len(out) && out[i+1] > near*most {
			after = float32(max(in.after(left, i), in.after(right, i)))
		}
		out[i] = max(own, before, after)
		before = after
	}
	return out
}

// truePeak is the highest true peak of a track in dBTP.
func truePeak(left, right []float32) float64 {
	most := float32(0)
	for _, v := range peaks(left, right, nearHighest) {
		most = max(most, v)
	}
	if most == 0 {
		return silence
	}
	return 20 * math.Log10(float64(most))
}

func abs(v float32) float32 { return max(v, -v) }
