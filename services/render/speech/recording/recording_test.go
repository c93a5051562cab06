package recording

import (
	"math"
	"testing"
	"time"

	"pgregory.net/rapid"
)

const rate = 8000

// voice is a tone with rests, both in tenths of a second: 20 heard, 3 not, and so on.
func voice(tenths ...int) []float32 {
	var out []float32
	for i, n := range tenths {
		for k := range n * rate / 10 {
			v := 0.0
			if i%2 == 0 {
				v = 0.4 * math.Sin(float64(k)/3)
			}
			out = append(out, float32(v))
		}
	}
	return out
}

// TestCutsAtPauses has scenes of equal length, and rests a little beside where they should be.
func TestCutsAtPauses(t *testing.T) {
	samples := voice(26, 4, 34, 4, 22)
	text := "Five words of equal size."
	got := Cut(samples, rate, []string{text, "", text, text}, 25)
	want := []struct{ from, to float64 }{{-0.3, 2.8}, {}, {2.8, 6.6}, {6.6, 9.5}}
	for i, p := range got {
		if math.Abs(float64(p.From)/rate-want[i].from) > 0.06 || math.Abs(float64(p.To)/rate-want[i].to) > 0.06 {
			t.Errorf("piece %d is from %.2f to %.2f s, want %v", i, float64(p.From)/rate, float64(p.To)/rate, want[i])
		}
	}
	if w := got[0].Utterance.Words; len(w) != 5 || w[0].Start != 300*time.Millisecond {
		t.Errorf("words %v", w)
	}
}

// TestCutKeepsEverything holds for any recording and any texts: pieces follow each other from before the recording to
// after it, on whole frames, and words lie inside in order.
func TestCutKeepsEverything(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		samples := voice(rapid.SliceOfN(rapid.IntRange(1, 30), 1, 8).Draw(t, "tenths")...)
		texts := rapid.SliceOfN(rapid.SampledFrom([]string{"", "One.", "Grind just before you brew.", "毎日コーヒーを飲む。", "—"}), 1, 6).Draw(t, "texts")
		frames := rapid.SampledFrom([]int{12, 15, 24, 25, 30, 60}).Draw(t, "frame rate")
		first, last := true, 0
		for i, p := range Cut(samples, rate, texts, frames) {
			if p.To == 0 && p.From == 0 {
				continue
			}
			if first && p.From >= 0 || !first && p.From != last {
				t.Fatalf("piece %d begins at %d, after %d", i, p.From, last)
			}
			first, last = false, p.To
			if n := p.Utterance.Duration.Seconds() * float64(frames); math.Abs(n-math.Round(n)) > 0.01 || n < 0.9 {
				t.Fatalf("piece %d has %.3f frames", i, n)
			}
			at := time.Duration(0)
			for _, w := range p.Utterance.Words {
				if w.Start < at || w.End <= w.Start || w.End > p.Utterance.Duration {
					t.Fatalf("piece %d: %v after %v, until %v", i, w, at, p.Utterance.Duration)
				}
				at = w.End
			}
		}
		if !first && last < len(samples) {
			t.Fatalf("%d of %d samples are heard", last, len(samples))
		}
	})
}
