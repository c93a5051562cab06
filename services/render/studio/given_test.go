package studio_test

import (
	"math"
	"os"
	"path/filepath"
	"testing"

	storyboardv1 "github.com/sheetreel/sheetreel/gen/sheetreel/storyboard/v1"
	"github.com/sheetreel/sheetreel/services/render/assets"
	"github.com/sheetreel/sheetreel/services/render/provider"
	"github.com/sheetreel/sheetreel/services/render/studio"
	"github.com/sheetreel/sheetreel/services/render/studio/sound"
)

// TestGivenSounds renders a recording of the narration over a piece of music that is too short: the video lasts as long
// as the recording, is as loud as it should be, and says so.
func TestGivenSounds(t *testing.T) {
	dir := t.TempDir()
	sb := small()
	sb.Scenes = sb.Scenes[:2]
	sb.Sound = &storyboardv1.Sound{NarrationUri: "https://example.com/voice", MusicUri: "https://example.com/music", Loudness: storyboardv1.Loudness_PODCAST}
	sb.Narrator.Voice = ""
	media := map[string]assets.Asset{}
	for uri, seconds := range map[string]int{sb.Sound.NarrationUri: 4, sb.Sound.MusicUri: 2} {
		samples := make([]float32, seconds*sound.Rate)
		for i := range samples {
			samples[i] = float32(0.2 * math.Sin(float64(i)*0.03))
		}
		path := filepath.Join(dir, "asset-"+filepath.Base(uri))
		if err := sound.WriteMono(path, samples, sound.Rate, 0, len(samples)); err != nil {
			t.Fatal(err)
		}
		media[uri] = assets.Asset{Path: path, Kind: assets.Audio, Format: assets.WAV}
	}
	s := studio.New(studio.Config{}, studio.Deps{Speech: hum{}})
	result, err := s.Render(t.Context(), provider.Request{Storyboard: sb, Dir: dir, Media: media, Progress: func(provider.Progress) {}})
	if err != nil {
		t.Fatal(err)
	}
	if got := result.Storyboard.GetDuration().AsDuration().Seconds(); got < 4.8 || got > 4.9 {
		t.Errorf("the video lasts %.3f s; the recording 4 s, with 0.8 s of silence around it", got)
	}
	if l := result.Loudness; l == nil || math.Abs(l.LUFS+16) > 0.2 || l.TruePeak > -1 {
		t.Errorf("loudness %+v", l)
	}
	if len(result.Warnings) > 0 {
		t.Errorf("warnings %v", result.Warnings)
	}
	for _, scene := range result.Storyboard.GetScenes() {
		if len(scene.GetWords()) == 0 {
			t.Errorf("scene %q has no words", scene.GetNarration())
		}
	}
}

// TestBrokenSounds has files that cannot be decoded: a warning for each, and a video all the same.
func TestBrokenSounds(t *testing.T) {
	dir := t.TempDir()
	sb := small()
	sb.Sound = &storyboardv1.Sound{NarrationUri: "https://example.com/voice", MusicUri: "https://example.com/music"}
	path := filepath.Join(dir, "asset")
	if err := os.WriteFile(path, []byte("#EXTM3U\nfile:///etc/passwd\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	broken := assets.Asset{Path: path, Kind: assets.Audio, Format: assets.MP3}
	s := studio.New(studio.Config{}, studio.Deps{Speech: hum{}})
	result, err := s.Render(t.Context(), provider.Request{
		Storyboard: sb, Dir: dir, Progress: func(provider.Progress) {},
		Media: map[string]assets.Asset{sb.Sound.NarrationUri: broken, sb.Sound.MusicUri: broken},
	})
	if err != nil {
		t.Fatal(err)
	}
	var fields []string
	for _, w := range result.Warnings {
		fields = append(fields, w.GetField())
	}
	if len(fields) != 2 || fields[0] != "sound.narration_uri" || fields[1] != "sound.music_uri" {
		t.Errorf("warnings of %v", fields)
	}
}
