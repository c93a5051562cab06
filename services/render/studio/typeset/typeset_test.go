package typeset_test

import (
	"errors"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/sheetreel/sheetreel/services/render/studio/typeset"
)

func open(t testing.TB) *typeset.Library {
	t.Helper()
	lib, err := typeset.Open([]string{"/usr/share/fonts"})
	if err != nil {
		t.Fatal(err)
	}
	return lib
}

func TestEveryScriptHasGlyphs(t *testing.T) {
	lib := open(t)
	for _, tc := range []struct {
		lang, text string
		rtl        bool
	}{
		{"en", "Why cats land — “always” 100 %", false},
		{"de", "Größe, Straße, ÄÖÜ", false},
		{"vi", "Tiếng Việt", false},
		{"ru", "Почему кошки", false},
		{"el", "Γιατί οι γάτες", false},
		{"ar", "لماذا تهبط القطط على أقدامها؟", true},
		{"he", "למה חתולים נוחתים", true},
		{"hi", "बिल्ली हमेशा पैरों पर", false},
		{"th", "ทำไมแมว", false},
		{"ja", "猫はなぜいつも足から", false},
		{"ko", "고양이는 왜", false},
		{"zh-Hant", "貓為什麼總是", false},
		{"en", "rocket 🚀 family 👨‍👩‍👧 thumbs 👍🏽", false},
	} {
		for _, family := range []typeset.Family{typeset.Display, typeset.Serif} {
			p, err := lib.Setter(tc.lang).Shape(tc.text, typeset.Style{Font: typeset.Font{Family: family, Weight: typeset.Bold}})
			if err != nil {
				t.Errorf("%s in %s: %v", tc.text, family, err)
				continue
			}
			if len(p.Missing) > 0 {
				t.Errorf("%s in %s: no glyph for %q", tc.text, family, p.Missing)
			}
			if p.RightToLeft != tc.rtl {
				t.Errorf("%s: right to left is %v", tc.text, p.RightToLeft)
			}
		}
	}
}

func TestFitStaysInTheBox(t *testing.T) {
	lib := open(t)
	box := typeset.Box{Width: 576, Height: 420, MaxLines: 4, Max: 88, Min: 42, Leading: 1.06}
	for name, text := range map[string]string{
		"short":     "Cats",
		"sentence":  "Why cats always land on their feet",
		"long":      strings.Repeat("many words and more ", 12),
		"long word": "Donaudampfschifffahrtsgesellschaftskapitän",
		"endless":   strings.Repeat("x", 400),
		"arabic":    "لماذا تهبط القطط دائما على أقدامها؟",
		"japanese":  "猫はなぜいつも足から着地するのか",
		"hindi":     "बिल्ली हमेशा पैरों पर क्यों गिरती है?",
	} {
		p, err := lib.Setter("en").Shape(text, typeset.Style{Font: typeset.Font{Family: typeset.Display, Weight: typeset.Black}})
		if err != nil {
			t.Fatal(err)
		}
		b := p.Fit(box)
		if b.Width() > box.Width+1 || b.Height() > box.Height+1 || len(b.Lines) > box.MaxLines || len(b.Lines) == 0 {
			t.Errorf("%s: %.0f by %.0f in %d lines at %.0f px", name, b.Width(), b.Height(), len(b.Lines), b.Size)
		}
		if mayCut := name == "long" || name == "endless"; b.Cut && !mayCut {
			t.Errorf("%s: text was cut", name)
		}
	}
}

func TestWordsStayWhole(t *testing.T) {
	p, err := open(t).Setter("en").Shape("Geschwindigkeitsbegrenzung heute", typeset.Style{Font: typeset.Font{Family: typeset.Display, Weight: typeset.Black}})
	if err != nil {
		t.Fatal(err)
	}
	b := p.Fit(typeset.Box{Width: 500, Height: 400, MaxLines: 4, Max: 88, Min: 42, Leading: 1.06})
	if len(b.Lines) != 2 {
		t.Errorf("%d lines, want 2", len(b.Lines))
	}
}

func TestRightToLeftOrder(t *testing.T) {
	p, err := open(t).Setter("ar").Shape("أول ثاني", typeset.Style{Font: typeset.Font{Family: typeset.Text, Weight: typeset.Bold}})
	if err != nil {
		t.Fatal(err)
	}
	glyphs := p.Line(1000, 40).Lines[0].Glyphs
	for i := 1; i < len(glyphs); i++ {
		if glyphs[i].Rune > glyphs[i-1].Rune {
			t.Fatalf("glyph %d of rune %d stands right of rune %d", i, glyphs[i].Rune, glyphs[i-1].Rune)
		}
	}
}

func TestMissingFontNamesPackage(t *testing.T) {
	_, err := typeset.Open([]string{t.TempDir()})
	if !errors.Is(err, typeset.ErrFontMissing) || !strings.Contains(err.Error(), "fonts-inter") {
		t.Errorf("error is %v", err)
	}
}

func FuzzFit(f *testing.F) {
	lib := open(f)
	f.Add("", 30.0)
	f.Add("Why *cats* land", 300.0)
	f.Add("\x00\n\u2028\u202e👨‍👩‍👧", 10.0)
	f.Fuzz(func(t *testing.T, text string, width float64) {
		if len(text) > 200 || !(width > 1 && width < 5000) {
			return // not a case of ours
		}
		setter := lib.Setter("en")
		p, err := setter.Shape(text, typeset.Style{Font: typeset.Font{Family: typeset.Text, Weight: typeset.Bold}, Tracking: 0.02})
		if err != nil {
			t.Fatal(err)
		}
		b := p.Fit(typeset.Box{Width: width, Height: 200, MaxLines: 3, Max: 60, Min: 30, Leading: 1.2})
		for _, line := range b.Lines {
			for _, g := range line.Glyphs {
				if g.Rune < 0 || g.Rune > utf8.RuneCountInString(text) {
					t.Fatalf("glyph of rune %d in %q", g.Rune, text)
				}
			}
		}
	})
}
