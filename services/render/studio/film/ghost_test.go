package film_test

import (
	"bytes"
	"testing"

	"google.golang.org/protobuf/proto"

	"github.com/sheetreel/sheetreel/services/render/studio/draw"
	"github.com/sheetreel/sheetreel/services/render/studio/look"
)

// TestNoGhosts compares the frames around a change of scenes with those of a video without words: the words of the
// scene that goes must have left before the change, and those of the one that comes must not be there yet.
func TestNoGhosts(t *testing.T) {
	for _, style := range look.Styles() {
		sb := storyboard("en", style.Name, 90, 160)
		sb.Title = ""
		bare := proto.CloneOf(sb)
		for _, s := range bare.Scenes {
			s.Headline, s.Words = "", nil
		}
		f, empty := newFilm(t, sb), newFilm(t, bare)
		one, other := draw.NewFrame(90, 160), draw.NewFrame(90, 160)
		same := func(chunk, k int) bool {
			f.Chunk(chunk).Paint(k, one)
			empty.Chunk(chunk).Paint(k, other)
			return bytes.Equal(one.Data, other.Data)
		}
		if last := f.Chunk(0).Frames() - 1; same(0, last-15) {
			t.Errorf("%s: the test sees no words half a second before the change", style.Name)
		}
		if !same(1, 0) {
			t.Errorf("%s: words stand in the first frame of a scene", style.Name)
		}
		// The frame before is so late that a scene has all but faded.
		same(0, f.Chunk(0).Frames()-1)
		for n, v := range one.Y {
			if d := int(v) - int(other.Y[n]); d < -30 || d > 30 {
				t.Errorf("%s: words stand in the last frame of a scene, %d too light", style.Name, d)
				break
			}
		}
	}
}
