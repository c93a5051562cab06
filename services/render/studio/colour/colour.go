// Package colour holds the colour arithmetic of the studio: sRGB colours, mixing in OKLab so that gradients stay
// clean, WCAG contrast, and the conversion to the video's BT.709 limited range.
package colour

import (
	"fmt"
	"math"
	"strconv"
)

// RGB is a colour in gamma-encoded sRGB, each channel from 0 to 1.
type RGB struct{ R, G, B float64 }

// Hex is the colour of a 24-bit number such as 0xFFD23F.
func Hex(v uint32) RGB {
	return RGB{float64(v>>16&255) / 255, float64(v>>8&255) / 255, float64(v&255) / 255}
}

// Parse reads a colour written as #rrggbb; false for anything else.
func Parse(s string) (RGB, bool) {
	if len(s) != 7 || s[0] != '#' {
		return RGB{}, false
	}
	v, err := strconv.ParseUint(s[1:], 16, 24)
	return Hex(uint32(v)), err == nil
}

// String is the colour as #rrggbb.
func (c RGB) String() string {
	r, g, b := c.Bytes()
	return fmt.Sprintf("#%02x%02x%02x", r, g, b)
}

// Bytes are the channels from 0 to 255.
func (c RGB) Bytes() (r, g, b uint8) {
	return toByte(c.R), toByte(c.G), toByte(c.B)
}

func toByte(v float64) uint8 { return uint8(math.Round(255 * min(max(v, 0), 1))) }

// Luminance is the relative luminance by WCAG 2, from 0 to 1.
func (c RGB) Luminance() float64 {
	return 0.2126*linear(c.R) + 0.7152*linear(c.G) + 0.0722*linear(c.B)
}

// Contrast is the WCAG 2 contrast ratio of two colours, from 1 to 21.
func Contrast(a, b RGB) float64 {
	la, lb := a.Luminance(), b.Luminance()
	return (max(la, lb) + 0.05) / (min(la, lb) + 0.05)
}

// Against moves c towards white or black, whichever ground contrasts with more, until their contrast reaches ratio.
// A ratio up to 4.58 can always be reached.
func Against(c, ground RGB, ratio float64) RGB {
	goal := RGB{1, 1, 1}
	if Contrast(goal, ground) < Contrast(RGB{}, ground) {
		goal = RGB{}
	}
	out := c
	for t := 0.02; Contrast(out, ground) < ratio && t <= 1; t += 0.02 {
		out = c.Mix(goal, t)
	}
	return out
}

// Video is the colour in BT.709 limited range: Y from 16 to 235, Cb and Cr around 128.
func (c RGB) Video() (y, cb, cr float64) {
	luma := 0.2126*c.R + 0.7152*c.G + 0.0722*c.B
	return 16 + 219*luma, 128 + 224*(c.B-luma)/1.8556, 128 + 224*(c.R-luma)/1.5748
}

func linear(v float64) float64 {
	if v <= 0.04045 {
		return v / 12.92
	}
	return math.Pow((v+0.055)/1.055, 2.4)
}

// Gamma encodes a linear channel for sRGB. Values outside 0 to 1 are cut.
func Gamma(v float64) float64 {
	v = min(max(v, 0), 1)
	if v <= 0.0031308 {
		return 12.92 * v
	}
	return 1.055*math.Pow(v, 1/2.4) - 0.055
}
