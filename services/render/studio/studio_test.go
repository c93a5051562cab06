package studio_test

import (
	"context"
	"encoding/binary"
	"encoding/json"
	"errors"
	"image/jpeg"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"google.golang.org/protobuf/types/known/durationpb"

	schedulerv1 "github.com/sheetreel/sheetreel/gen/sheetreel/scheduler/v1"
	storyboardv1 "github.com/sheetreel/sheetreel/gen/sheetreel/storyboard/v1"
	"github.com/sheetreel/sheetreel/services/render/provider"
	"github.com/sheetreel/sheetreel/services/render/provider/providertest"
	"github.com/sheetreel/sheetreel/services/render/speech"
	"github.com/sheetreel/sheetreel/services/render/studio"
	"github.com/sheetreel/sheetreel/services/render/words"
)

// hum is a speech engine that hums each word for 200 ms.
type hum struct{ err error }

func (hum) Version(context.Context) (string, error) { return "hum 1", nil }

func (h hum) Speak(_ context.Context, r speech.Request) (speech.Utterance, error) {
	if h.err != nil {
		return speech.Utterance{}, h.err
	}
	const rate, perWord = 16000, 200 * time.Millisecond
	u := speech.Utterance{SampleRate: rate}
	for _, w := range words.Split(r.Text) {
		u.Words = append(u.Words, speech.Word{Text: w, Start: u.Duration, End: u.Duration + perWord})
		u.Duration += perWord
	}
	n := int(u.Duration.Seconds() * rate)
	wav := append([]byte("RIFF\x00\x00\x00\x00WAVEfmt \x10\x00\x00\x00\x01\x00\x01\x00\x80\x3e\x00\x00\x00\x7d\x00\x00\x02\x00\x10\x00data"),
		binary.LittleEndian.AppendUint32(nil, uint32(2*n))...)
	for i := range n {
		wav = binary.LittleEndian.AppendUint16(wav, uint16(int16(8000*math.Sin(float64(i)*0.1))))
	}
	return u, os.WriteFile(r.Path, wav, 0o600)
}

func storyboard() *storyboardv1.Storyboard {
	second := durationpb.New(time.Second)
	return &storyboardv1.Storyboard{
		Title:    "Cats *land*",
		Canvas:   &storyboardv1.Canvas{Width: 180, Height: 320, FrameRate: 30, AspectRatio: "9:16"},
		Theme:    &storyboardv1.Theme{Style: "modern", Palette: "lagoon", Seed: 3},
		Narrator: &storyboardv1.Narrator{Voice: "auto", Language: "en", WordsPerMinute: 165},
		Scenes: []*storyboardv1.Scene{
			{Role: storyboardv1.Scene_HOOK, Headline: "Cats *land*", Narration: "Cats land on their feet.", Duration: second},
			{Role: storyboardv1.Scene_BODY, Headline: "Always", Narration: "Nearly always.", Start: second, Duration: second},
		},
		Duration: durationpb.New(2 * time.Second),
	}
}

func TestRender(t *testing.T) {
	dir := t.TempDir()
	var seen []provider.Progress
	s := studio.New(studio.Config{}, studio.Deps{Speech: hum{}})
	result, err := s.Render(t.Context(), provider.Request{
		Storyboard: storyboard(), Dir: dir, Progress: func(p provider.Progress) { seen = append(seen, p) },
	})
	if err != nil {
		t.Fatal(err)
	}
	checkProgress(t, seen)
	want := result.Storyboard.GetDuration().AsDuration().Seconds()
	for _, d := range durations(t, result.Video) {
		if math.Abs(d-want) > 2.0/30 {
			t.Errorf("a stream lasts %.3f s, the storyboard %.3f s", d, want)
		}
	}
	if n := len(result.Storyboard.GetScenes()[0].GetWords()); n != 5 {
		t.Errorf("the first scene has %d timed words, want 5", n)
	}
	poster, err := os.Open(result.Poster)
	if err != nil {
		t.Fatal(err)
	}
	defer poster.Close()
	if size, err := jpeg.DecodeConfig(poster); err != nil || size.Width != 180 || size.Height != 320 {
		t.Errorf("poster is %dx%d, %v", size.Width, size.Height, err)
	}
	for path, want := range map[string]string{result.SRT: "Cats land on their feet.", result.VTT: "WEBVTT"} {
		if text, err := os.ReadFile(path); err != nil || !strings.Contains(string(text), want) {
			t.Errorf("%s: %q, %v", path, text, err)
		}
	}
	for _, name := range []string{"studio", "ffmpeg", "speech"} {
		if result.Versions[name] == "" {
			t.Errorf("no version of %s in %v", name, result.Versions)
		}
	}
	for _, path := range []string{result.Video, result.Poster, result.SRT, result.VTT} {
		if filepath.Dir(path) != dir {
			t.Errorf("%s is not in %s", path, dir)
		}
	}
}

