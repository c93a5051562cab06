package film_test

import (
	"errors"
	"testing"

	storyboardv1 "github.com/sheetreel/sheetreel/gen/sheetreel/storyboard/v1"
	"github.com/sheetreel/sheetreel/services/render/studio/draw"
	"github.com/sheetreel/sheetreel/services/render/studio/film"
)

// counting is a clip whose frame n has the luma 30 + n, and that breaks at a frame.
type counting struct {
	opened, closed int
	breaks         int
}

func (c *counting) open(s film.Shot) (film.Reel, error) {
	c.opened++
	return &countingReel{clip: c, next: int(s.From*float64(s.Rate) + 0.5)}, nil
}

type countingReel struct {
	clip *counting
	next int
}

func (r *countingReel) Read(frame []byte) error {
	if r.clip.breaks > 0 && r.next >= r.clip.breaks {
		return errors.New("torn")
	}
	for i := range frame {
		frame[i] = byte(30 + r.next%180)
	}
	r.next++
	return nil
}

func (r *countingReel) Close() { r.clip.closed++ }

// clipFilm is a film whose second scene has a clip behind its words, of which there are none.
func clipFilm(t *testing.T, clip *counting) *film.Film {
	t.Helper()
	sb := storyboard("en", "modern", 90, 160)
	sb.Title = ""
	for _, s := range sb.Scenes {
		s.Headline, s.Words = "", nil
	}
	sb.Scenes[1].Hero = &storyboardv1.Media{Kind: &storyboardv1.Media_VideoUri{VideoUri: "clip"}}
	f, err := film.New(sb, film.Sources{Fonts: library(t), Media: func(*storyboardv1.Media) (film.Medium, bool) {
		return film.Medium{Digest: "clip", Width: 90, Height: 160, Clip: clip.open}, true
	}})
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// TestClipPlays paints a clip in order, which opens it once, and out of order: a frame shows the same either way.
func TestClipPlays(t *testing.T) {
	clip := &counting{}
	f := clipFilm(t, clip)
	frame := draw.NewFrame(90, 160)
	chunk := f.Chunk(1)
	var seen []byte
	for k := range chunk.Frames() {
		chunk.Paint(k, frame)
		seen = append(seen, frame.Y[80*90+45])
	}
	if clip.opened != 1 {
		t.Errorf("opened %d times to play once", clip.opened)
	}
	for k := 16; k+1 < len(seen); k++ {
		if seen[k+1] < seen[k] || seen[k+1] > seen[k]+2 {
			t.Fatalf("frame %d has luma %d after %d", k+1, seen[k+1], seen[k])
		}
	}
	if chunk.Paint(20, frame); frame.Y[80*90+45] != seen[20] {
		t.Errorf("frame 20 shows %d the second time, %d the first", frame.Y[80*90+45], seen[20])
	}
	if err := chunk.Close(); err != nil || clip.opened != clip.closed {
		t.Errorf("opened %d times, closed %d times, error %v", clip.opened, clip.closed, err)
	}
	// The scene after begins with what is left of the clip.
	after := f.Chunk(2)
	after.Paint(0, frame)
	first := frame.Y[80*90+45]
	if last := seen[len(seen)-1]; first < last-4 || first > last+4 {
		t.Errorf("the next scene begins at luma %d, the clip ended at %d", first, last)
	}
	if err := after.Close(); err != nil || clip.opened != clip.closed {
		t.Errorf("opened %d times, closed %d times, error %v", clip.opened, clip.closed, err)
	}
}

// TestBrokenClip breaks a clip midway: the frames go on with the style's own backdrop, and Close says what happened.
func TestBrokenClip(t *testing.T) {
	clip := &counting{breaks: 20}
	chunk, frame := clipFilm(t, clip).Chunk(1), draw.NewFrame(90, 160)
	for k := range chunk.Frames() {
		chunk.Paint(k, frame)
	}
	if err := chunk.Close(); err == nil || clip.opened != clip.closed {
		t.Errorf("error %v; opened %d times, closed %d times", err, clip.opened, clip.closed)
	}
}

func TestMissingMediaAreWarnings(t *testing.T) {
	sb := storyboard("en", "modern", 90, 160)
	sb.Scenes[0].Hero = &storyboardv1.Media{Kind: &storyboardv1.Media_ImageUri{ImageUri: "gone"}}
	sb.Scenes[1].Background = &storyboardv1.Media{Kind: &storyboardv1.Media_VideoUri{VideoUri: "gone"}}
	sb.Theme.Brand = &storyboardv1.Theme_Brand{LogoUri: "gone"}
	fields := map[string]int{}
	for _, w := range newFilm(t, sb).Warnings() {
		if w.Rule == film.RuleMissing {
			fields[w.Field] = w.Scene
		}
	}
	if len(fields) != 3 || fields["hero"] != 0 || fields["background"] != 1 || fields["theme.brand.logo_uri"] != -1 {
		t.Errorf("warnings are %v", fields)
	}
}
