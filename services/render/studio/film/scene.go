package film

import (
	"fmt"
	"slices"
	"strings"

	storyboardv1 "github.com/sheetreel/sheetreel/gen/sheetreel/storyboard/v1"
	"github.com/sheetreel/sheetreel/services/render/studio/colour"
	"github.com/sheetreel/sheetreel/services/render/studio/look"
	"github.com/sheetreel/sheetreel/services/render/studio/typeset"
)

// scene is a scene with its texts set and its pictures found.
type scene struct {
	index, start, frames int
	length               float64 // in seconds
	end                  float64 // when it leaves; 0 for one that stays: the last, and before a cut

	scheme   look.Scheme
	ground   *ground   // nil for the style's own backdrop
	headline *headline // nil without
	mark     *mark     // nil without
	hero     *hero     // nil without
	kicker   *kicker   // nil without
	captions *caption
}

// setScenes sets all scenes.
func (f *Film) setScenes() error {
	sb := f.storyboard
	setter := f.from.Fonts.Setter(sb.GetNarrator().GetLanguage())
	title, err := setter.Shape(sb.GetTitle(), typeset.Style{Font: f.style.Caption.Font})
	if err != nil {
		return fmt.Errorf("title: %w", err)
	}
	f.setLogo(title.RightToLeft)
	if err := f.setDraft(setter); err != nil {
		return err
	}
	for i, s := range sb.GetScenes() {
		sc := f.scenes[i]
		if next := i + 1; next < len(f.scenes) && sb.GetScenes()[next].GetTransition() != storyboardv1.Scene_CUT {
			sc.end = sc.length
		}
		if err := f.setScene(sc, s, setter); err != nil {
			return err
		}
	}
	f.fitCaptions()
	for _, sc := range f.scenes {
		sc.veil()
	}
	return nil
}

func (f *Film) setScene(sc *scene, s *storyboardv1.Scene, setter *typeset.Setter) error {
	i, lang := sc.index, f.storyboard.GetNarrator().GetLanguage()
	in := func(field string, err error) error { return fmt.Errorf("scenes[%d].%s: %w", i, field, err) }
	var err error
	sc.scheme = f.scheme
	if sc.ground = f.chooseGround(i, s); sc.ground != nil {
		sc.scheme = f.scheme.OverPicture()
	}
	if sc.hero, err = f.chooseHero(sc, s, setter); err != nil {
		return in("hero", err)
	}
	has := look.Content{Hero: sc.hero != nil, Captions: len(s.GetWords()) > 0 && !f.storyboard.GetCaptions().GetHidden()}
	if shows(s.GetHeadline()) {
		hook := i == 0 || s.GetRole() != storyboardv1.Scene_BODY
		if sc.headline, err = f.shapeHeadline(s.GetHeadline(), lang, setter, hook); err != nil {
			return in("headline", err)
		}
		has.Headline, has.RightToLeft = true, sc.headline.rtl
	}
	slots := f.stage.Slots(has)
	if sc.headline != nil {
		if err := f.placeHeadline(sc, s, slots, setter); err != nil {
			return in("headline", err)
		}
	}
	if sc.hero != nil {
		if slots.Below && sc.headline != nil {
			slots.Hero = f.stage.HeroBelow(slots, sc.headline.area.H)
		}
		sc.hero.place(slots.Hero, slots.Below, has.RightToLeft)
	}
	if i > 0 && shows(f.storyboard.GetTitle()) {
		if sc.kicker, err = f.setKicker(sc, lang, setter); err != nil {
			return fmt.Errorf("title: %w", err)
		}
	}
	if sc.captions, err = f.setCaption(sc, s, has.Captions, slots.Caption, setter); err != nil {
		return in("words", err)
	}
	return nil
}

