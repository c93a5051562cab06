package studio_test

import (
	"bytes"
	"image/jpeg"
	"slices"
	"strings"
	"testing"

	"google.golang.org/protobuf/proto"

	ingestv1 "github.com/sheetreel/sheetreel/gen/sheetreel/ingest/v1"
	schedulerv1 "github.com/sheetreel/sheetreel/gen/sheetreel/scheduler/v1"
	storyboardv1 "github.com/sheetreel/sheetreel/gen/sheetreel/storyboard/v1"
	"github.com/sheetreel/sheetreel/services/render/plan"
	"github.com/sheetreel/sheetreel/services/render/provider"
	"github.com/sheetreel/sheetreel/services/render/studio"
)

func fiveScenes(t testing.TB) *storyboardv1.Storyboard {
	t.Helper()
	sb, err := plan.Plan(&ingestv1.Idea{
		Title: "Four rules for better *coffee*", Hook: "Your coffee could taste better than this.", CallToAction: "Follow for more coffee science!",
		Script: "1. Grind your beans just before you brew, because their aroma leaves within minutes.\n" +
			"2. Use water below the boiling point, or you taste only what is bitter.\n3. Weigh everything, as bakers do: sixteen grams are enough for one cup.",
	}, nil)
	if err != nil {
		t.Fatal(err)
	}
	if n := len(sb.GetScenes()); n != 5 {
		t.Fatalf("%d scenes", n)
	}
	return sb
}

func TestPlan(t *testing.T) {
	s := studio.New(studio.Config{}, studio.Deps{})
	sb := fiveScenes(t)
	before := proto.CloneOf(sb)
	got, err := s.Plan(t.Context(), sb)
	if err != nil {
		t.Fatal(err)
	}
	if !proto.Equal(sb, before) {
		t.Error("the storyboard was changed")
	}
	next := int32(0)
	for i, c := range got.GetChunks() {
		if c.GetSceneId() != sb.GetScenes()[i].GetId() || c.GetFirstFrame() != next || c.GetFrameCount() <= 0 {
			t.Errorf("chunk %d: %v, want it at frame %d", i, c, next)
		}
		next += c.GetFrameCount()
	}
	if want := int32(sb.GetDuration().AsDuration().Seconds()*30 + 0.5); next != want {
		t.Errorf("%d frames, want %d", next, want)
	}
	for i, p := range got.GetScenes() {
		scene := sb.GetScenes()[i]
		if p.GetHeadlineSize() <= 0 || strings.Join(p.GetHeadlineLines(), " ") != strings.ReplaceAll(scene.GetHeadline(), "*", "") {
			t.Errorf("scene %d: headline %q at %v, want %q", i, p.GetHeadlineLines(), p.GetHeadlineSize(), scene.GetHeadline())
		}
		var said []string
		at := scene.GetStart().AsDuration()
		for _, page := range p.GetCaptionPages() {
			said = append(said, page.GetText())
			if page.GetStart().AsDuration() < at || page.GetEnd().AsDuration() <= page.GetStart().AsDuration() {
				t.Errorf("scene %d: page %v after %v", i, page, at)
			}
			at = page.GetStart().AsDuration()
		}
		if got := strings.Join(said, " "); got != scene.GetNarration() || p.GetCaptionSize() <= 0 {
			t.Errorf("scene %d: captions %q at %v", i, got, p.GetCaptionSize())
		}
	}
	if len(got.GetWarnings()) != 0 {
		t.Errorf("warnings about a storyboard without faults: %v", got.GetWarnings())
	}
}

