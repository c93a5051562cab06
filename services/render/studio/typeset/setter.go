package typeset

import (
	"slices"

	"github.com/go-text/typesetting/di"
	"github.com/go-text/typesetting/font"
	"github.com/go-text/typesetting/language"
	"github.com/go-text/typesetting/shaping"
	"golang.org/x/image/math/fixed"
)

// em is the size at which text is shaped. Outlines are not hinted, so everything scales linearly from it.
const em = 1000

// Setter sets text of one language. It is not safe for concurrent use.
type Setter struct {
	lib      *Library
	language string
	faces    map[file]*font.Face

	segmenter shaping.Segmenter
	shaper    shaping.HarfbuzzShaper
	wrapper   shaping.LineWrapper
}

// Setter gives a new setter for a language, a BCP 47 tag that decides how Han characters look.
func (l *Library) Setter(language string) *Setter {
	return &Setter{lib: l, language: language, faces: map[file]*font.Face{}}
}

// Style is how text is set.
type Style struct {
	Font Font
	// Tracking is extra space between letters, in em; used only in scripts that bear it.
	Tracking float64
	// WordSpacing is extra space between words, in em.
	WordSpacing float64
}

// Paragraph is shaped text of one direction at the size of one em.
type Paragraph struct {
	// Text is what was shaped.
	Text []rune
	// RightToLeft is the direction of the whole paragraph.
	RightToLeft bool
	// Missing are the characters that no installed font has. They are left blank.
	Missing []rune
	// Fonts name the fonts whose glyphs were taken, by the content of their files.
	Fonts []string

	runs     []shaping.Output
	ellipsis shaping.Output
	wrapper  *shaping.LineWrapper
	tall     bool
}

// Shape shapes text, which must not hold line breaks; control characters count as spaces.
func (s *Setter) Shape(text string, style Style) (*Paragraph, error) {
	p := &Paragraph{Text: clean(text), wrapper: &s.wrapper}
	p.RightToLeft = rightToLeft(p.Text)
	fonts := &fallback{setter: s, font: style.Font}
	direction := di.DirectionLTR
	if p.RightToLeft {
		direction = di.DirectionRTL
	}
	inputs := s.segmenter.Split(shaping.Input{
		Text: p.Text, RunEnd: len(p.Text), Direction: direction,
		Size: fixed.I(em), Language: language.NewLanguage(s.language),
	}, fonts)
	if fonts.err != nil {
		return nil, fonts.err
	}
	for _, in := range inputs {
		out := s.shaper.Shape(in)
		narrow(&out, p.Text, fonts.face(style.Font.file()))
		if bearsTracking(in.Script) && style.Tracking != 0 {
			out.AddLetterSpacing(toFixed(style.Tracking), true, true)
		}
		if style.WordSpacing != 0 {
			out.AddWordSpacing(p.Text, toFixed(style.WordSpacing))
		}
		p.tall = p.tall || needsLeading(in.Script)
		p.runs = append(p.runs, out)
		if name := s.lib.digest(in.Face.Font); !slices.Contains(p.Fonts, name) {
			p.Fonts = append(p.Fonts, name)
		}
	}
	p.Missing = fonts.missing
	p.ellipsis = s.shaper.Shape(shaping.Input{
		Text: []rune("…"), RunEnd: 1, Direction: direction, Face: fonts.face(style.Font.file()),
		Size: fixed.I(em), Script: language.Latin, Language: language.NewLanguage(s.language),
	})
	return p, fonts.err
}

// narrow gives spaces beside emoji the width that they have in the text's own font: the emoji font's are as wide as an
// emoji.
func narrow(out *shaping.Output, text []rune, main *font.Face) {
	if out.Face == main {
		return
	}
	space, ok := main.NominalGlyph(' ')
	if !ok {
		return
	}
	width := toFixed(float64(main.HorizontalAdvance(space)) / float64(main.Upem()))
	for i := range out.Glyphs {
		g := &out.Glyphs[i]
		if text[g.TextIndex()] == ' ' && g.Advance > width {
			g.Advance = width
		}
	}
	out.RecomputeAdvance()
}

func toFixed(ems float64) fixed.Int26_6 { return fixed.Int26_6(ems * em * 64) }

// clean replaces control characters, which have no glyph, by spaces. No text is one space: it has a line, and the
// shaper needs a character.
func clean(text string) []rune {
	if text == "" {
		return []rune{' '}
	}
	out := []rune(text)
	for i, r := range out {
		if r < ' ' || r >= 0x7F && r < 0xA0 || r == 0xFEFF || r == 0x2028 || r == 0x2029 {
			out[i] = ' '
		}
	}
	return out
}

// rightToLeft goes by the first letter with a strong direction.
func rightToLeft(text []rune) bool {
	for _, r := range text {
		switch language.LookupScript(r) {
		case language.Common, language.Inherited, language.Unknown:
		case language.Arabic, language.Hebrew, language.Syriac, language.Thaana, language.Nko, language.Adlam:
			return true
		default:
			return false
		}
	}
	return false
}

// bearsTracking is false for scripts whose letters join or stand on a grid.
func bearsTracking(script language.Script) bool {
	return slices.Contains([]language.Script{
		language.Latin, language.Greek, language.Cyrillic, language.Armenian, language.Hebrew, language.Common,
	}, script)
}

// needsLeading is true for scripts whose marks reach far above and below the line.
func needsLeading(script language.Script) bool {
	switch script {
	case language.Latin, language.Greek, language.Cyrillic, language.Common, language.Inherited, language.Hebrew,
		language.Georgian, language.Armenian:
		return false
	}
	return true
}
