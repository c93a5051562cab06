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
	if x0 >= x1 {
		return
	}
	columns := make([]between, x1-x0)
	for i := range columns {
		columns[i] = findBetween(float64(x0+i), cx, zoom, p.w)
	}
	line := newZoomLine(p.w)
	for y := y0; y < y1; y++ {
		at := findBetween(float64(y), cy, zoom, p.h)
		if at.first == outside {
			continue
		}
		line.mix(p, at)
		line.blend(dst[y*w+x0:y*w+x1], columns, op)
	}
}

// between is a place between two neighbours: the first, and the weight of the next in 256ths.
type between struct {
	first int
	next  uint32
}

const outside = -2 // of the sprite

// findBetween finds the place that pixel at of the frame shows, of n pixels around a middle.
func findBetween(at, middle, zoom float64, n int) between {
	s := (at+0.5-middle)/zoom + float64(n)/2 - 0.5
	first := int(math.Floor(s))
	if first < -1 || first >= n {
		return between{first: outside}
	}
	return between{first, uint32((s - float64(first)) * 256)}
}

// zoomLine is a mixture of two rows of a plane, with a transparent pixel at each end. Values are 256 times a pixel's.
type zoomLine struct{ pix, alpha []uint16 }

func newZoomLine(w int) zoomLine { return zoomLine{make([]uint16, w+2), make([]uint16, w+2)} }

func (l zoomLine) mix(p *plane, at between) {
	inner := zoomLine{l.pix[1 : p.w+1], l.alpha[1 : p.w+1]}
	clear(inner.pix)
	clear(inner.alpha)
	for i, weight := range [2]uint32{256 - at.next, at.next} {
		row := at.first + i
		if weight == 0 || row < 0 || row >= p.h {
			continue
		}
		s := p.spans[row]
		for x := s.from; x < s.to; x++ {
			inner.pix[x] += uint16(uint32(p.pix[row*p.w+x]) * weight)
			inner.alpha[x] += uint16(uint32(p.alpha[row*p.w+x]) * weight)
		}
	}
}

func (l zoomLine) blend(row []byte, columns []between, op uint32) {
	for x, at := range columns {
		if at.first == outside {
			continue
		}
		k := at.first + 1
		a := (uint32(l.alpha[k])*(256-at.next) + uint32(l.alpha[k+1])*at.next) >> 8
		if a == 0 {
			continue
		}
		v := (uint32(l.pix[k])*(256-at.next) + uint32(l.pix[k+1])*at.next) >> 8
		keep := 65536 - (a*op>>8)*257>>8
		row[x] = uint8((uint32(row[x])*keep + v*op + 32768) >> 16)
	}
}
