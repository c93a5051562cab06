package draw

import "math"

// BlendZoomed paints the sprite scaled around its middle, which comes to cx, cy; all may lie between pixels. It is for
// things on their way to their place: Blend is several times faster.
func (s *Sprite) BlendZoomed(f *Frame, cx, cy, zoom, opacity float64) {
	op := uint32(min(max(opacity, 0), 1)*256 + 0.5)
	if op == 0 || zoom <= 0 {
		return
	}
	s.y.blendZoomed(f.Y, f.W, f.H, cx, cy, zoom, op)
	s.u.blendZoomed(f.U, f.W/2, f.H/2, cx/2, cy/2, zoom, op)
	s.v.blendZoomed(f.V, f.W/2, f.H/2, cx/2, cy/2, zoom, op)
}

func (p *plane) blendZoomed(dst []byte, w, h int, cx, cy, zoom float64, op uint32) {
	halfW, halfH := float64(p.w)/2*zoom, float64(p.h)/2*zoom
	x0, x1 := max(0, int(cx-halfW)-1), min(w, int(math.Ceil(cx+halfW))+1)
	y0, y1 := max(0, int(cy-halfH)-1), min(h, int(math.Ceil(cy+halfH))+1)
	for y := y0; y < y1; y++ {
		sy := (float64(y)+0.5-cy)/zoom + float64(p.h)/2 - 0.5
		top := int(math.Floor(sy))
		if top < -1 || top >= p.h {
			continue
		}
		lower := uint32((sy - float64(top)) * 256)
		row := dst[y*w:][:w]
		for x := x0; x < x1; x++ {
			sx := (float64(x)+0.5-cx)/zoom + float64(p.w)/2 - 0.5
			left := int(math.Floor(sx))
			if left < -1 || left >= p.w {
				continue
			}
			v, a := p.sample(left, top, uint32((sx-float64(left))*256), lower)
			if a == 0 {
				continue
			}
			keep := 65536 - (a*op>>8)*257>>8
			row[x] = uint8((uint32(row[x])*keep + v*op + 32768) >> 16)
		}
	}
}

// sample mixes four neighbouring pixels; value and alpha are 256 times those of a pixel. Outside, all is transparent.
func (p *plane) sample(x, y int, right, lower uint32) (v, a uint32) {
	for _, at := range [4]struct {
		x, y   int
		weight uint32
	}{
		{x, y, (256 - right) * (256 - lower)},
		{x + 1, y, right * (256 - lower)},
		{x, y + 1, (256 - right) * lower},
		{x + 1, y + 1, right * lower},
	} {
		if at.weight > 0 && at.x >= 0 && at.x < p.w && at.y >= 0 && at.y < p.h {
			i := at.y*p.w + at.x
			v += uint32(p.pix[i]) * at.weight
			a += uint32(p.alpha[i]) * at.weight
		}
	}
	return v >> 8, a >> 8
}
