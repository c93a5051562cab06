package backdrop

import "github.com/sheetreel/sheetreel/services/render/studio/draw"

// bands are leaning strips of light that slide past each other.
func (b *Backdrop) bands(f *draw.Frame, m Moment) {
	long, short := max(b.w, b.h), min(b.w, b.h)
	for i, band := range []struct {
		width, opacity float64
		glow           int
		anchors        []point
	}{
		{0.52, 0.20, 0, []point{{0.86, 0.5}, {0.98, 0.5}, {0.76, 0.5}}},
		{0.20, 0.16, 2, []point{{1.06, 0.5}, {0.62, 0.5}, {0.96, 0.5}}},
		{0.012, 0.55, 2, []point{{0.70, 0.5}, {0.84, 0.5}, {0.64, 0.5}}},
	} {
		p := b.place(m, 10+i, band.anchors)
		f.Paint(draw.Band{
			X: p.x * b.w, Y: b.h / 2, Slope: -0.42 * b.w / long * 1.4, Width: band.width * short,
		}, b.scheme.Glows[band.glow], band.opacity)
	}
}

// discs are flat circles that lie half outside the picture.
func (b *Backdrop) discs(f *draw.Frame, m Moment) {
	short := min(b.w, b.h)
	for i, disc := range []struct {
		radius, opacity float64
		glow            int
		anchors         []point
	}{
		{0.62, 0.75, 1, []point{{1.02, 0.88}, {0, 0.95}, {0.95, 1}}},
		{0.40, 0.85, 2, []point{{0.02, 0.06}, {1, 0.02}, {0.08, 0}}},
		{0.13, 0.9, 1, []point{{0.86, 0.20}, {0.12, 0.30}, {0.9, 0.34}}},
	} {
		p := b.place(m, 20+i, disc.anchors)
		f.Paint(draw.Disc{X: p.x * b.w, Y: p.y * b.h, R: disc.radius * short}, b.scheme.Glows[disc.glow], disc.opacity)
	}
}
