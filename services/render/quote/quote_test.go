package quote

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"google.golang.org/protobuf/types/known/durationpb"
	"pgregory.net/rapid"

	renderv1 "github.com/sheetreel/sheetreel/gen/sheetreel/render/v1"
	storyboardv1 "github.com/sheetreel/sheetreel/gen/sheetreel/storyboard/v1"
)

func board(width, height int32, length time.Duration, o *storyboardv1.Output) *storyboardv1.Storyboard {
	return &storyboardv1.Storyboard{
		Canvas: &storyboardv1.Canvas{Width: width, Height: height, FrameRate: 30}, Duration: durationpb.New(length), Output: o,
		Scenes: make([]*storyboardv1.Scene, 5),
	}
}

func receipt(cpu time.Duration, rendered, reused int32) *renderv1.Receipt {
	return &renderv1.Receipt{CpuDuration: durationpb.New(cpu), RenderedSceneCount: rendered, ReusedSceneCount: reused}
}

func open(t *testing.T, path string) *Book {
	t.Helper()
	b := Open(path)
	b.speed = func() float64 { return 1 }
	return b
}

func TestQuote(t *testing.T) {
	b := open(t, "")
	// The model's own measurement: about 30 s of processor time and 5 MB for 30 s of 1080x1920 at 30 frames a second.
	q := b.Quote(board(1080, 1920, 30*time.Second, nil))
	if cpu := q.GetCpuDuration().AsDuration(); cpu < 25*time.Second || cpu > 40*time.Second {
		t.Errorf("processor time %v", cpu)
	}
	if q.GetMaxCpuDuration().AsDuration() <= q.GetCpuDuration().AsDuration() {
		t.Errorf("at most %v, most likely %v", q.GetMaxCpuDuration(), q.GetCpuDuration())
	}
	if n := q.GetSizeBytes(); n < 3e6 || n > 9e6 {
		t.Errorf("size %d", n)
	}
	if q.CostMicros != nil || q.GetCurrencyCode() != "" {
		t.Errorf("a price was invented: %v", q)
	}
	if b.Quote(board(540, 960, 30*time.Second, &storyboardv1.Output{Draft: true})).GetCpuDuration().AsDuration() >= q.GetCpuDuration().AsDuration()/3 {
		t.Error("a draft takes much less")
	}
	slow := open(t, "")
	slow.speed = func() float64 { return 3 }
	if got := slow.Quote(board(1080, 1920, 30*time.Second, nil)).GetCpuDuration().AsDuration(); got < 2*q.GetCpuDuration().AsDuration() {
		t.Errorf("a slow host needs %v", got)
	}
}

func TestLearn(t *testing.T) {
	path := filepath.Join(t.TempDir(), "new", "quotes.json")
	b := open(t, path)
	sb := board(1080, 1920, 30*time.Second, nil)
	before := b.Quote(sb)
	real := 2 * before.GetCpuDuration().AsDuration()
	for range 20 {
		if err := b.Learn(sb, receipt(real, 5, 0)); err != nil {
			t.Fatal(err)
		}
	}
	after := b.Quote(sb)
	if got := after.GetCpuDuration().AsDuration(); (got - real).Abs() > real/20 {
		t.Errorf("after 20 receipts of %v: %v", real, got)
	}
	if width := after.GetMaxCpuDuration().AsDuration() - after.GetCpuDuration().AsDuration(); width > real/3 {
		t.Errorf("equal receipts leave a spread of %v", width)
	}
	if err := b.Learn(sb, receipt(time.Hour, 0, 5)); err != nil {
		t.Fatal(err)
	}
	if got := b.Quote(sb); got.GetCpuDuration().AsDuration() != after.GetCpuDuration().AsDuration() {
		t.Error("a render that took all from the cache teaches nothing")
	}
	if other := b.Quote(board(1080, 1920, 30*time.Second, &storyboardv1.Output{VideoCodec: storyboardv1.Output_VP9})); len(other.GetExplanations()) == 0 {
		t.Error("no explanation")
	}
	if got := open(t, path).Quote(sb); got.GetCpuDuration().AsDuration() != after.GetCpuDuration().AsDuration() {
		t.Errorf("another process says %v, want %v", got.GetCpuDuration(), after.GetCpuDuration())
	}
	if err := os.WriteFile(path, []byte("{broken"), 0o600); err != nil {
		t.Fatal(err)
	}
	if got := open(t, path).Quote(sb); got.GetCpuDuration().AsDuration() != before.GetCpuDuration().AsDuration() {
		t.Errorf("a damaged file gives %v", got.GetCpuDuration())
	}
}

// TestAnyReceipts feeds anything: quotes stay finite, ordered and within reach of the model.
func TestAnyReceipts(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		b := Open("")
		b.speed = func() float64 { return 1 }
		sb := board(360, 640, 10*time.Second, nil)
		base := b.Quote(sb).GetCpuDuration().AsDuration()
		n := rapid.IntRange(0, 8).Draw(t, "receipts")
		for range n {
			cpu := time.Duration(rapid.Int64Range(-1, int64(time.Hour)).Draw(t, "cpu"))
			if err := b.Learn(sb, receipt(cpu, rapid.Int32Range(0, 5).Draw(t, "rendered"), rapid.Int32Range(0, 5).Draw(t, "reused"))); err != nil {
				t.Fatal(err)
			}
		}
		q := b.Quote(sb)
		cpu, most := q.GetCpuDuration().AsDuration(), q.GetMaxCpuDuration().AsDuration()
		if cpu < 0 || most < cpu || cpu > 100_000*base {
			t.Fatalf("quote of %v to %v, the model says %v", cpu, most, base)
		}
	})
}

func TestHostSpeed(t *testing.T) {
	if s := hostSpeed(); s < 0.1 || s > 20 {
		t.Errorf("speed %v", s)
	}
}

func FuzzRead(f *testing.F) {
	f.Add([]byte(`{"h264":{"bias":0.1,"spread":0.2,"count":3}}`))
	f.Add([]byte(`{"h264":{"bias":1e300}}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		b := &Book{speed: func() float64 { return 1 }, lessons: read(text)}
		if cpu := b.Quote(board(64, 64, time.Second, nil)).GetCpuDuration().AsDuration(); cpu < 0 {
			t.Errorf("quote %v", cpu)
		}
	})
}

func BenchmarkExercise(b *testing.B) {
	for b.Loop() {
		exercise()
	}
}
