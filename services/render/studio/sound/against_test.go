package sound

import (
	"math"
	"math/rand/v2"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"testing"
	"time"
)

// TestAgainstFFmpeg measures loud, quiet and silent parts, speech-like and high, and compares with ffmpeg's own meter.
func TestAgainstFFmpeg(t *testing.T) {
	dice := rand.New(rand.NewPCG(1, 2))
	left, right := make([]float32, 6*Rate), make([]float32, 6*Rate)
	for i := range left {
		at := float64(i) / Rate
		envelope := []float64{0.5, 0.01, 0.2, 0, 0.7, 0.1}[i/Rate] * (0.6 + 0.4*math.Sin(2*math.Pi*4*at))
		left[i] = float32(envelope * (0.6*math.Sin(2*math.Pi*180*at) + 0.3*math.Sin(2*math.Pi*11000*at) + 0.1*dice.NormFloat64()))
		right[i] = float32(envelope * (0.5*math.Sin(2*math.Pi*300*at) + 0.2*math.Sin(2*math.Pi*5200*at)))
	}
	path := filepath.Join(t.TempDir(), "a.wav")
	if err := encode(path, left, right); err != nil {
		t.Fatal(err)
	}
	out, err := exec.CommandContext(t.Context(), "ffmpeg", "-nostdin", "-hide_banner", "-i", path, "-af", "ebur128=peak=true:framelog=verbose", "-f", "null", "-").CombinedOutput()
	if err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	theirs := func(pattern string) float64 {
		all := regexp.MustCompile(pattern).FindAllSubmatch(out, -1)
		if len(all) == 0 {
			t.Fatalf("no %s in %s", pattern, out)
		}
		v, err := strconv.ParseFloat(string(all[len(all)-1][1]), 64)
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
	if got, want := loudness(left, right), theirs(`I:\s+(-?[\d.]+) LUFS`); math.Abs(got-want) > 0.1 {
		t.Errorf("%.2f LUFS, ffmpeg says %.1f", got, want)
	}
	if got, want := truePeak(left, right), theirs(`Peak:\s+(-?[\d.]+) dBFS`); math.Abs(got-want) > 0.2 {
		t.Errorf("%.2f dBTP, ffmpeg says %.1f", got, want)
	}
}

// BenchmarkWrite mixes half a minute.
func BenchmarkWrite(b *testing.B) {
	voice := filepath.Join(b.TempDir(), "voice.wav")
	speech := sine(300, 0.3, 25*time.Second, Rate)
	if err := encode(voice, speech, speech); err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		track := NewTrack(30 * time.Second)
		if err := track.Speak(voice, time.Second); err != nil {
			b.Fatal(err)
		}
		if _, err := track.Write(b.Context(), filepath.Join(b.TempDir(), "out.wav"), Mix{Target: Social(), Seed: 7}); err != nil {
			b.Fatal(err)
		}
	}
}
