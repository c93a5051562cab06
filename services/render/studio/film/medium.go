package film

import (
	"image"

	storyboardv1 "github.com/sheetreel/sheetreel/gen/sheetreel/storyboard/v1"
	"github.com/sheetreel/sheetreel/services/render/studio/art"
	"github.com/sheetreel/sheetreel/services/render/studio/typeset"
)

// Sources are what a film is made of beside its storyboard.
type Sources struct {
	Fonts *typeset.Library
	// Art has the illustrations of emoji; nil has none, and the emoji of the fonts take their place.
	Art *art.Library
	// Media gives what a scene or a brand names; nil gives nothing. What is not there is replaced by the style's own
	// look, with a warning.
	Media func(*storyboardv1.Media) (Medium, bool)
}

// Medium is a picture or a clip; one of Image and Clip is set.
type Medium struct {
	// Digest names the content of the file.
	Digest string
	// Width and Height in pixels.
	Width, Height int
	// Image decodes a picture.
	Image func() (image.Image, error)
	// Clip opens a clip.
	Clip func(Shot) (Reel, error)
}

// Shot says which frames of a clip are wanted.
type Shot struct {
	Width, Height int
	Rate          int
	From          float64 // seconds
	// FocusX and FocusY say what stays when something is cut off, as in a storyboard's media.
	FocusX, FocusY int
}

// Reel gives the frames of a clip one after the other, for ever.
type Reel interface {
	// Read fills the planes of a frame.
	Read(frame []byte) error
	Close()
}

// Warning is something that does not look as it should.
type Warning struct {
	// Scene is the index of the scene; -1 for the whole video.
	Scene int
	// Field of the scene or storyboard, and the rule that it breaks.
	Field, Rule string
	// Message is what is wrong, in plain words.
	Message string
}

// Rules of warnings.
const (
	RuleMissing = "missing" // a picture, clip or illustration that is not there
)

func (f *Film) warn(scene int, field, rule, message string) {
	f.warnings = append(f.warnings, Warning{scene, field, rule, message})
}

// Warnings are what does not look as it should.
func (f *Film) Warnings() []Warning { return f.warnings }

// medium finds what a scene names.
func (f *Film) medium(scene int, field string, m *storyboardv1.Media) (Medium, bool) {
	if m.GetKind() == nil {
		return Medium{}, false
	}
	if found, ok := f.peek(m); ok && (found.Image != nil || found.Clip != nil) {
		return found, true
	}
	f.warn(scene, field, RuleMissing, "the picture or clip is not there; the look of the style takes its place")
	return Medium{}, false
}

// peek finds a medium without a warning.
func (f *Film) peek(m *storyboardv1.Media) (Medium, bool) {
	if m.GetKind() == nil || f.from.Media == nil {
		return Medium{}, false
	}
	return f.from.Media(m)
}

// focus is the part of a picture that stays, from 0 to 1.
func focus(m *storyboardv1.Media) (x, y float64) {
	if m.GetFocusX() == 0 && m.GetFocusY() == 0 {
		return 0.5, 0.5
	}
	return clamp(float64(m.GetFocusX()) / 1000), clamp(float64(m.GetFocusY()) / 1000)
}
