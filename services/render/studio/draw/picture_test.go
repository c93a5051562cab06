package draw_test

import (
	"image"
	"image/color"
	"testing"

	"github.com/sheetreel/sheetreel/services/render/studio/colour"
	"github.com/sheetreel/sheetreel/services/render/studio/draw"
)

// halves is an image whose left half is black and whose right half is white.
func halves(w, h int) image.Image {
	img := image.NewGray(image.Rect(0, 0, w, h))
	for y := range h {
		for x := w / 2; x < w; x++ {
			img.SetGray(x, y, color.Gray{Y: 255})
		}
	}
	return img
}

// TestCoverKeepsFocus cuts a wide image to a narrow picture: the focus says which part stays.
func TestCoverKeepsFocus(t *testing.T) {
	for _, tc := range []struct{ focus, low, high float64 }{{0, 0, 0.01}, {1, 0.99, 1}, {0.5, 0, 1}} {
		low, high := draw.Cover(halves(200, 40), 20, 40, tc.focus, 0.5).Light(0, 1)
		if low < tc.low-0.02 || low > tc.low+0.02 || high < tc.high-0.02 || high > tc.high+0.02 {
			t.Errorf("focus %.1f shows light from %.2f to %.2f, want %.2f to %.2f", tc.focus, low, high, tc.low, tc.high)
		}
	}
}

// TestShowMovesSmoothly shifts a picture by a quarter pixel: an edge must follow by a quarter of its step.
func TestShowMovesSmoothly(t *testing.T) {
	p := draw.Cover(halves(40, 40), 40, 40, 0.5, 0.5)
	f := draw.NewFrame(32, 32)
	edge := func(x float64) int {
		p.Show(f, x, 4, 1)
		sum := 0
		for _, v := range f.Y[16*32 : 17*32] {
			sum += int(v)
		}
		return sum
	}
	const step = 235 - 16
	before := edge(4)
	for i := 1; i <= 8; i++ {
		now := edge(4 + float64(i)/4)
		if d := now - before - step/4; d < -3 || d > 3 {
			t.Errorf("step %d moved the edge by %d, want %d", i, now-before, step/4)
		}
		before = now
	}
}

func TestMixAndVeil(t *testing.T) {
	f, other := black(16, 16), black(16, 16)
	other.Paint(draw.Rect{W: 16, H: 16}, colour.Hex(0xFFFFFF), 1)
	f.Mix(other, 0.5)
	if got := f.Y[100]; got < 124 || got > 127 {
		t.Errorf("half of white over black is %d", got)
	}
	opacity := make([]float64, 16)
	opacity[3] = 1
	f.Veil(colour.Hex(0xFFFFFF), opacity)
	if f.Y[3*16] != 235 || f.Y[4*16] == 235 {
		t.Errorf("veiled row is %d, the next %d", f.Y[3*16], f.Y[4*16])
	}
}

// TestBlendZoomed compares a sprite at zoom 1 with the plain blend, and checks that a smaller one stays in its place.
func TestBlendZoomed(t *testing.T) {
	white := colour.Hex(0xFFFFFF)
	plain, zoomed := black(32, 32), black(32, 32)
	plate(8, 8, white).Blend(plain, 12, 12, 1)
	plate(8, 8, white).BlendZoomed(zoomed, 16, 16, 1, 1)
	for i := range plain.Y {
		if d := int(plain.Y[i]) - int(zoomed.Y[i]); d < -2 || d > 2 {
			t.Fatalf("pixel %d is %d, want %d", i, zoomed.Y[i], plain.Y[i])
		}
	}
	small := black(32, 32)
	plate(8, 8, white).BlendZoomed(small, 16, 16, 0.5, 1)
	if small.Y[16*32+16] != 235 || small.Y[16*32+12] != 16 || small.Y[12*32+16] != 16 {
		t.Error("half the size does not stand in the middle")
	}
}
