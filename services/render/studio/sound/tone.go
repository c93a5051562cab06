package sound

import "math"

// tone is one note. Times are seconds.
type tone struct {
	start, length   float64
	attack, release float64
	freq, amp       float64
	// partials are the strengths of the harmonics.
	partials []float64
	// pan goes from -1, left, to 1, right.
	pan float64
}

// add mixes the tone in. Sines are made by turning a pointer, which is much cheaper than computing each.
func (t tone) add(left, right []float32) {
	from := int(t.start * Rate)
	n := min(int(t.length*Rate), len(left)-from)
	gl, gr := t.amp*math.Sqrt((1-t.pan)/2), t.amp*math.Sqrt((1+t.pan)/2)
	for h, strength := range t.partials {
		step := 2 * math.Pi * t.freq * float64(h+1) / Rate
		c, s := math.Cos(step), math.Sin(step)
		x, y := 1.0, 0.0
		for i := range max(n, 0) {
			v := y * strength * t.envelope(i)
			left[from+i] += float32(v * gl)
			right[from+i] += float32(v * gr)
			x, y = x*c-y*s, x*s+y*c
		}
	}
}

// envelope is the loudness of the tone's sample i: it rises in a line and falls in a curve.
func (t tone) envelope(i int) float64 {
	at := float64(i) / Rate
	in := min(1, at/t.attack)
	out := min(1, (t.length-at)/t.release)
	return in * out * out
}
