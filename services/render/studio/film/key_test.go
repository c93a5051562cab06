package film_test

import (
	"bytes"
	"sync"
	"testing"
	"time"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/durationpb"

	storyboardv1 "github.com/sheetreel/sheetreel/gen/sheetreel/storyboard/v1"
	"github.com/sheetreel/sheetreel/services/render/studio/draw"
	"github.com/sheetreel/sheetreel/services/render/studio/film"
)

// long is a storyboard of four scenes.
func long() *storyboardv1.Storyboard {
	sb := storyboard("en", "modern", 90, 160)
	again := proto.CloneOf(sb.Scenes[1])
	sb.Scenes = append(sb.Scenes, again)
	return sb
}

// TestKeys edits a storyboard: only the chunks that look different may get another key, and those that do must.
func TestKeys(t *testing.T) {
	for _, tc := range []struct {
		name    string
		edit    func(*storyboardv1.Storyboard)
		changed []bool
	}{
		{"nothing", func(*storyboardv1.Storyboard) {}, []bool{false, false, false, false}},
		{
			"what is not seen",
			func(sb *storyboardv1.Storyboard) { sb.Scenes[1].Id, sb.Scenes[1].Narration = "x", "Spoken." },
			[]bool{false, false, false, false},
		},
		{
			"a headline",
			func(sb *storyboardv1.Storyboard) { sb.Scenes[1].Headline = "Other" },
			[]bool{false, true, false, false},
		},
		{
			"a longer scene",
			func(sb *storyboardv1.Storyboard) {
				sb.Scenes[1].Duration = durationpb.New(sb.Scenes[1].Duration.AsDuration() + time.Second)
			},
			[]bool{false, true, true, false},
		},
		{
			"a cut",
			func(sb *storyboardv1.Storyboard) { sb.Scenes[2].Transition = storyboardv1.Scene_CUT },
			[]bool{false, true, true, false},
		},
		{
			"the title", // the first scene has no kicker
			func(sb *storyboardv1.Storyboard) { sb.Title = "Other" },
			[]bool{false, true, true, true},
		},
		{
			"one scene more",
			func(sb *storyboardv1.Storyboard) { sb.Scenes = append(sb.Scenes, proto.CloneOf(sb.Scenes[0])) },
			[]bool{true, true, true, true},
		},
		{
			"the style",
			func(sb *storyboardv1.Storyboard) { sb.Theme.Style = "bold" },
			[]bool{true, true, true, true},
		},
		{
			"the palette",
			func(sb *storyboardv1.Storyboard) { sb.Theme.Palette = "ember" },
			[]bool{true, true, true, true},
		},
		{
			"the frame rate",
			func(sb *storyboardv1.Storyboard) { sb.Canvas.FrameRate = 25 },
			[]bool{true, true, true, true},
		},
	} {
		before, sb := newFilm(t, long()), long()
		tc.edit(sb)
		after := newFilm(t, sb)
		for i, changed := range tc.changed {
			if got := !bytes.Equal(before.Key(i), after.Key(i)); got != changed {
				t.Errorf("%s: chunk %d has another key: %v, want %v", tc.name, i, got, changed)
			}
			if !changed && !bytes.Equal(pixels(before, i), pixels(after, i)) {
				t.Errorf("%s: chunk %d looks different under the same key", tc.name, i)
			}
		}
	}
}

// pixels are some frames of a chunk, with all of its transition.
func pixels(f *film.Film, i int) []byte {
	chunk, frame := f.Chunk(i), draw.NewFrame(90, 160)
	var all []byte
	for k := 0; k < chunk.Frames(); k += 7 {
		chunk.Paint(k, frame)
		all = append(all, frame.Data...)
	}
	return all
}

// TestChunksSideBySide paints all chunks twice at once; with the race detector it shows that they share nothing.
func TestChunksSideBySide(t *testing.T) {
	f := newFilm(t, long())
	got := make([][]byte, 2*f.Chunks())
	var painters sync.WaitGroup
	for n := range got {
		painters.Go(func() { got[n] = pixels(f, n%f.Chunks()) })
	}
	painters.Wait()
	for i := range f.Chunks() {
		if !bytes.Equal(got[i], got[i+f.Chunks()]) {
			t.Errorf("chunk %d is different the second time", i)
		}
	}
}