// placeHeadline fits the headline into its room.
func (f *Film) placeHeadline(sc *scene, s *storyboardv1.Scene, slots look.Slots, setter *typeset.Setter) error {
	h := sc.headline
	h.scheme, h.end = sc.scheme, sc.end
	h.start = f.style.Headline.Start || f.stage.Wide && sc.hero != nil
	room := slots.Headline
	quoted := f.template == quote && sc.hero == nil && s.GetRole() != storyboardv1.Scene_CALL_TO_ACTION
	if quoted {
		above := markRoom * f.stage.Scale
		room.Y, room.H = room.Y+above, room.H-above
	}
	lines, anchor := 5, 0.46
	if sc.hero != nil {
		lines = 4
	}
	if slots.Below || sc.ground != nil {
		anchor = 0
	}
	h.place(room, lines, anchor)
	if quoted {
		return f.setMark(sc, setter)
	}
	return nil
}

// veil decides how the words of a scene stay readable over its picture.
func (s *scene) veil() {
	if s.ground == nil {
		return
	}
	f := s.captions.film
	veil := scrim{Contrast: 4.6, Ink: []colour.RGB{s.scheme.Ink}}
	veil.Top = look.Area{W: f.stage.W, H: f.stage.Kicker + 40*f.stage.Scale}
	if s.headline != nil {
		veil.Top.H = s.headline.area.Bottom()
	}
	if f.style.Headline.Emphasis == look.Tint || f.style.Kicker != look.Plate && f.style.Kicker != look.Tag {
		veil.Ink = append(veil.Ink, s.scheme.Accent)
	}
	if len(s.captions.pages) > 0 {
		veil.Bottom = look.Area{Y: s.captions.room.Y, W: f.stage.W, H: f.stage.H - s.captions.room.Y}
	}
	if !f.style.Caption.Card {
		veil.Ink = append(veil.Ink, s.scheme.CaptionInk)
		if f.style.Caption.Mark == look.Glow {
			veil.Ink = append(veil.Ink, s.scheme.CaptionMark)
		}
	}
	s.ground.scrim = veil
}

// shows says whether a headline has more than asterisks and space.
func shows(headline string) bool {
	text, _ := emphasis(headline)
	return strings.TrimSpace(text) != ""
}

// shape shapes text and takes note of what cannot be shown.
func (f *Film) shape(setter *typeset.Setter, text string, style typeset.Style) (*typeset.Paragraph, error) {
	p, err := setter.Shape(text, style)
	if err != nil {
		return nil, err
	}
	for _, r := range p.Missing {
		if !slices.Contains(f.missing, r) {
			f.missing = append(f.missing, r)
		}
	}
	return p, nil
}

// fitCaptions gives the captions of all scenes one size, so that they stay calm; those that stand alone are larger.
// A page with a word too long even for the least size is smaller, alone.
func (f *Film) fitCaptions() {
	limit, least := f.style.Caption.Max*f.stage.Type*f.stage.Scale, f.style.Caption.Min*f.stage.Scale
	below, alone := limit, limit*1.35
	for range 2 { // the second round brings all to the size that the tightest needed
		for _, s := range f.scenes {
			if s.captions.alone() {
				alone = max(least, s.captions.fit(alone))
			} else {
				below = max(least, s.captions.fit(below))
			}
		}
	}
}

// parts are what stands in the foreground, from back to front, with nothing drawn yet.
func (s *scene) parts() []part {
	var out []part
	if s.kicker != nil {
		out = append(out, &kickerPart{kicker: s.kicker})
	}
	if s.hero != nil {
		out = append(out, &heroPart{hero: s.hero})
	}
	if s.mark != nil {
		out = append(out, &markPart{mark: s.mark})
	}
	if s.headline != nil {
		out = append(out, &headlinePart{headline: s.headline})
	}
	out = append(out, &captionPart{caption: s.captions})
	if f := s.captions.film; f.logo != nil {
		out = append(out, &logoPart{logo: f.logo, scheme: s.scheme})
	}
	if f := s.captions.film; f.draft != nil {
		mark := *f.draft
		out = append(out, &mark)
	}
	return out
}
