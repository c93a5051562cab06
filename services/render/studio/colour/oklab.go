package colour

import "math"

// Lab is a colour in OKLab, a space in which equal steps look equal (Björn Ottosson, 2020). The matrices below are
// those of his article.
type Lab struct{ L, A, B float64 }

// Lab is the colour in OKLab.
func (c RGB) Lab() Lab {
	r, g, b := linear(c.R), linear(c.G), linear(c.B)
	l := math.Cbrt(0.4122214708*r + 0.5363325363*g + 0.0514459929*b)
	m := math.Cbrt(0.2119034982*r + 0.6806995451*g + 0.1073969566*b)
	s := math.Cbrt(0.0883024619*r + 0.2817188376*g + 0.6299787005*b)
	return Lab{
		0.2104542553*l + 0.7936177850*m - 0.0040720468*s,
		1.9779984951*l - 2.4285922050*m + 0.4505937099*s,
		0.0259040371*l + 0.7827717662*m - 0.8086757660*s,
	}
}

// Linear is the colour in linear light; channels can lie outside 0 to 1.
func (c Lab) Linear() (r, g, b float64) {
	l := c.L + 0.3963377774*c.A + 0.2158037573*c.B
	m := c.L - 0.1055613458*c.A - 0.0638541728*c.B
	s := c.L - 0.0894841775*c.A - 1.2914855480*c.B
	l, m, s = l*l*l, m*m*m, s*s*s
	return 4.0767416621*l - 3.3077115913*m + 0.2309699292*s,
		-1.2684380046*l + 2.6097574011*m - 0.3413193965*s,
		-0.0041960863*l - 0.7034186147*m + 1.7076147010*s
}

// RGB is the colour in sRGB, cut to what sRGB can show.
func (c Lab) RGB() RGB {
	r, g, b := c.Linear()
	return RGB{Gamma(r), Gamma(g), Gamma(b)}
}

// Mix goes from c to d as t goes from 0 to 1.
func (c Lab) Mix(d Lab, t float64) Lab {
	return Lab{c.L + (d.L-c.L)*t, c.A + (d.A-c.A)*t, c.B + (d.B-c.B)*t}
}

// Mix goes from c to d as t goes from 0 to 1, through OKLab.
func (c RGB) Mix(d RGB, t float64) RGB { return c.Lab().Mix(d.Lab(), t).RGB() }

// Chroma scales the colourfulness and keeps lightness and hue.
func (c RGB) Chroma(scale float64) RGB {
	lab := c.Lab()
	lab.A, lab.B = lab.A*scale, lab.B*scale
	return lab.RGB()
}

// Lightness sets the OKLab lightness, from 0 to 1, and keeps the hue.
func (c RGB) Lightness(l float64) RGB {
	lab := c.Lab()
	lab.L = l
	return lab.RGB()
}
