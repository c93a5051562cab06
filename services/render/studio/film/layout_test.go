package film

import (
	"fmt"
	"strings"
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
		"en":       {"Why cats *always* land on their feet, and dogs do not", "Drop a cat and it lands on its feet, almost always."},
		"de":       {"Geschwindigkeitsbegrenzung auf *Autobahnen*", "Donaudampfschifffahrtsgesellschaftskapitäne fahren langsam."},
		"ar":       {"لماذا تهبط القطط *دائما* على أقدامها؟", "لأنها تعرف أين الأسفل، مثل ميزان الماء."},
		"ja":       {"猫はなぜ*いつも*足から着地するのか", "耳の中の器官が、どちらが下かを感じ取ります。"},
		"hi":       {"बिल्ली *हमेशा* पैरों पर क्यों गिरती है?", "उनके कान बताते हैं कि नीचे किधर है।"},
		"he":       {"למה חתולים נוחתים *תמיד* על הרגליים?", "כי הם יודעים איפה למטה, כמו פלס מים."},
		"th":       {"ทำไมแมวถึง*ตกลงมา*ยืนได้เสมอ", "หูของมันรู้สึกได้ว่าด้านไหนคือด้านล่าง"},
		"en-emoji": {"5 tiny habits that give you back an hour 🚀 every *single* working day, and the one that everybody forgets", "Answer mail 📬 twice a day, not all day 🎉."},
		"en-word":  {"Look at *" + strings.Repeat("Pneumono", 8) + "* now", "Say " + strings.Repeat("pneumono", 8) + " now."},
		"ko":       {"고양이는 왜 *항상* 발로 착지할까", "귀 안의 기관이 아래가 어디인지 느낍니다."},
	}
	for _, style := range look.Styles() {
		for n, picture := range []struct {
			size [2]int32
			safe storyboardv1.SafeArea
		}{
			{[2]int32{720, 1280}, storyboardv1.SafeArea_SHORT_VIDEO},
			{[2]int32{1280, 720}, storyboardv1.SafeArea_PLAIN},
			{[2]int32{720, 720}, storyboardv1.SafeArea_SAFE_AREA_UNSPECIFIED},
			{[2]int32{720, 900}, storyboardv1.SafeArea_ADS},
			{[2]int32{480, 854}, storyboardv1.SafeArea_ADS},
		} {
			size, safe := picture.size, picture.safe
			for lang, text := range texts {
				t.Run(fmt.Sprintf("%s/%dx%d/%s/%s", style.Name, size[0], size[1], safe, lang), func(t *testing.T) {
					t.Parallel()
					sb := board(style.Name, lang, size, text)
					sb.Canvas.SafeArea = safe
					sb.Theme.Brand = &storyboardv1.Theme_Brand{LogoUri: "white"}
					if n%2 == 1 {
						sb.Template = quote
					}
					f, err := New(sb, Sources{Fonts: fonts, Media: pictures})
					if err != nil {
						t.Fatal(err)
					}
					for _, s := range f.scenes {
						checkScene(t, f, s, lang != "en-word")
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
	for i, headline := range []string{text[0], text[0], text[0], "", ""} {
		s := &storyboardv1.Scene{Role: storyboardv1.Scene_BODY, Headline: headline, Narration: text[1]}
		at := 200 * time.Millisecond
		for _, w := range words.Split(text[1]) {
			s.Words = append(s.Words, &storyboardv1.TimedWord{Text: w, Start: durationpb.New(at), End: durationpb.New(at + 200*time.Millisecond)})
			at += 250 * time.Millisecond
		}
		s.Duration = durationpb.New(at + 300*time.Millisecond)
		switch i {
		case 0:
			s.Hero = &storyboardv1.Media{Kind: &storyboardv1.Media_Emoji{Emoji: "🐈"}}
		case 2:
			s.Figure = "3"
		case 4:
			s.Hero = &storyboardv1.Media{Kind: &storyboardv1.Media_ImageUri{ImageUri: "grey"}}
		}
		sb.Scenes = append(sb.Scenes, s)
	}
	return sb
}

// checkScene checks the boxes of a scene, and with whole also that no text is smaller than the style wants.
func checkScene(t *testing.T, f *Film, s *scene, whole bool) {
	t.Helper()
	safe := f.stage.Safe
	safe = look.Area{X: safe.X - 1, Y: safe.Y - 1, W: safe.W + 2, H: safe.H + 2}
	bottom := f.stage.Kicker + 40*f.stage.Scale
	if k := s.kicker; k != nil {
		l := f.logo.area
		a := look.Area{X: k.left(), Y: l.Y, W: k.line.Width, H: l.H}
		if a.X < safe.X || a.Right() > safe.Right() {
			t.Errorf("the kicker goes from %.0f to %.0f", a.X, a.Right())
		}
		if overlap(a, l) {
			t.Errorf("the kicker %+v lies on the logo %+v", a, l)
		}
	}
	if !safe.Contains(f.logo.area) {
		t.Errorf("the logo %+v leaves the safe area", f.logo.area)
	}
	if h := s.hero; h != nil {
		if !safe.Contains(h.area) {
			t.Errorf("the hero %+v leaves the safe area %+v", h.area, safe)
		}
		if least := 190 * f.stage.Scale; min(h.area.W, h.area.H) < least {
			t.Errorf("the hero %+v is smaller than %.0f", h.area, least)
		}
		if s.headline != nil && overlap(h.area, s.headline.ink()) {
			t.Errorf("the hero %+v lies on the headline %+v", h.area, s.headline.ink())
		}
	}
	if m := s.mark; m != nil {
		if top := s.headline.area.Y - (markGap+0.28*markSize)*f.stage.Scale; top < bottom-2 {
			t.Errorf("the quotation mark from %.0f lies on the kicker", top)
		}
	}
	if h := s.headline; h != nil {
		if h.block.Cut {
			t.Error("the headline is cut")
		}
		if least := f.style.Headline.Min * f.stage.Scale * 0.64; whole && h.block.Size < least {
			t.Errorf("the headline has letters of %.0f pixels, want %.0f", h.block.Size, least)
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
		if least := f.style.Caption.Min * f.stage.Scale * 0.5; p.block.Size < least {
			t.Errorf("page %d of the caption has letters of %.0f pixels, want %.0f", i, p.block.Size, least)
		}
		if s.hero != nil && overlap(a, s.hero.area) {
			t.Errorf("page %d of the caption, %+v, lies on the hero %+v", i, a, s.hero.area)
		}
		if a.Y < bottom {
			t.Errorf("page %d of the caption begins at %.0f, above %.0f", i, a.Y, bottom)
		}
	}
}

// ink is what the lines of a headline really cover.
func (h *headline) ink() look.Area {
	from, to := h.area.Right(), h.area.X
	for i, line := range h.block.Lines {
		from, to = min(from, h.left(i)), max(to, h.left(i)+line.Width)
	}
	return look.Area{X: from, Y: h.area.Y, W: to - from, H: h.area.H}
}

func overlap(a, b look.Area) bool {
	return a.X < b.Right()-1 && b.X < a.Right()-1 && a.Y < b.Bottom()-1 && b.Y < a.Bottom()-1
}
