// Package film composes the frames of a storyboard: backdrop, headlines, captions and progress bars, each moving in
// its own way.
//
// A film is cut into chunks, one a scene. A chunk's frames depend on its scene, on what the scene before shows while
// it goes, and on what the whole video shares (title, look, size of captions, number of scenes), never on other
// scenes or on the time since the video began. So chunks can be painted side by side, in any order, and one that is
// already there can be used again: [Film.Key] says when.
package film

import (
	"fmt"
	"math"

	storyboardv1 "github.com/sheetreel/sheetreel/gen/sheetreel/storyboard/v1"
	"github.com/sheetreel/sheetreel/services/render/studio/look"
)

// Version changes when the same storyboard would give other frames.
const Version = "3"

// Film is a storyboard whose texts are set. It does not change, so any number of its chunks can be painted at once.
type Film struct {
	storyboard *storyboardv1.Storyboard
	from       Sources
	template   string
	stage      look.Stage
	style      look.Style
	scheme     look.Scheme
	fps        float64
	scenes     []*scene
	ornament   ornament
	bars       bars
	logo       *logo      // nil without
	draft      *draftMark // nil for what is no draft
	missing    []rune
	warnings   []Warning
}

// Templates that look otherwise than an explainer.
const (
	quote   = "quote"
	picture = "image"
)

// New prepares a film. It sets all text, so its errors (a storyboard out of bounds, a missing font) come before any
// frame is painted; the letters are drawn when their scene comes. The storyboard must not be changed afterwards.
func New(sb *storyboardv1.Storyboard, from Sources) (*Film, error) {
	if err := check(sb); err != nil {
		return nil, err
	}
	style, err := look.StyleOf(sb.GetTheme().GetStyle())
	if err != nil {
		return nil, fmt.Errorf("theme: %w", err)
	}
	palette, err := look.PaletteOf(sb.GetTheme().GetPalette())
	if err != nil {
		return nil, fmt.Errorf("theme: %w", err)
	}
	brand := sb.GetTheme().GetBrand()
	w, h := int(sb.GetCanvas().GetWidth()), int(sb.GetCanvas().GetHeight())
	f := &Film{
		storyboard: sb, from: from, template: sb.GetTemplate(),
		stage: look.StageFor(w, h, safeArea(sb.GetCanvas().GetSafeArea())), style: style, scheme: style.Scheme(palette.Branded(brand.GetBaseColor(), brand.GetAccentColor())),
		fps: float64(sb.GetCanvas().GetFrameRate()),
	}
	f.cut()
	if err := f.setScenes(); err != nil {
		return nil, err
	}
	f.ornament = ornament{style.Ornament, f.stage, f.scheme}
	f.bars = bars{style.Bars, f.stage, f.scheme, len(f.scenes)}
	return f, nil
}

func safeArea(safe storyboardv1.SafeArea) look.SafeArea {
	switch safe {
	case storyboardv1.SafeArea_PLAIN:
		return look.SafePlain
	case storyboardv1.SafeArea_ADS:
		return look.SafeAds
	}
	return look.SafeShortVideo
}

// cut gives every scene its whole number of frames.
func (f *Film) cut() {
	total, start := 0.0, 0
	for i, s := range f.storyboard.GetScenes() {
		total += s.GetDuration().AsDuration().Seconds()
		end := max(start+1, int(math.Round(total*f.fps)))
		f.scenes = append(f.scenes, &scene{index: i, start: start, frames: end - start, length: float64(end-start) / f.fps})
		start = end
	}
}

// Missing are the characters that no installed font has; they are left blank.
func (f *Film) Missing() []rune { return f.missing }

// Frames is the number of frames of all chunks.
func (f *Film) Frames() int {
	last := f.scenes[len(f.scenes)-1]
	return last.start + last.frames
}

// Chunks is the number of chunks: one a scene.
func (f *Film) Chunks() int { return len(f.scenes) }

// Start is the number of chunk i's first frame.
func (f *Film) Start(i int) int { return f.scenes[i].start }

// Still is the frame of a scene, counted from its start, that shows it best: everything is in place.
func (f *Film) Still(i int) int {
	const settled = 1.0
	s := f.scenes[i]
	for t := settled; t < s.length-leaveTime; t += 1 / f.fps {
		if s.captions.full(t) {
			return int(math.Round(t * f.fps))
		}
	}
	return min(int(min(settled, s.length/2)*f.fps), s.frames-1)
}

// ChunkFrames is the number of frames of chunk i.
func (f *Film) ChunkFrames(i int) int { return f.scenes[i].frames }
