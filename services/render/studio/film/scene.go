package film

import (
	"fmt"
	"slices"
	"strings"

	storyboardv1 "github.com/sheetreel/sheetreel/gen/sheetreel/storyboard/v1"
	"github.com/sheetreel/sheetreel/services/render/studio/draw"
	"github.com/sheetreel/sheetreel/services/render/studio/typeset"
)

// scene is the foreground of one scene.
type scene struct {
	headline *headline // nil without
	kicker   *kicker   // nil without
	captions *caption
	end      float64 // when it leaves; 0 for the last, which stays
}

// setScenes sets the text of all scenes.
func (f *Film) setScenes(sb *storyboardv1.Storyboard, fonts *typeset.Library) error {
	lang := sb.GetNarrator().GetLanguage()
	setter := fonts.Setter(lang)
	total := 0.0
	for i, s := range sb.GetScenes() {
		length := s.GetDuration().AsDuration().Seconds()
		total += length
		f.ends = append(f.ends, total)
		sc := &scene{}
		if i < len(sb.GetScenes())-1 {
			sc.end = length
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
		if sc.captions, err = f.setCaption(s, lang, setter, sc.headline == nil, length); err != nil {
			return fmt.Errorf("scenes[%d].words: %w", i, err)
		}
		sc.captions.end = sc.end
		f.scenes = append(f.scenes, sc)
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

// paint paints the foreground at a time of the scene.
func (s *scene) paint(f *draw.Frame, t float64) {
	if s.kicker != nil {
		s.kicker.paint(f, t, s.end)
	}
	if s.headline != nil {
		s.headline.paint(f, t)
	}
	s.captions.paint(f, t)
}

// forget frees what was drawn.
func (s *scene) forget() {
	s.captions.drawn = drawnPage{}
	if s.headline != nil {
		s.headline.lines = nil
	}
	if s.kicker != nil {
		s.kicker.drawn = nil
	}
}