func checkProgress(t *testing.T, seen []provider.Progress) {
	t.Helper()
	var stages []string
	last, eta := 0.0, false
	for _, p := range seen {
		if p.Percent < last || p.Percent > 100 {
			t.Errorf("%s at %.1f %% after %.1f %%", p.Stage, p.Percent, last)
		}
		last, eta = p.Percent, eta || p.ETA > 0
		if !slices.Contains(stages, p.Stage) {
			stages = append(stages, p.Stage)
		}
	}
	// The sound is made beside the frames, and seen only when it ends after them.
	stages = slices.DeleteFunc(stages, func(s string) bool { return s == "sound" })
	if want := []string{"plan", "speech", "layers", "frames", "mux"}; !slices.Equal(stages, want) {
		t.Errorf("stages are %v, want %v", stages, want)
	}
	if last != 100 || !eta {
		t.Errorf("ended at %.1f %%, estimated the time left: %v", last, eta)
	}
}

// durations asks ffprobe for the length of each stream.
func durations(t *testing.T, path string) []float64 {
	t.Helper()
	out, err := exec.CommandContext(t.Context(), "ffprobe", "-v", "error", "-of", "json", "-show_streams", path).Output()
	if err != nil {
		t.Fatal(err)
	}
	var probe struct {
		Streams []struct {
			Duration string `json:"duration"`
		} `json:"streams"`
	}
	if err := json.Unmarshal(out, &probe); err != nil {
		t.Fatal(err)
	}
	var all []float64
	for _, s := range probe.Streams {
		d, err := strconv.ParseFloat(s.Duration, 64)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, d)
	}
	if len(all) != 2 {
		t.Errorf("%d streams", len(all))
	}
	return all
}

func TestConformance(t *testing.T) {
	providertest.Local(t, func(*testing.T) provider.Provider { return studio.New(studio.Config{}, studio.Deps{}) }, small(), "frames")
}

func TestCancel(t *testing.T) {
	for _, stage := range []string{"speech", "frames"} {
		ctx, cancel := context.WithCancel(t.Context())
		s := studio.New(studio.Config{}, studio.Deps{Speech: hum{}})
		_, err := s.Render(ctx, provider.Request{
			Storyboard: storyboard(), Dir: t.TempDir(),
			Progress: func(p provider.Progress) {
				if p.Stage == stage {
					cancel()
				}
			},
		})
		if !errors.Is(err, context.Canceled) {
			t.Errorf("cancelled in %s: error is %v", stage, err)
		}
		cancel()
	}
}

func TestFailures(t *testing.T) {
	const systemClass, permanentClass = schedulerv1.FailureClass_SYSTEM, schedulerv1.FailureClass_PERMANENT
	for _, tc := range []struct {
		name  string
		cfg   studio.Config
		voice speech.Engine
		edit  func(*storyboardv1.Storyboard)
		class schedulerv1.FailureClass
		want  string
	}{
		{"no ffmpeg", studio.Config{FFmpeg: "no-such-ffmpeg"}, nil, nil, systemClass, "no-such-ffmpeg"},
		{"no fonts", studio.Config{Fonts: []string{t.TempDir()}}, nil, nil, systemClass, "fonts-inter"},
		{"odd size", studio.Config{}, nil, func(sb *storyboardv1.Storyboard) { sb.Canvas.Width = 181 }, permanentClass, "canvas.width 181"},
		{"speech fails", studio.Config{}, hum{errors.New("hoarse")}, nil, systemClass, "].narration: hoarse"},
		{
			"speech says why",
			studio.Config{},
			hum{&provider.Error{Class: permanentClass, Err: errors.New("no voice")}},
			nil, permanentClass, "no voice",
		},
	} {
		sb := storyboard()
		if tc.edit != nil {
			tc.edit(sb)
		}
		_, err := studio.New(tc.cfg, studio.Deps{Speech: tc.voice}).Render(t.Context(), provider.Request{Storyboard: sb, Dir: t.TempDir()})
		if err == nil || provider.ClassOf(err) != tc.class || !strings.Contains(err.Error(), tc.want) {
			t.Errorf("%s: %v, class %v", tc.name, err, provider.ClassOf(err))
		}
	}
}
