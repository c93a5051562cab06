package quote

import "time"

// modelHost is how long the exercise took where the model was made.
const modelHost = 1150 * time.Microsecond

// hostSpeed is how much longer this host needs than the model's: the best of some tries at what drawing does most, so
// that other programs hardly disturb it.
func hostSpeed() float64 {
	best := time.Duration(1<<63 - 1)
	for range 12 {
		start := time.Now()
		exercise()
		best = min(best, time.Since(start))
	}
	return min(max(float64(best)/float64(modelHost), 0.1), 20)
}

// exercise mixes rows of pixels, as the drawing of a frame does.
func exercise() byte {
	const width, rows = 2048, 400
	a, b, out := make([]uint16, width), make([]uint16, width), make([]byte, width)
	for i := range a {
		a[i], b[i] = uint16(i*31), uint16(i*17)
	}
	sum := byte(0)
	for row := range rows {
		part := uint32(row & 255)
		for i := range out {
			out[i] = byte((uint32(a[i])*(256-part) + uint32(b[i])*part) >> 16)
		}
		sum += out[row]
	}
	return sum
}
