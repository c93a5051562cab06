package studio_test

import (
	"bytes"
	"context"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/durationpb"

	renderv1 "github.com/sheetreel/sheetreel/gen/sheetreel/render/v1"
	storyboardv1 "github.com/sheetreel/sheetreel/gen/sheetreel/storyboard/v1"
	"github.com/sheetreel/sheetreel/services/render/assets"
	"github.com/sheetreel/sheetreel/services/render/cache"
	"github.com/sheetreel/sheetreel/services/render/provider"
	"github.com/sheetreel/sheetreel/services/render/speech"
	"github.com/sheetreel/sheetreel/services/render/studio"
)

// counting counts what is really spoken.
type counting struct {
	hum
	spoken *atomic.Int32
}

func (c counting) Speak(ctx context.Context, r speech.Request) (speech.Utterance, error) {
	c.spoken.Add(1)
	return c.hum.Speak(ctx, r)
}

// small has three scenes of few frames.
func small() *storyboardv1.Storyboard {
	sb := storyboard()
	sb.Canvas.FrameRate = 10
	second := durationpb.New(time.Second)
	sb.Scenes = append(sb.Scenes, &storyboardv1.Scene{
		Role: storyboardv1.Scene_CALL_TO_ACTION, Headline: "Tell us", Start: durationpb.New(2 * time.Second), Duration: second,
	})
	sb.Duration = durationpb.New(3 * time.Second)
	return sb
}

func openCache(t *testing.T, dir string) *cache.Cache {
	t.Helper()
	c, err := cache.Open(cache.Config{Dir: dir}, cache.Deps{})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// video renders a storyboard and reads the video.
func video(t *testing.T, s *studio.Studio, sb *storyboardv1.Storyboard) (*provider.Result, []byte) {
	t.Helper()
	result, err := s.Render(t.Context(), provider.Request{Storyboard: sb, Dir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile(result.Video)
	if err != nil {
		t.Fatal(err)
	}
	return result, data
}

func TestWhatDidNotChangeIsReused(t *testing.T) {
	dir, spoken := t.TempDir(), atomic.Int32{}
	s := studio.New(studio.Config{}, studio.Deps{Speech: counting{spoken: &spoken}, Cache: openCache(t, dir)})
	// Another process, which has nothing in memory.
	fresh := studio.New(studio.Config{}, studio.Deps{Speech: counting{spoken: &spoken}, Cache: openCache(t, dir)})
	var first []byte
	for _, step := range []struct {
		name             string
		studio           *studio.Studio
		edit             func(*storyboardv1.Storyboard)
		reused, rendered int32
		spoken           int32
	}{
		{"first", s, func(*storyboardv1.Storyboard) {}, 0, 3, 2},
		{"unchanged", fresh, func(*storyboardv1.Storyboard) {}, 3, 0, 0},
		{"another headline", fresh, func(sb *storyboardv1.Storyboard) { sb.Scenes[1].Headline = "Never" }, 2, 1, 0},
		{"a longer scene", s, func(sb *storyboardv1.Storyboard) { sb.Scenes[0].Narration += " Or so." }, 1, 2, 1},
	} {
		sb := small()
		step.edit(sb)
		result, data := video(t, step.studio, sb)
		r := result.Receipt
		if r.GetReusedSceneCount() != step.reused || r.GetRenderedSceneCount() != step.rendered {
			t.Errorf("%s: %d scenes reused, %d rendered; want %d, %d", step.name, r.GetReusedSceneCount(), r.GetRenderedSceneCount(), step.reused, step.rendered)
		}
		if n := spoken.Swap(0); n != step.spoken {
			t.Errorf("%s: spoke %d times, want %d", step.name, n, step.spoken)
		}
		if saved := r.GetSavedCpuDuration().AsDuration(); (saved > 0) != (step.reused > 0) {
			t.Errorf("%s: saved %v", step.name, saved)
		}
		switch {
		case first == nil:
			first = data
			checkReceipt(t, r)
		case step.name == "unchanged" && !bytes.Equal(first, data):
			t.Error("the cache gives another video")
		}
		if _, err := os.Stat(result.Poster); err != nil {
			t.Errorf("%s: %v", step.name, err)
		}
	}
}

// checkReceipt says what a render took.
func checkReceipt(t *testing.T, r *renderv1.Receipt) {
	t.Helper()
	if r.GetCpuDuration().AsDuration() <= 0 || r.GetRenderDuration().AsDuration() <= 0 {
		t.Errorf("took %v of processor time in %v", r.GetCpuDuration().AsDuration(), r.GetRenderDuration().AsDuration())
	}
	seen := map[string]bool{}
	for _, s := range r.GetStages() {
		seen[s.GetStage()] = s.GetDuration().AsDuration() > 0
	}
	for _, stage := range []string{"plan", "speech", "frames", "sound", "mux"} {
		if !seen[stage] {
			t.Errorf("no time of stage %s in %v", stage, r.GetStages())
		}
	}
}

// TestOtherOutput renders what is asked for, and calls it so.
func TestOtherOutput(t *testing.T) {
	sb := small()
	sb.Scenes = sb.Scenes[:1]
	sb.Duration = proto.CloneOf(sb.GetScenes()[0].GetDuration())
	sb.Output = &storyboardv1.Output{Container: storyboardv1.Output_WEBM, Draft: true}
	result, data := video(t, studio.New(studio.Config{}, studio.Deps{}), sb)
	if filepath.Base(result.Video) != "video.webm" || !bytes.Contains(data[:64], []byte("webm")) {
		t.Errorf("%s begins with %q", filepath.Base(result.Video), data[:64])
	}
}

// filesIn are the names of files in a folder and below.
func filesIn(t *testing.T, dir string) (names []string) {
	t.Helper()
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			names = append(names, path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return names
}

// TestBrokenPictureIsNotKept: neither the chunk nor the poster of a scene whose picture could not be shown is for others.
func TestBrokenPictureIsNotKept(t *testing.T) {
	folder, dir := t.TempDir(), t.TempDir()
	sb := small()
	sb.Scenes, sb.Duration = sb.Scenes[:1], sb.Scenes[0].Duration
	background := &storyboardv1.Media{Kind: &storyboardv1.Media_ImageUri{ImageUri: "https://example.com/1.png"}}
	sb.Scenes[0].Background = background
	picture := assets.Asset{Path: filepath.Join(dir, "asset-1"), SHA256: strings.Repeat("1", 64), Kind: assets.Image, Format: assets.PNG, Width: 8, Height: 8}
	if err := os.WriteFile(picture.Path, []byte("torn"), 0o600); err != nil {
		t.Fatal(err)
	}
	s := studio.New(studio.Config{}, studio.Deps{Cache: openCache(t, folder)})
	if _, err := s.Render(t.Context(), provider.Request{Storyboard: sb, Dir: dir, Media: map[string]assets.Asset{provider.MediaKey(background): picture}}); err != nil {
		t.Fatal(err)
	}
	for _, path := range filesIn(t, filepath.Join(folder, "cas")) { // the sound may be there
		const header = 56 // bytes of an entry
		if kept, err := os.ReadFile(path); err != nil || bytes.HasPrefix(kept[header:], []byte("\xff\xd8\xff")) || bytes.Contains(kept, []byte("avc1")) {
			t.Errorf("%s is a picture, %v", path, err)
		}
	}
}
