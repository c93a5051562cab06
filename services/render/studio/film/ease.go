package film

// How the foreground moves, in seconds.
const (
	enterDelay = 0.10 // from the start of a scene
	enterTime  = 0.42 // of one line
	enterStep  = 0.08 // from line to line
	leaveTime  = 0.18 // up to the end of a scene
)

func clamp(t float64) float64 { return min(max(t, 0), 1) }

// smooth starts and stops gently.
func smooth(t float64) float64 {
	t = clamp(t)
	return t * t * (3 - 2*t)
}

// out starts fast and stops gently.
func out(t float64) float64 {
	t = 1 - clamp(t)
	return 1 - t*t*t
}

// presence is the way of one thing through its scene: it comes up from below and leaves upwards.
type presence struct {
	delay float64 // when it comes, from the scene's start
	end   float64 // when it has left; 0 is never
	rise  float64 // pixels on the way in
}

// at gives opacity and vertical offset at a time of the scene.
func (p presence) at(t float64) (opacity, dy float64) {
	in := out((t - p.delay) / enterTime)
	opacity, dy = in, p.rise*(1-in)
	if p.end > 0 {
		gone := smooth((t - p.end + leaveTime) / leaveTime)
		opacity, dy = opacity*(1-gone), dy-p.rise*0.6*gone
	}
	return opacity, dy
}

// overshoot starts fast, goes a little too far and comes back.
func overshoot(t float64) float64 {
	const much = 1.4
	t = clamp(t) - 1
	return 1 + (much+1)*t*t*t + much*t*t
}
