package clip

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/sheetreel/sheetreel/services/render/assets"
)

// red, then green: a second at 10 frames, wider than high.
func film(t *testing.T) assets.Asset {
	t.Helper()
	path := filepath.Join(t.TempDir(), "asset-1")
	out, err := exec.CommandContext(t.Context(), "ffmpeg", "-v", "error", "-nostdin",
		"-f", "lavfi", "-i", "color=red:size=64x48:rate=10:duration=0.5", "-f", "lavfi", "-i", "color=lime:size=64x48:rate=10:duration=0.5",
		"-filter_complex", "[0][1]concat", "-pix_fmt", "yuv420p", "-f", "mp4", path).CombinedOutput()
	if err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	w, h, d, err := Measure(t.Context(), path, assets.MP4)
	if err != nil || w != 64 || h != 48 || d != time.Second {
		t.Fatalf("measured %d x %d, %v, %v", w, h, d, err)
	}
	return assets.Asset{Path: path, Kind: assets.Video, Format: assets.MP4, Width: w, Height: h, Duration: d}
}

// colour tells what a frame of 32 x 32 shows in the middle, by its Cb: green lies low.
func colour(frame []byte) string {
	if frame[32*32+16*8+8] < 70 {
		return "g"
	}
	return "r"
}

func TestFramesRepeat(t *testing.T) {
	a := film(t)
	for _, tc := range []struct {
		from time.Duration
		rate int
		want string
	}{
		{0, 10, "rrrrrgggggrrrrrgggggr"},
		{300 * time.Millisecond, 10, "rrgggggrrrrr"},
		{1200 * time.Millisecond, 10, "rrrggggg"},
		{0, 20, "rrrrrrrrrrggggggggggrr"},
	} {
		r, err := Open(t.Context(), Job{Asset: a, Width: 32, Height: 32, Rate: tc.rate, From: tc.from})
		if err != nil {
			t.Fatal(err)
		}
		var got strings.Builder
		frame := make([]byte, 32*32*3/2)
		for range tc.want {
			if err := r.Read(frame); err != nil {
				t.Fatal(err)
			}
			got.WriteString(colour(frame))
		}
		r.Close()
		if got.String() != tc.want {
			t.Errorf("from %v at %d a second: %s, want %s", tc.from, tc.rate, got.String(), tc.want)
		}
	}
}

func TestEnds(t *testing.T) {
	a := film(t)
	frame := make([]byte, 32*32*3/2)
	ctx, cancel := context.WithCancel(t.Context())
	r, err := Open(ctx, Job{Asset: a, Width: 32, Height: 32, Rate: 10})
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	cancel()
	for err == nil { // what the pipe holds still comes
		err = r.Read(frame)
	}
	if !errors.Is(err, context.Canceled) {
		t.Errorf("after a cancel: %v", err)
	}
	if again := r.Read(frame); !errors.Is(again, context.Canceled) {
		t.Errorf("and again: %v", again)
	}
}

func TestRefuses(t *testing.T) {
	a := film(t)
	frame := make([]byte, 32*32*3/2)
	playlist := a
	playlist.Path = filepath.Join(t.TempDir(), "asset-2")
	if err := os.WriteFile(playlist.Path, []byte("#EXTM3U\n#EXTINF:1,\nfile://"+a.Path+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	r, err := Open(t.Context(), Job{Asset: playlist, Width: 32, Height: 32, Rate: 10})
	if err != nil {
		t.Fatal(err)
	}
	if err := r.Read(frame); err == nil {
		t.Error("a playlist was played")
	}
	r.Close()
	if _, _, _, err := Measure(t.Context(), playlist.Path, assets.MP4); err == nil {
		t.Error("a playlist was measured")
	}
	for _, job := range []Job{
		{Asset: assets.Asset{Kind: assets.Image, Format: assets.PNG}, Width: 2, Height: 2, Rate: 1},
		{Asset: a, Width: 3, Height: 2, Rate: 1},
		{Asset: a, Width: 2, Height: 2},
		{Asset: a, Width: 2, Height: 2, Rate: 1, FFmpeg: "no-such-ffmpeg"},
	} {
		if r, err := Open(t.Context(), job); err == nil {
			r.Close()
			t.Errorf("opened %+v", job)
		}
	}
}

// TestHugeFrames: a file may say that its frames are small, so the decoder is told what is too much.
func TestHugeFrames(t *testing.T) {
	args := Job{Asset: assets.Asset{Path: "asset-1", Kind: assets.Video, Format: assets.MOV}, Width: 32, Height: 32, Rate: 1}.args()
	if limit, input := slices.Index(args, "-max_pixels"), slices.Index(args, "-i"); limit < 0 || limit > input || args[limit+1] != "40000000" {
		t.Errorf("arguments %q", args)
	}
}
