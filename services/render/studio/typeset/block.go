package typeset

import (
	"cmp"
	"slices"

	"github.com/go-text/typesetting/di"
	"github.com/go-text/typesetting/shaping"
	"golang.org/x/image/math/fixed"
)

// Box is where text has to fit. Sizes are pixels.
type Box struct {
	Width, Height float64
	MaxLines      int
	// Max is the wished font size, Min the smallest that is still good.
	Max, Min float64
	// Leading is the distance of lines in em.
	Leading float64
}

// Block is text set in lines.
type Block struct {
	// Size is the font size in pixels.
	Size float64
	// Pitch is the distance of baselines in pixels.
	Pitch float64
	Lines []Line
	// Cut says that text was left out because it cannot fit.
	Cut bool
}

// Line is a line of glyphs, left to right.
type Line struct {
	Glyphs []Glyph
	Width  float64
}

// Width is the width of the widest line.
func (b Block) Width() float64 {
	var w float64
	for _, l := range b.Lines {
		w = max(w, l.Width)
	}
	return w
}

// Height is the height of all lines.
func (b Block) Height() float64 { return b.Pitch * float64(len(b.Lines)) }

// Baseline is the distance of line i's baseline from the top of the block: capital letters are centred in their line.
func (b Block) Baseline(i int) float64 {
	const capHeight = 0.727 // of Inter; the Noto fonts are within 2 % of it
	return b.Pitch*float64(i) + (b.Pitch+capHeight*b.Size)/2
}

// Fit sets the paragraph at the largest size that fits, with lines of about equal length. Words are broken and, at
// last, text is cut only when even the smallest size cannot hold it.
func (p *Paragraph) Fit(box Box) Block {
	leading := box.Leading
	if p.tall {
		leading = max(leading, tallLeading)
	}
	try := func(size float64, policy shaping.LineBreakPolicy) (Block, bool) {
		b := p.wrap(size, leading, box.Width, policy, 0)
		return b, len(b.Lines) <= box.MaxLines && b.Width() <= box.Width+0.5 && b.Height() <= box.Height+0.5
	}
	// Words stay whole down to half the smallest good size; only then they are broken.
	floor := box.Min / 2
	step := max(1, box.Max/40)
	for size := box.Max; size >= floor; size -= step {
		if b, ok := try(size, shaping.Never); ok {
			return p.balance(b, box.Width, leading)
		}
	}
	for size := box.Min * 0.8; size >= floor; size -= step {
		if b, ok := try(size, shaping.WhenNecessary); ok {
			return b
		}
	}
	lines := min(box.MaxLines, max(1, int(box.Height/(floor*leading))))
	return p.wrap(floor, leading, box.Width, shaping.WhenNecessary, lines)
}

// Line sets the paragraph in one line of a given font size; what does not fit is cut and an ellipsis stands for it.
func (p *Paragraph) Line(width, size float64) Block {
	return p.wrap(size, 1, width, shaping.WhenNecessary, 1)
}

// tallLeading is the least distance of lines for scripts with tall marks, in em.
const tallLeading = 1.3

// balance narrows the lines as long as their number stays.
func (p *Paragraph) balance(b Block, width, leading float64) Block {
	low, high := b.Width()/2, width
	for range 8 {
		mid := (low + high) / 2
		narrow := p.wrap(b.Size, leading, mid, shaping.Never, 0)
		if len(narrow.Lines) == len(b.Lines) && narrow.Width() <= mid+0.5 {
			b, high = narrow, mid
		} else {
			low = mid
		}
	}
	return b
}

// wrap breaks the paragraph into lines; lines limits their number, 0 is any.
func (p *Paragraph) wrap(size, leading, width float64, policy shaping.LineBreakPolicy, lines int) Block {
	config := shaping.WrapConfig{BreakPolicy: policy, TruncateAfterLines: lines}
	if lines > 0 {
		config.Truncator = p.ellipsis
	}
	if p.RightToLeft {
		config.Direction = di.DirectionRTL
	}
	// The wrapper may change the glyphs it is given (it takes away trailing space), so it gets copies.
	runs := slices.Clone(p.runs)
	for i := range runs {
		runs[i].Glyphs = slices.Clone(runs[i].Glyphs)
	}
	limit := fixed.Int26_6(width / size * em * 64)
	wrapped, cut := p.wrapper.WrapParagraphF(config, limit, p.Text, shaping.NewSliceIterator(runs))
	b := Block{Size: size, Pitch: size * leading, Cut: cut > 0}
	for _, line := range wrapped {
		b.Lines = append(b.Lines, place(line, size/em))
	}
	return b
}

// place puts the runs of a line beside each other.
func place(line shaping.Line, scale float64) Line {
	runs := slices.Clone(line)
	slices.SortStableFunc(runs, func(a, b shaping.Output) int { return cmp.Compare(a.VisualIndex, b.VisualIndex) })
	var out Line
	for _, run := range runs {
		for _, g := range run.Glyphs {
			out.Glyphs = append(out.Glyphs, newGlyph(run.Face, g, out.Width, scale))
			out.Width += pixels(g.Advance) * scale
		}
	}
	return out
}

func pixels(v fixed.Int26_6) float64 { return float64(v) / 64 }
