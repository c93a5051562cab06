package film

import (
	"fmt"
	"slices"
	"strings"

	storyboardv1 "github.com/sheetreel/sheetreel/gen/sheetreel/storyboard/v1"
	"github.com/sheetreel/sheetreel/services/render/studio/typeset"
)

// scene is a scene with its texts set.
type scene struct {
	index, start, frames int
	length               float64 // in seconds

	headline *headline // nil without
	kicker   *kicker   // nil without
	captions *caption
	end      float64 // when it leaves; 0 for one that stays: the last, and before a cut
}

// setScenes sets the text of all scenes.
func (f *Film) setScenes(fonts *typeset.Library) error {
	sb := f.storyboard
	lang := sb.GetNarrator().GetLanguage()
	setter := fonts.Setter(lang)
	for i, s := range sb.GetScenes() {
		sc := f.scenes[i]
		if next := i + 1; next < len(f.scenes) && sb.GetScenes()[next].GetTransition() != storyboardv1.Scene_CUT {
			sc.end = sc.length
		}
		var err error
		if shows(s.GetHeadline()) {
			hook := i == 0 || s.GetRole() != storyboardv1.Scene_BODY
			if sc.headline, err = f.setHeadline(s.GetHeadline(), lang, setter, hook, sc.end); err != nil {
				return fmt.Errorf("scenes[%d].headline: %w", i, err)
			}
		}
		if i > 0 && shows(sb.GetTitle()) {
			if sc.kicker, err = f.setKicker(sb.GetTitle(), lang, setter); err != nil {
				return fmt.Errorf("title: %w", err)
			}
		}
		if sc.captions, err = f.setCaption(s, lang, setter, sc.headline == nil, sc.length); err != nil {
			return fmt.Errorf("scenes[%d].words: %w", i, err)
		}
		sc.captions.end = sc.end
	}
	f.fitCaptions()
	return nil
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
		out = append(out, &kickerPart{kicker: s.kicker, end: s.end})
	}
	if s.headline != nil {
		out = append(out, &headlinePart{headline: s.headline})
	}
	return append(out, &captionPart{caption: s.captions})
}
