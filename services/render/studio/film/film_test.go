package film_test

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/durationpb"

	storyboardv1 "github.com/sheetreel/sheetreel/gen/sheetreel/storyboard/v1"
	"github.com/sheetreel/sheetreel/services/render/studio/draw"
	"github.com/sheetreel/sheetreel/services/render/studio/film"
	"github.com/sheetreel/sheetreel/services/render/studio/look"
)

func newFilm(t *testing.T, sb *storyboardv1.Storyboard) *film.Film {
	t.Helper()
	f, err := film.New(sb, film.Sources{Fonts: library(t)})
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func TestFramesMatchDuration(t *testing.T) {
	sb := storyboard("en", "modern", 180, 320)
	want := int(sb.GetDuration().AsDuration().Seconds()*30 + 0.5)
	if got := newFilm(t, sb).Frames(); got != want {
		t.Errorf("%d frames, want %d", got, want)
	}
}

// TestFramesStandAlone paints frames in and out of order: each must look the same.
func TestFramesStandAlone(t *testing.T) {
	for _, style := range look.Styles() {
		f := newFilm(t, storyboard("en", style.Name, 90, 160))
		frame, alone := draw.NewFrame(90, 160), draw.NewFrame(90, 160)
		for i := range f.Chunks() {
			running := f.Chunk(i)
			for k := range running.Frames() {
				running.Paint(k, frame)
				if k%61 == 5 || k == running.Frames()-1 {
					f.Chunk(i).Paint(k, alone)
					if !bytes.Equal(frame.Data, alone.Data) {
						t.Errorf("%s: frame %d of chunk %d depends on the frames before", style.Name, k, i)
					}
				}
			}
		}
	}
}

func TestStylesDiffer(t *testing.T) {
	seen := map[string]string{}
	for _, style := range look.Styles() {
		f := newFilm(t, storyboard("en", style.Name, 90, 160))
		frame := draw.NewFrame(90, 160)
		f.Chunk(0).Paint(f.Still(0), frame)
		if other, ok := seen[string(frame.Data)]; ok {
			t.Errorf("%s looks like %s", style.Name, other)
		}
		seen[string(frame.Data)] = style.Name
	}
}

// TestPosterIsComplete compares the poster with the first frame, which has no words yet.
func TestPosterIsComplete(t *testing.T) {
	for _, lang := range []string{"en", "ar", "ja", "hi", "de"} {
		f := newFilm(t, storyboard(lang, "modern", 360, 640))
		start, poster := draw.NewFrame(360, 640), draw.NewFrame(360, 640)
		f.Chunk(0).Paint(0, start)
		f.Chunk(0).Paint(f.Still(0), poster)
		stage := look.StageFor(360, 640, look.SafeShortVideo)
		for name, area := range map[string]look.Area{"headline": stage.Headline, "caption": stage.Caption} {
			if bright(start, area) > 0 || bright(poster, area) < 200 {
				t.Errorf("%s: %s has %d bright pixels at the start and %d on the poster", lang, name, bright(start, area), bright(poster, area))
			}
		}
	}
}

// bright counts pixels as light as letters.
func bright(f *draw.Frame, a look.Area) int {
	n := 0
	for y := int(a.Y); y < int(a.Bottom()); y++ {
		for x := int(a.X); x < int(a.Right()); x++ {
			if f.Y[y*f.W+x] > 190 {
				n++
			}
		}
	}
	return n
}

func TestRefusals(t *testing.T) {
	for _, tc := range []struct {
		want string
		edit func(*storyboardv1.Storyboard)
	}{
		{"canvas.width 721", func(sb *storyboardv1.Storyboard) { sb.Canvas.Width = 721 }},
		{"canvas.height 0", func(sb *storyboardv1.Storyboard) { sb.Canvas.Height = 0 }},
		{"canvas.frame_rate 0", func(sb *storyboardv1.Storyboard) { sb.Canvas.FrameRate = 0 }},
		{"scenes: there are 0", func(sb *storyboardv1.Storyboard) { sb.Scenes = nil }},
		{"scenes[1].duration", func(sb *storyboardv1.Storyboard) { sb.Scenes[1].Duration = nil }},
		{"scenes: they last", func(sb *storyboardv1.Storyboard) {
			for _, s := range sb.Scenes {
				s.Duration = durationpb.New(10 * time.Minute)
			}
		}},
		{"scenes[0].headline", func(sb *storyboardv1.Storyboard) { sb.Scenes[0].Headline = strings.Repeat("x", 2000) }},
		{`style "baroque"`, func(sb *storyboardv1.Storyboard) { sb.Theme.Style = "baroque" }},
		{`palette "mud"`, func(sb *storyboardv1.Storyboard) { sb.Theme.Palette = "mud" }},
	} {
		sb := proto.CloneOf(storyboard("en", "modern", 720, 1280))
		tc.edit(sb)
		if _, err := film.New(sb, film.Sources{Fonts: library(t)}); err == nil || !strings.Contains(err.Error(), tc.want) {
			t.Errorf("want an error with %q, got %v", tc.want, err)
		}
	}
}

// TestOddTexts paints what people write into sheets by accident.
func TestOddTexts(t *testing.T) {
	for _, odd := range []string{"", "**", "*", " \n\t", "🚀👩‍👩‍👧👍🏽", "\u202e\u2066\u200d\ufe0f", "a\x00b\xffc", strings.Repeat("W", 300), "नमस्ते *مرحبا* 猫 hello"} {
		for _, style := range look.Styles() {
			sb := storyboard("en", style.Name, 90, 160)
			sb.Title = odd
			for _, s := range sb.Scenes {
				s.Headline, s.Words[0].Text = odd, odd
			}
			f, frame := newFilm(t, sb), draw.NewFrame(90, 160)
			for i := range f.Chunks() {
				chunk := f.Chunk(i)
				for k := 0; k < chunk.Frames(); k += 23 {
					chunk.Paint(k, frame)
				}
			}
		}
	}
}
