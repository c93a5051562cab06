package draw_test

import (
	"math"
	"testing"

	"github.com/sheetreel/sheetreel/services/render/studio/colour"
	"github.com/sheetreel/sheetreel/services/render/studio/draw"
	"github.com/sheetreel/sheetreel/services/render/studio/typeset"
)

// plate is a sprite that is one opaque rectangle.
func plate(w, h int, c colour.RGB) *draw.Sprite {
	l := draw.NewLayer(w, h)
	l.Fill(l.Path(func(p typeset.Pen) { draw.RoundRect(p, 0, 0, float64(w), float64(h), 0) }), c, 1, 0)
	return l.Sprite()
}

func black(w, h int) *draw.Frame {
	f := draw.NewFrame(w, h)
	f.Paint(draw.Rect{W: float64(w), H: float64(h)}, colour.RGB{}, 1)
	return f
}

func TestBlend(t *testing.T) {
	white := colour.Hex(0xFFFFFF)
	for _, tc := range []struct {
		name       string
		y, opacity float64
		row        int
		want       byte
	}{
		{"opaque", 4, 1, 4, 235},
		{"above", 4, 1, 3, 16},
		{"below", 4, 1, 8, 16},
		{"half opaque", 4, 0.5, 5, 126},
		{"half a row down, first row", 4.5, 1, 4, 126},
		{"half a row down, inside", 4.5, 1, 6, 235},
		{"half a row down, last row", 4.5, 1, 8, 126},
		{"transparent", 4, 0, 4, 16},
	} {
		f := black(16, 16)
		plate(8, 4, white).Blend(f, 4, tc.y, tc.opacity)
		if got := f.Y[tc.row*16+6]; math.Abs(float64(got)-float64(tc.want)) > 1 {
			t.Errorf("%s: row %d is %d, want %d", tc.name, tc.row, got, tc.want)
		}
		if got := f.Y[5*16+3]; got != 16 {
			t.Errorf("%s: the pixel to the left is %d", tc.name, got)
		}
	}
}

func TestBlendKeepsColour(t *testing.T) {
	c := colour.Hex(0xFFD23F)
	f := black(16, 16)
	plate(8, 8, c).Blend(f, 4, 4, 1)
	r, g, b := c.Bytes()
	got := f.Image().RGBAAt(8, 8)
	for _, d := range []int{int(got.R) - int(r), int(got.G) - int(g), int(got.B) - int(b)} {
		if d < -3 || d > 3 {
			t.Errorf("%v comes back as %v", c, got)
		}
	}
}

func FuzzBlendAnywhere(f *testing.F) {
	f.Add(0, 0.0, 1.0)
	f.Add(-7, -3.3, 0.4)
	f.Add(30, 15.99, 2.0)
	f.Fuzz(func(t *testing.T, x int, y, opacity float64) {
		if x < -1000 || x > 1000 || !(math.Abs(y) < 1000) || math.IsNaN(opacity) {
			return // not a case of ours
		}
		frame := black(16, 16)
		plate(8, 6, colour.Hex(0xFFFFFF)).Blend(frame, x, y, opacity)
		for i, v := range frame.Y {
			if v < 15 || v > 236 {
				t.Fatalf("pixel %d is %d", i, v)
			}
		}
	})
}

func TestPaintCoversArea(t *testing.T) {
	for _, tc := range []struct {
		name  string
		shape draw.Shape
		area  float64
	}{
		{"rectangle", draw.Rect{X: 10.25, Y: 8.5, W: 30.5, H: 12.25}, 30.5 * 12.25},
		{"round rectangle", draw.Rect{X: 8, Y: 8, W: 40, H: 20, R: 10}, 20*20 + math.Pi*100},
		{"disc", draw.Disc{X: 32.3, Y: 31.8, R: 20}, math.Pi * 400},
		{"band", draw.Band{X: 32, Y: 32, Slope: -0.4, Width: 10}, 64 * 10 * math.Hypot(1, 0.4)},
		{"half outside", draw.Disc{X: 0, Y: 32, R: 20}, math.Pi * 200},
	} {
		f := black(64, 64)
		f.Paint(tc.shape, colour.Hex(0xFFFFFF), 1)
		sum := 0.0
		for _, v := range f.Y {
			sum += (float64(v) - 16) / 219
		}
		if math.Abs(sum-tc.area) > 0.02*tc.area+1 {
			t.Errorf("%s covers %.1f pixels, want %.1f", tc.name, sum, tc.area)
		}
	}
}

func TestBlurKeepsMass(t *testing.T) {
	m := draw.NewMask(64, 64)
	for i := range 8 {
		for j := range 8 {
			m.Pix[(28+i)*64+28+j] = 255
		}
	}
	sum := 0
	for _, v := range m.Blur(4).Pix {
		sum += int(v)
	}
	if want := 64 * 255; math.Abs(float64(sum-want)) > 0.06*float64(want) {
		t.Errorf("the blurred mask holds %d, want about %d", sum, want)
	}
}
