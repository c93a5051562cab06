package colour

import (
	"math"
	"testing"
)

func TestContrastKnownValues(t *testing.T) {
	white, black := Hex(0xFFFFFF), Hex(0)
	for _, tc := range []struct {
		a, b RGB
		want float64
	}{
		{white, black, 21},
		{white, white, 1},
		{Hex(0x767676), white, 4.54},
	} {
		if got := Contrast(tc.a, tc.b); math.Abs(got-tc.want) > 0.01 {
			t.Errorf("Contrast(%s, %s) = %.2f, want %.2f", tc.a, tc.b, got, tc.want)
		}
	}
}

func TestLabRoundTrip(t *testing.T) {
	for v := uint32(0); v <= 0xFFFFFF; v += 0x0F0E0D {
		c := Hex(v)
		if got := c.Lab().RGB(); got.String() != c.String() {
			t.Errorf("%s through OKLab is %s", c, got)
		}
	}
}

func TestAgainstReachesContrast(t *testing.T) {
	for ground := uint32(0); ground <= 0xFFFFFF; ground += 0x0F0E0D {
		for _, c := range []RGB{Hex(0xFFD23F), Hex(0xE2447C), Hex(0x0B1026)} {
			if got := Against(c, Hex(ground), 4.5); Contrast(got, Hex(ground)) < 4.5 {
				t.Errorf("%s against %s is %s with contrast %.2f", c, Hex(ground), got, Contrast(got, Hex(ground)))
			}
		}
	}
}

func TestVideoRange(t *testing.T) {
	for _, tc := range []struct {
		c         RGB
		y, cb, cr float64
	}{
		{Hex(0), 16, 128, 128},
		{Hex(0xFFFFFF), 235, 128, 128},
		{Hex(0x0000FF), 31.8, 240, 117.7},
		{Hex(0xFF0000), 62.6, 102.3, 240},
	} {
		y, cb, cr := tc.c.Video()
		if math.Abs(y-tc.y) > 0.1 || math.Abs(cb-tc.cb) > 0.1 || math.Abs(cr-tc.cr) > 0.1 {
			t.Errorf("%s is %.1f %.1f %.1f, want %.1f %.1f %.1f", tc.c, y, cb, cr, tc.y, tc.cb, tc.cr)
		}
	}
}
