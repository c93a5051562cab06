package quality

import "fmt"

// Sample is the luma of a frame as it was composed.
type Sample struct {
	// Frame is its number in the video, from 0. Samples are in this order.
	Frame int
	// Scene it is of.
	Scene string
	// Width and Height of the luma.
	Width, Height int
	// Luma is from 0 to 255, row by row.
	Luma []byte
}

// Limits of the likeness of a frame and what came out of the encoder. Drafts are encoded coarsely.
const (
	likeWarn = 0.95
	likeFail = 0.85
	draftBy  = 0.05
)

// NewSample makes a sample of a frame's luma in limited range, as encoders take it, and makes it small.
func NewSample(frame int, scene string, luma []byte, width, height int) Sample {
	full := make([]byte, len(luma))
	for i, y := range luma {
		full[i] = byte(min(max((int(y)-16)*255+109, 0)/219, 255))
	}
	w, h := small(int32(width), int32(height))
	return Sample{Frame: frame, Scene: scene, Width: w, Height: h, Luma: Shrink(full, width, height, w, h)}
}

// scaled is the luma in another, not larger size.
func (s Sample) scaled(w, h int) []byte { return Shrink(s.Luma, s.Width, s.Height, w, h) }

// Shrink makes a plane smaller: each pixel is the mean of the area that it covers.
func Shrink(pix []byte, width, height, w, h int) []byte {
	if w == width && h == height {
		return pix
	}
	columns := shrink(pix, width, height, w)
	return turned(shrink(turned(columns, w, height), height, w, h), h, w)
}

// shrink makes rows shorter.
func shrink(pix []byte, width, height, to int) []byte {
	out := make([]byte, to*height)
	ratio := float64(width) / float64(to)
	for x := range to {
		left, right := float64(x)*ratio, float64(x+1)*ratio
		for y := range height {
			row, sum, weight := pix[y*width:(y+1)*width], 0.0, 0.0
			for i := int(left); i < width && float64(i) < right; i++ {
				part := min(float64(i+1), right) - max(float64(i), left)
				sum += part * float64(row[i])
				weight += part
			}
			out[y*to+x] = byte(sum/max(weight, 1e-9) + 0.5)
		}
	}
	return out
}

// turned swaps rows and columns.
func turned(pix []byte, width, height int) []byte {
	out := make([]byte, len(pix))
	for y := range height {
		for x := range width {
			out[x*height+y] = pix[y*width+x]
		}
	}
	return out
}

// ssim is how alike two pictures are, from -1 to 1, as Wang et al. measure it, in blocks of 8 by 8.
func ssim(a, b []byte, width, height int) float64 {
	const side, c1, c2 = 8, (0.01 * 255) * (0.01 * 255), (0.03 * 255) * (0.03 * 255)
	sum, n := 0.0, 0
	for top := 0; top+side <= height; top += side / 2 {
		for left := 0; left+side <= width; left += side / 2 {
			var ma, mb, aa, bb, ab float64
			for y := top; y < top+side; y++ {
				for x := left; x < left+side; x++ {
					p, q := float64(a[y*width+x]), float64(b[y*width+x])
					ma, mb, aa, bb, ab = ma+p, mb+q, aa+p*p, bb+q*q, ab+p*q
				}
			}
			const area = side * side
			ma, mb = ma/area, mb/area
			va, vb, cov := aa/area-ma*ma, bb/area-mb*mb, ab/area-ma*mb
			sum += (2*ma*mb + c1) * (2*cov + c2) / ((ma*ma + mb*mb + c1) * (va + vb + c2))
			n++
		}
	}
	if n == 0 {
		return 1
	}
	return sum / float64(n)
}

// likeness judges how the encoder has treated the frames that there are samples of.
func (c *checks) likeness(j Job, s *seen) {
	if len(j.samples()) == 0 {
		return
	}
	if len(s.ssim) < len(j.samples()) {
		missing := j.samples()[len(s.ssim)]
		c.add(RuleSSIM, fail, "frame %d is not in the file", missing.Frame).SceneId = missing.Scene
		return
	}
	worst := 0
	for i, x := range s.ssim {
		if x < s.ssim[worst] {
			worst = i
		}
	}
	warnBelow, failBelow := likeWarn, likeFail
	if j.Storyboard.GetOutput().GetDraft() {
		warnBelow, failBelow = likeWarn-draftBy, likeFail-draftBy
	}
	verdict, x := pass, s.ssim[worst]
	switch {
	case x < failBelow:
		verdict = fail
	case x < warnBelow:
		verdict = warn
	}
	check := c.add(RuleSSIM, verdict, "of %s, the one that differs most from what was composed is frame %d", frames(len(s.ssim)), j.samples()[worst].Frame)
	check.SceneId = j.samples()[worst].Scene
	measured(check, x, warnBelow, "SSIM")
}

func frames(n int) string {
	if n == 1 {
		return "one frame"
	}
	return fmt.Sprintf("%d frames", n)
}
