package film

import (
	"fmt"
	"image"
	"io"

	storyboardv1 "github.com/sheetreel/sheetreel/gen/sheetreel/storyboard/v1"
	"github.com/sheetreel/sheetreel/services/render/studio/colour"
	"github.com/sheetreel/sheetreel/services/render/studio/draw"
	"github.com/sheetreel/sheetreel/services/render/studio/look"
	"github.com/sheetreel/sheetreel/services/render/studio/typeset"
)

// logo is a brand's mark in a corner of the safe area, beside the kicker. It stands still through the whole video.
type logo struct {
	film   *Film
	medium Medium
	area   look.Area
}

// Size of the logo and the room beside it, in the unit of styles.
const (
	logoHeight = 76
	logoWidth  = 230
	logoGap    = 32
)

// setLogo finds the brand's mark; rtl puts it to the left.
func (f *Film) setLogo(rtl bool) {
	uri := f.storyboard.GetTheme().GetBrand().GetLogoUri()
	if uri == "" {
		return
	}
	found, ok := f.medium(-1, "theme.brand.logo_uri", &storyboardv1.Media{Kind: &storyboardv1.Media_ImageUri{ImageUri: uri}})
	if !ok || found.Image == nil {
		return
	}
	scale, safe := f.stage.Scale, f.stage.Safe
	w, h := logoWidth*scale, logoHeight*scale
	aspect := float64(max(1, found.Width)) / float64(max(1, found.Height))
	if w > h*aspect {
		w = h * aspect
	} else {
		h = w / aspect
	}
	f.logo = &logo{film: f, medium: found, area: look.Area{X: safe.Right() - w, Y: f.stage.Kicker - h/2, W: w, H: h}}
	if rtl {
		f.logo.area.X = safe.X
	}
}

// beside is the width that the logo takes from the kicker's line.
func (l *logo) beside() float64 {
	if l == nil {
		return 0
	}
	return l.area.W + logoGap*l.film.stage.Scale
}

func (l *logo) write(w io.Writer) {
	if l != nil {
		fmt.Fprintf(w, "logo %q %+v\n", l.medium.Digest, l.area)
	}
}

// logoPart paints a logo.
type logoPart struct {
	*logo
	scheme look.Scheme
	drawn  *print
}

func (l *logoPart) paint(f *draw.Frame, _ float64) {
	if l.drawn == nil {
		drawn := l.draw()
		l.drawn = &drawn
	}
	l.drawn.blend(f, 0, 1)
}

func (l *logoPart) draw() print {
	a, pad := l.area, 14*l.film.stage.Scale
	s := newSheet(a.X-pad, a.Y-pad, a.W+2*pad, a.H+2*pad)
	img, err := l.medium.Image()
	if err != nil {
		return s.print() // broken: the corner stays empty
	}
	if mean := meanColour(img); colour.Contrast(mean, l.scheme.Base) < 2 {
		plate := colour.Hex(0xFFFFFF)
		if colour.Contrast(mean, plate) < 2 {
			plate = colour.Hex(0x14121C)
		}
		s.plate(a.X-pad, a.Y-pad, a.W+2*pad, a.H+2*pad, 12*l.film.stage.Scale, plate, 0.94)
	}
	s.Picture(img, a.X-float64(s.x), a.Y-float64(s.y), a.W, a.H)
	return s.print()
}

// meanColour is the colour of what an image shows, weighted by how opaque it is.
func meanColour(img image.Image) colour.RGB {
	var r, g, b, a float64
	bounds := img.Bounds()
	step := max(1, max(bounds.Dx(), bounds.Dy())/128)
	for y := bounds.Min.Y; y < bounds.Max.Y; y += step {
		for x := bounds.Min.X; x < bounds.Max.X; x += step {
			pr, pg, pb, pa := img.At(x, y).RGBA()
			r, g, b, a = r+float64(pr), g+float64(pg), b+float64(pb), a+float64(pa)
		}
	}
	if a == 0 {
		return colour.RGB{}
	}
	return colour.RGB{R: r / a, G: g / a, B: b / a}
}

// draftMark says on every frame that the video is a draft.
type draftMark struct {
	film  *Film
	line  typeset.Line
	size  float64
	drawn *print
}

const draftSize = 34

func (f *Film) setDraft(setter *typeset.Setter) error {
	if !f.storyboard.GetOutput().GetDraft() {
		return nil
	}
	p, err := f.shape(setter, "DRAFT", typeset.Style{Font: typeset.Font{Family: typeset.Text, Weight: typeset.Bold}, Tracking: 0.12})
	if err != nil {
		return err
	}
	size := draftSize * f.stage.Scale
	f.draft = &draftMark{film: f, size: size, line: p.Line(f.stage.W, size).Lines[0]}
	return nil
}

func (d draftMark) paintNew(s *sheet, x, y float64) {
	u := d.film.stage.Scale
	s.plate(x, y, d.line.Width+44*u, 62*u, 12*u, colour.RGB{}, 0.62)
	s.text(d.line, every, x+22*u, y+31*u+0.36*d.size, colour.Hex(0xFFFFFF))
}

// paint paints the mark in the lower corner, outside the safe area of apps: drafts are not posted.
func (d *draftMark) paint(f *draw.Frame, _ float64) {
	if d.drawn == nil {
		u := d.film.stage.Scale
		x, y := 30*u, d.film.stage.H-92*u
		s := newSheet(x, y, d.line.Width+50*u, 70*u)
		d.paintNew(s, x, y)
		drawn := s.print()
		d.drawn = &drawn
	}
	d.drawn.blend(f, 0, 1)
}
