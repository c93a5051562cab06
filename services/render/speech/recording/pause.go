package recording

import "math"

const (
	perSecond = 100 // windows in which the level is measured
	// quiet is how much lower than its loud parts a recording is where nobody speaks.
	quiet = 0.06
	// shortestPause is how many windows are a rest, and not a stop inside a word.
	shortestPause = 14
)

// pauses are the middles of the rests of a speaker.
func pauses(samples []float32, rate int) []int {
	size := rate / perSecond
	if size == 0 {
		return nil
	}
	levels := make([]float64, len(samples)/size)
	loud := 0.0
	for i := range levels {
		sum := 0.0
		for _, v := range samples[i*size : (i+1)*size] {
			sum += float64(v) * float64(v)
		}
		levels[i] = math.Sqrt(sum / float64(size))
		loud = max(loud, levels[i])
	}
	var out []int
	begin := -1
	for i, l := range levels {
		switch {
		case l > quiet*loud && begin >= 0:
			if i-begin >= shortestPause && begin > 0 {
				out = append(out, (begin+i)/2*size)
			}
			begin = -1
		case l <= quiet*loud && begin < 0:
			begin = i
		}
	}
	return out
}
