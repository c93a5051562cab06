package film

import (
	"fmt"
	"strings"

	"github.com/sheetreel/sheetreel/services/render/studio/colour"
	"github.com/sheetreel/sheetreel/services/render/studio/look"
	"github.com/sheetreel/sheetreel/services/render/studio/typeset"
)

// Fit is how the texts of a scene fit.
type Fit struct {
	// HeadlineSize is in pixels, 0 without a headline. Lines are its lines, in the order of reading.
	HeadlineSize float64
	Lines        []string
	// CaptionSize is in pixels, 0 without captions: the smallest of all pages.
	CaptionSize float64
	Pages       []FitPage
}

// FitPage is a page of a caption; times are seconds of the scene.
type FitPage struct {
	Text     string
	From, To float64
}

// Fit tells how the texts of scene i fit.
func (f *Film) Fit(i int) Fit {
	s, out := f.scenes[i], Fit{}
	if s.headline != nil {
		out.HeadlineSize, out.Lines = s.headline.block.Size, linesOf(s.headline.text, s.headline.block)
	}
	for _, p := range s.captions.pages {
		if out.CaptionSize == 0 || p.block.Size < out.CaptionSize {
			out.CaptionSize = p.block.Size
		}
		out.Pages = append(out.Pages, FitPage{unglue([]rune(p.text)), p.from, p.to})
	}
	return out
}

// linesOf is the text of each line of a block.
func linesOf(p *typeset.Paragraph, b typeset.Block) []string {
	starts := make([]int, len(b.Lines)+1)
	starts[len(b.Lines)] = len(p.Text)
	for i, line := range b.Lines {
		starts[i] = len(p.Text)
		for _, g := range line.Glyphs {
			starts[i] = min(starts[i], g.Rune)
		}
	}
	var out []string
	for i := range b.Lines {
		from, to := starts[i], starts[i+1]
		out = append(out, unglue(p.Text[min(from, to):to]))
	}
	return out
}

func unglue(text []rune) string {
	return strings.TrimSpace(strings.ReplaceAll(string(text), string(wordJoiner), ""))
}

// Rules that texts may break.
const (
	RuleGlyphs   = "glyphs"   // characters that no font has
	RuleSize     = "size"     // text that is smaller than the style wants
	RuleCut      = "cut"      // text that is left out
	RuleSafeBox  = "safe_box" // text where an app's buttons may cover it
	RuleContrast = "contrast" // letters that hardly stand out
)

// leastContrast is what WCAG 2 asks of large text.
const leastContrast = 3

// Faults are what does not fit or cannot be read.
func (f *Film) Faults() []Warning {
	var out []Warning
	add := func(scene int, field, rule, message string, args ...any) {
		out = append(out, Warning{scene, field, rule, fmt.Sprintf(message, args...)})
	}
	if len(f.missing) > 0 {
		add(-1, "text", RuleGlyphs, "no installed font has %q; install one, or write it otherwise", string(f.missing))
	}
	if c := colour.Contrast(f.scheme.Ink, f.scheme.Base); c < leastContrast {
		add(-1, "theme", RuleContrast, "headlines have a contrast of only %.1f to 1; choose another background colour", c)
	}
	for i, s := range f.scenes {
		if h := s.headline; h != nil {
			least := f.style.Headline.Min * f.stage.Scale
			switch {
			case h.block.Cut:
				add(i, "headline", RuleCut, "does not fit even at the smallest size; its end is left out: shorten it")
			case h.block.Size < least-0.5:
				add(i, "headline", RuleSize, "is set at %.0f pixels where at least %.0f are good; shorten it", h.block.Size, least)
			}
			if !f.stage.Safe.Contains(inner(h)) {
				add(i, "headline", RuleSafeBox, "reaches beyond the area that apps leave free; shorten it")
			}
		}
		f.captionFaults(i, add)
	}
	return out
}

func (f *Film) captionFaults(i int, add func(int, string, string, string, ...any)) {
	c := f.scenes[i].captions
	least := f.style.Caption.Min * f.stage.Scale
	small, cut, outside := "", "", ""
	for j := range c.pages {
		p := &c.pages[j]
		text := unglue([]rune(p.text))
		switch {
		case p.block.Cut && cut == "":
			cut = text
		case p.block.Size < least-0.5 && small == "":
			small = text
		}
		if outside == "" && !f.stage.Safe.Contains(c.area(p)) {
			outside = text
		}
	}
	if cut != "" {
		add(i, "narration", RuleCut, "the caption %q does not fit; its end is left out in the picture", cut)
	}
	if small != "" {
		add(i, "narration", RuleSize, "the caption %q is set smaller than is good to read", small)
	}
	if outside != "" {
		add(i, "narration", RuleSafeBox, "the caption %q reaches beyond the area that apps leave free", outside)
	}
}

// inner is what the lines of a headline cover; half a pixel is no matter.
func inner(h *headline) look.Area {
	left, right := h.area.Right(), h.area.X
	for i, line := range h.block.Lines {
		left, right = min(left, h.left(i)), max(right, h.left(i)+line.Width)
	}
	return look.Area{X: left + 0.5, Y: h.area.Y + 0.5, W: right - left - 1, H: h.area.H - 1}
}
