package sound

import (
	"bytes"
	"io"
	"math"
	"os"
	"path/filepath"
	"testing"
	"time"
)

func sine(freq, amp float64, length time.Duration, rate int) []float32 {
	out := make([]float32, int(length.Seconds()*float64(rate)))
	for i := range out {
		out[i] = float32(amp * math.Sin(2*math.Pi*freq*float64(i)/float64(rate)))
	}
	return out
}

// TestLoudness uses the calibration of BS.1770: a full-scale sine of 997 Hz in one channel is -3.01 LUFS.
func TestLoudness(t *testing.T) {
	tone := sine(997, 1, 3*time.Second, Rate)
	quiet := sine(997, 0.1, 3*time.Second, Rate)
	none := make([]float32, len(tone))
	for _, tc := range []struct {
		name        string
		left, right []float32
		want        float64
	}{
		{"one channel", tone, none, -3.01},
		{"both channels", tone, tone, 0},
		{"20 dB down", quiet, none, -23.01},
		{"silence", none, none, silence},
		{"pauses do not count", append(append([]float32{}, tone...), none...), append(append([]float32{}, none...), none...), -3.01},
	} {
		if got := loudness(tc.left, tc.right); math.Abs(got-tc.want) > 0.25 {
			t.Errorf("%s: %.2f LUFS, want %.2f", tc.name, got, tc.want)
		}
	}
}

func TestMasterReachesTargetBelowCeiling(t *testing.T) {
	for name, amp := range map[string]float64{"quiet": 0.05, "loud": 1} {
		left := sine(440, amp, 4*time.Second, Rate)
		for i := range left { // a peak every half second
			if i%(Rate/2) < 40 {
				left[i] *= 6
			}
		}
		right := append([]float32{}, left...)
		master(left, right)
		if got := loudness(left, right); math.Abs(got-TargetLUFS) > 0.7 {
			t.Errorf("%s: %.2f LUFS", name, got)
		}
		ceiling := float32(amplitude(CeilingDB)) * 1.0001
		for i, v := range left {
			if v > ceiling || v < -ceiling {
				t.Errorf("%s: sample %d is %.3f", name, i, v)
				break
			}
		}
	}
}

func TestSilenceStaysSilent(t *testing.T) {
	left, right := make([]float32, Rate), make([]float32, Rate)
	left[100] = 1e-5
	master(left, right)
	if left[100] > 0.001 {
		t.Errorf("noise was raised to %g", left[100])
	}
}

func TestTrack(t *testing.T) {
	dir := t.TempDir()
	voice := filepath.Join(dir, "voice.wav")
	speech := sine(300, 0.3, 2*time.Second, Rate)
	if err := encode(voice, speech, speech); err != nil {
		t.Fatal(err)
	}
	write := func(name string, music uint64) []float32 {
		track := NewTrack(6 * time.Second)
		if err := track.Speak(voice, time.Second); err != nil {
			t.Fatal(err)
		}
		path := filepath.Join(dir, name)
		if err := track.Write(t.Context(), path, music); err != nil {
			t.Fatal(err)
		}
		file, err := os.Open(path)
		if err != nil {
			t.Fatal(err)
		}
		defer file.Close()
		rate, out, err := decode(file)
		if err != nil || rate != Rate || len(out) != 6*Rate {
			t.Fatalf("%d samples at %d Hz, %v", len(out), rate, err)
		}
		return out
	}
	bare, music := write("bare.wav", 0), write("music.wav", 7)
	if got := rms(bare[:Rate/2]); got > 1e-4 {
		t.Errorf("without music, half a second before the voice has %.4f", got)
	}
	if got := rms(bare[Rate*3/2 : Rate*2]); got < 0.05 {
		t.Errorf("the voice has %.4f", got)
	}
	alone := rms(music[Rate*4 : Rate*9/2])
	if alone < 0.002 {
		t.Errorf("music after the voice has %.4f", alone)
	}
	if spoken := rms(music[Rate*3/2 : Rate*2]); spoken < 3*alone {
		t.Errorf("the voice at %.4f hardly stands out from music at %.4f", spoken, alone)
	}
	again := write("again.wav", 7)
	for i := range music {
		if music[i] != again[i] {
			t.Fatalf("sample %d differs from run to run", i)
		}
	}
}

func rms(s []float32) float64 {
	sum := 0.0
	for _, v := range s {
		sum += float64(v) * float64(v)
	}
	return math.Sqrt(sum / float64(len(s)))
}

func TestDuckerGoesDownAndComesBack(t *testing.T) {
	d := ducker{}
	if g := d.next(0); g != 1 {
		t.Errorf("at rest the gain is %.2f", g)
	}
	last := func(v float32, length time.Duration) (g float32) {
		for range samples(length) {
			g = d.next(v)
		}
		return g
	}
	if g := last(0.3, 300*time.Millisecond); math.Abs(float64(g)-duckGain) > 0.02 {
		t.Errorf("under the voice the gain is %.2f", g)
	}
	if g := last(0, 3*time.Second); g < 0.95 {
		t.Errorf("after the voice the gain is %.2f", g)
	}
}

func TestResampleKeepsPitch(t *testing.T) {
	out := resample(sine(440, 0.5, time.Second, 22050), 22050)
	crossings := 0
	for i := 1; i < len(out); i++ {
		if out[i-1] < 0 && out[i] >= 0 {
			crossings++
		}
	}
	if len(out) != Rate || crossings < 438 || crossings > 441 {
		t.Errorf("%d samples with %d periods", len(out), crossings)
	}
}

func FuzzDecode(f *testing.F) {
	path := filepath.Join(f.TempDir(), "seed.wav")
	if err := encode(path, []float32{0, 0.5}, []float32{0, -0.5}); err != nil {
		f.Fatal(err)
	}
	seed, err := os.ReadFile(path)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(seed)
	f.Add(seed[:30])
	f.Add([]byte("RIFF\xff\xff\xff\xffWAVEdata\xff\xff\xff\xff"))
	f.Fuzz(func(t *testing.T, data []byte) {
		rate, out, err := decode(io.Reader(bytes.NewReader(data)))
		if err == nil && (rate < 4000 || len(out)*2 > len(data)) {
			t.Fatalf("%d samples at %d Hz out of %d bytes", len(out), rate, len(data))
		}
	})
}
