package sound

import (
	"errors"
	"math"
	"os"
)

// crossTime is how long the end of a piece melts into its beginning when it is repeated, in seconds.
const crossTime = 1.5

// piece fills a track with a piece of music from a WAV file, which is repeated when it is too short.
func piece(left, right []float32, path string) error {
	file, err := os.Open(path)
	if err != nil {
		return err
	}
	defer file.Close()
	l, r, err := decodeStereo(file)
	if err != nil {
		return err
	}
	if len(l) == 0 {
		return errors.New("there is no sound in it")
	}
	cross := min(int(crossTime*Rate), len(l)/4)
	repeat(left, l, cross)
	repeat(right, r, cross)
	fade(left)
	fade(right)
	return nil
}

// repeat fills a channel. Where one pass ends and the next begins both are heard, with the same power all the time.
func repeat(out, in []float32, cross int) {
	step := len(in) - cross
	for start := 0; start < len(out); start += step {
		for i, v := range in[:min(len(in), len(out)-start)] {
			g := 1.0
			if i < cross && start > 0 {
				g = math.Sin(math.Pi / 2 * float64(i) / float64(cross))
			}
			if i >= step {
				g = math.Cos(math.Pi / 2 * float64(i-step) / float64(cross))
			}
			out[start+i] += v * float32(g)
		}
	}
}
