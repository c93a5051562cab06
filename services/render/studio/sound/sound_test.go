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
		for _, target := range []Target{Social(), Podcast(), Broadcast()} {
			left := sine(440, amp, 3*time.Second, Rate)
			for i := range left { // a peak every half second
				if i%(Rate/2) < 40 {
					left[i] *= 6
				}
			}
			right := append([]float32{}, left...)
			got := master(t.Context(), left, right, target)
			if math.Abs(got.LUFS-target.LUFS) > 0.2 || got.TruePeak > target.Ceiling+0.001 {
				t.Errorf("%s: %+v, want %+v", name, got, target)
			}
		}
	}
}

// TestLimiterDoesNotPump lets a single click go through a steady tone: a quarter of a second later the tone is as loud
// as it was.
func TestLimiterDoesNotPump(t *testing.T) {
	tone := sine(440, 0.3, time.Second, Rate)
	tone[Rate/2] = 1
	l := newLimiter(peaks(tone, tone, 0), 6, -2)
	for i := range tone {
		tone[i] *= float32(l.next())
	}
	before, at, after := rms(tone[Rate/4:Rate/4+4800]), rms(tone[Rate/2-100:Rate/2]), rms(tone[Rate*3/4:Rate*3/4+4800])
	if math.Abs(after/before-1) > 0.03 {
		t.Errorf("the tone has %.3f before the click and %.3f after it", before, after)
	}
	if at > 0.9*before {
		t.Errorf("just before the click the tone still has %.3f of %.3f", at, before)
	}
}

// TestTruePeak knows what lies between samples: a sine of a quarter of the rate that is sampled beside its peaks.
func TestTruePeak(t *testing.T) {
	s := make([]float32, 4800)
	for i := range s {
		s[i] = float32(0.5 * math.Sin(math.Pi/2*float64(i)+math.Pi/4))
	}
	if got, want := truePeak(s, s), 20*math.Log10(0.5); math.Abs(got-want) > 0.15 {
		t.Errorf("%.2f dBTP, want %.2f; the samples have %.2f", got, want, 20*math.Log10(float64(abs(s[0]))))
	}
	if got := truePeak(make([]float32, 10), make([]float32, 10)); got != silence {
		t.Errorf("silence has %.1f dBTP", got)
	}
}

func TestSilenceStaysSilent(t *testing.T) {
	left, right := make([]float32, Rate), make([]float32, Rate)
	left[100] = 1e-5
	master(t.Context(), left, right, Social())
	if left[100] > 0.001 {
		t.Errorf("noise was raised to %g", left[100])
	}
}

// TestMoods tells that seeds give music that differs, without a click or a pause in it.
func TestMoods(t *testing.T) {
	if len(moods()) < 4 {
		t.Fatalf("%d moods", len(moods()))
	}
	for i, m := range moods() {
		if len(m.pluck) != 8 || len(m.bass) != 8 || len(m.kick) != 8 || len(m.chords) != 4 {
			t.Errorf("mood %s is not a bar of eight and four chords", m.name)
		}
		for _, other := range moods()[:i] {
			if m.tempo == other.tempo || m.pluck == other.pluck {
				t.Errorf("moods %s and %s are alike", m.name, other.name)
			}
		}
	}
	var first float32
	for seed := range uint64(4) {
		left, right := make([]float32, 5*Rate), make([]float32, 5*Rate)
		bed(t.Context(), left, right, seed+1)
		step := float32(0)
		for i := 1; i < len(left); i++ {
			step = max(step, abs(left[i]-left[i-1]))
		}
		if step > 0.12 {
			t.Errorf("seed %d: a click of %.3f", seed, step)
		}
		for at := Rate; at < 3*Rate; at += Rate / 2 {
			if got := rms(left[at : at+Rate/2]); got < 0.01 {
				t.Errorf("seed %d: %.4f at %d", seed, got, at)
			}
		}
		if left[0] != 0 || abs(left[len(left)-1]) > 1e-3 {
			t.Errorf("seed %d does not fade", seed)
		}
		if left[2*Rate] == first {
			t.Errorf("seed %d is like the one before", seed)
		}
		first = left[2*Rate]
	}
}

// TestPieceIsRepeated fills a track with a piece that is too short, without a hole where it begins again.
func TestPieceIsRepeated(t *testing.T) {
	path := filepath.Join(t.TempDir(), "music.wav")
	tone := sine(220, 0.2, 4*time.Second, Rate)
	if err := encode(path, tone, tone); err != nil {
		t.Fatal(err)
	}
	left, right := make([]float32, 11*Rate), make([]float32, 11*Rate)
	if err := piece(left, right, path); err != nil {
		t.Fatal(err)
	}
	for at := 2 * Rate; at < 9*Rate; at += Rate / 4 {
		if got := rms(left[at : at+Rate/4]); got < 0.09 || got > 0.25 {
			t.Errorf("%.3f at %.2f s", got, float64(at)/Rate)
		}
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
		levels, err := track.Write(t.Context(), path, Mix{Target: Social(), Seed: music})
		if err != nil {
			t.Fatal(err)
		}
		if math.Abs(levels.LUFS+14) > 0.3 || levels.TruePeak > -1.99 {
			t.Errorf("%s has %+v", name, levels)
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