func TestPlanWarns(t *testing.T) {
	for _, tc := range []struct {
		name string
		edit func(*storyboardv1.Storyboard)
		// scene, field and rule of a warning
		want [3]string
	}{
		{"a character that no font has", func(sb *storyboardv1.Storyboard) { sb.Scenes[1].Headline = "What \U000F1234 is" }, [3]string{"", "text", "glyphs"}},
		{"a headline without end", func(sb *storyboardv1.Storyboard) {
			sb.Scenes[2].Headline = strings.Repeat("very long words everywhere ", 11)
		}, [3]string{"s3", "headline", "cut"}},
		{"one endless word", func(sb *storyboardv1.Storyboard) { sb.Scenes[2].Headline = strings.Repeat("Donaudampf", 25) }, [3]string{"s3", "headline", ""}},
		{"an emoji without picture", func(sb *storyboardv1.Storyboard) {
			sb.Scenes[0].Hero = &storyboardv1.Media{Kind: &storyboardv1.Media_Emoji{Emoji: "\U0001FBFF"}}
		}, [3]string{"s1", "hero", "missing"}},
	} {
		sb := fiveScenes(t)
		tc.edit(sb)
		got, err := studio.New(studio.Config{}, studio.Deps{}).Plan(t.Context(), sb)
		if err != nil {
			t.Errorf("%s: %v", tc.name, err)
			continue
		}
		found := false
		for _, w := range got.GetWarnings() {
			found = found || w.GetSceneId() == tc.want[0] && w.GetField() == tc.want[1] && strings.HasPrefix(w.GetRule(), tc.want[2]) && w.GetMessage() != ""
		}
		if !found {
			t.Errorf("%s: warnings %v, want one of %v", tc.name, got.GetWarnings(), tc.want)
		}
	}
}

func TestWebPicturesAreNoFaultOfAPlan(t *testing.T) {
	sb := fiveScenes(t)
	sb.Scenes[1].Background = &storyboardv1.Media{Kind: &storyboardv1.Media_ImageUri{ImageUri: "https://example.com/a.png"}}
	got, err := studio.New(studio.Config{}, studio.Deps{}).Plan(t.Context(), sb)
	if err != nil || len(got.GetWarnings()) != 0 {
		t.Errorf("warnings %v, error %v", got.GetWarnings(), err)
	}
}

func TestStills(t *testing.T) {
	s := studio.New(studio.Config{}, studio.Deps{})
	sb := fiveScenes(t)
	got, err := s.Stills(t.Context(), sb, 144, 2)
	if err != nil || len(got) != 2 {
		t.Fatalf("%d stills, %v", len(got), err)
	}
	for i, still := range got {
		img, err := jpeg.Decode(bytes.NewReader(still.JPEG))
		if err != nil {
			t.Fatal(err)
		}
		if b := img.Bounds(); b.Dx() != 144 || b.Dy() != 256 {
			t.Errorf("still %d is %v", i, b)
		}
		start := sb.GetScenes()[i].GetStart().AsDuration()
		if still.Time < start || still.Time >= start+sb.GetScenes()[i].GetDuration().AsDuration() {
			t.Errorf("still %d is of %v", i, still.Time)
		}
	}
	again, err := s.Stills(t.Context(), sb, 144, 2)
	if err != nil || !slices.EqualFunc(got, again, func(a, b provider.Still) bool { return bytes.Equal(a.JPEG, b.JPEG) }) {
		t.Errorf("a second look differs: %v", err)
	}
	sb.Canvas.Width, sb.Canvas.Height = 3840, 64
	if ribbon, err := s.Stills(t.Context(), sb, 360, 1); err != nil || len(ribbon) != 1 {
		t.Errorf("a ribbon: %d stills, %v", len(ribbon), err)
	}
	sb.Canvas.FrameRate = 0
	if _, err := s.Stills(t.Context(), sb, 144, 2); provider.ClassOf(err) != schedulerv1.FailureClass_PERMANENT {
		t.Errorf("a storyboard out of bounds: %v", err)
	}
}

func BenchmarkPlan(b *testing.B) {
	s, sb := studio.New(studio.Config{}, studio.Deps{}), fiveScenes(b)
	for b.Loop() {
		if _, err := s.Plan(b.Context(), sb); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkStills(b *testing.B) {
	s, sb := studio.New(studio.Config{}, studio.Deps{}), fiveScenes(b)
	for b.Loop() {
		if _, err := s.Stills(b.Context(), sb, 360, 24); err != nil {
			b.Fatal(err)
		}
	}
}
