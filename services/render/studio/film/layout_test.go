package film

import (
	"fmt"
	"testing"
	"time"

	"google.golang.org/protobuf/types/known/durationpb"

	storyboardv1 "github.com/sheetreel/sheetreel/gen/sheetreel/storyboard/v1"
	"github.com/sheetreel/sheetreel/services/render/studio/look"
	"github.com/sheetreel/sheetreel/services/render/studio/typeset"
	"github.com/sheetreel/sheetreel/services/render/words"
)

// TestLayout sets hard texts in every style and shape of picture: all must stay inside the safe area, nothing may
// lie on anything else, no text may be cut and every character must have a glyph.
func TestLayout(t *testing.T) {
	fonts, err := typeset.Open([]string{"/usr/share/fonts"})
	if err != nil {
		t.Fatal(err)
	}
	texts := map[string][2]string{
		"en": {"Why cats *always* land on their feet, and dogs do not", "Drop a cat and it lands on its feet, almost always."},
		"de": {"Geschwindigkeitsbegrenzung auf *Autobahnen*", "Donaudampfschifffahrtsgesellschaftskapitäne fahren langsam."},
		"ar": {"لماذا تهبط القطط *دائما* على أقدامها؟", "لأنها تعرف أين الأسفل، مثل ميزان الماء."},
		"ja": {"猫はなぜ*いつも*足から着地するのか", "耳の中の器官が、どちらが下かを感じ取ります。"},
		"hi": {"बिल्ली *हमेशा* पैरों पर क्यों गिरती है?", "उनके कान बताते हैं कि नीचे किधर है।"},
		"ko": {"고양이는 왜 *항상* 발로 착지할까", "귀 안의 기관이 아래가 어디인지 느낍니다."},
	}
	for _, style := range look.Styles() {
		for _, size := range [][2]int32{{720, 1280}, {1280, 720}, {720, 720}, {720, 900}, {1080, 1920}, {480, 854}} {
			for lang, text := range texts {
				t.Run(fmt.Sprintf("%s/%dx%d/%s", style.Name, size[0], size[1], lang), func(t *testing.T) {
					f, err := New(board(style.Name, lang, size, text), Sources{Fonts: fonts})
					if err != nil {
						t.Fatal(err)
					}
					for _, s := range f.scenes {
						checkScene(t, f, s)
					}
				})
			}
		}
	}
}

func board(style, lang string, size [2]int32, text [2]string) *storyboardv1.Storyboard {
	sb := &storyboardv1.Storyboard{
		Title:    text[0],
		Canvas:   &storyboardv1.Canvas{Width: size[0], Height: size[1], FrameRate: 30},
		Theme:    &storyboardv1.Theme{Style: style, Palette: "ocean"},
		Narrator: &storyboardv1.Narrator{Language: lang},
	}
	for _, headline := range []string{text[0], text[0], ""} {
		s := &storyboardv1.Scene{Role: storyboardv1.Scene_BODY, Headline: headline, Narration: text[1]}
		at := 200 * time.Millisecond
		for _, w := range words.Split(text[1]) {
			s.Words = append(s.Words, &storyboardv1.TimedWord{Text: w, Start: durationpb.New(at), End: durationpb.New(at + 200*time.Millisecond)})
			at += 250 * time.Millisecond
		}
		s.Duration = durationpb.New(at + 300*time.Millisecond)
		sb.Scenes = append(sb.Scenes, s)
	}
	return sb
}

func checkScene(t *testing.T, f *Film, s *scene) {
	t.Helper()
	safe := f.stage.Safe
	safe = look.Area{X: safe.X - 1, Y: safe.Y - 1, W: safe.W + 2, H: safe.H + 2}
	bottom := f.stage.Kicker + 40*f.stage.Scale
	if h := s.headline; h != nil {
		if h.block.Cut {
			t.Error("the headline is cut")
		}
		if !safe.Contains(h.area) || h.area.Y < bottom-1 {
			t.Errorf("headline %+v leaves its room", h.area)
		}
		for i, line := range h.block.Lines {
			if x := h.left(i); x < safe.X || x+line.Width > safe.Right() {
				t.Errorf("line %d of the headline goes from %.0f to %.0f", i, x, x+line.Width)
			}
		}
		bottom = h.area.Bottom()
	}
	for i := range s.captions.pages {
		p := &s.captions.pages[i]
		if p.block.Cut {
			t.Errorf("page %d of the caption is cut", i)
		}
		if len(p.paragraph.Missing) > 0 {
			t.Errorf("page %d has no glyph for %q", i, p.paragraph.Missing)
		}
		a := s.captions.area(p)
		if f.style.Caption.Card {
			side, top := cardSide*f.stage.Scale, cardTop*f.stage.Scale
			a = look.Area{X: a.X - side, Y: a.Y - top, W: a.W + 2*side, H: a.H + 2*top}
		}
		if !safe.Contains(a) {
			t.Errorf("page %d of the caption, %+v, leaves the safe area %+v", i, a, safe)
		}
		if a.Y < bottom {
			t.Errorf("page %d of the caption begins at %.0f, above %.0f", i, a.Y, bottom)
		}
	}
}
