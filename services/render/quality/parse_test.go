package quality

import (
	"bytes"
	"testing"
	"time"
)

// TestParseSound reads what ffmpeg 5 to 7 write.
func TestParseSound(t *testing.T) {
	got := parseSound(`[silencedetect @ 0x55] [info] silence_start: -0.01
[silencedetect @ 0x55] [info] silence_end: 1.5 | silence_duration: 1.5
[Parsed_ebur128_7 @ 0x56] [info] Summary:

  Integrated loudness:
    I:         -14.2 LUFS
    Threshold: -24.2 LUFS

  True peak:
    Peak:       -2.5 dBFS
[silencedetect @ 0x55] [info] silence_start: 3
`)
	if got.lufs == nil || *got.lufs != -14.2 || got.peak == nil || *got.peak != -2.5 {
		t.Errorf("loudness %v, peak %v", got.lufs, got.peak)
	}
	if len(got.silent) != 2 || got.silent[0] != (span{0, 1500 * time.Millisecond}) || got.silent[1].start != 3*time.Second {
		t.Errorf("silent: %v, want from 0 to 1.5 s, and from 3 s to the end", got.silent)
	}
}

func FuzzParseSound(f *testing.F) {
	f.Add("silence_start: 1\nsilence_end: 2 | x\n  I: -inf LUFS\n Peak: nan dBFS\n")
	f.Add("silence_end: 9\nsilence_start: 1e300\nI:\n")
	f.Fuzz(func(t *testing.T, text string) {
		s := parseSound(text)
		for _, one := range s.silent {
			if one.start < 0 || one.end < one.start {
				t.Errorf("span %v", one)
			}
		}
		for _, x := range []*float64{s.lufs, s.peak} {
			if x != nil && !(*x >= -120 && *x <= 120) {
				t.Errorf("level %v", *x)
			}
		}
	})
}

func FuzzHeadFirst(f *testing.F) {
	f.Add([]byte("\x00\x00\x00\x10ftypisom\x00\x00\x00\x00\x00\x00\x00\x08moov"))
	f.Add([]byte("\x00\x00\x00\x01free\x00\x00\x00\x00\x00\x00\x00\x10\x00\x00\x00\x08mdat"))
	f.Add([]byte("\x00\x00\x00\x01free\xff\xff\xff\xff\xff\xff\xff\xff"))
	f.Fuzz(func(t *testing.T, data []byte) {
		if early, known := headFirst(bytes.NewReader(data)); early && !known {
			t.Error("early, but not known")
		}
	})
}

// TestLikeness compares a picture with itself, with a coarse copy and with another.
func TestLikeness(t *testing.T) {
	const w, h = 64, 48
	a, coarse, other := make([]byte, w*h), make([]byte, w*h), make([]byte, w*h)
	for i := range a {
		x, y := i%w, i/w
		a[i] = byte((x*7)^(y*5)) & 0xf0
		coarse[i] = a[i] + byte(i%3)
		other[i] = byte((x*y)%251) ^ 0x5a
	}
	if s := ssim(a, a, w, h); s < 0.9999 {
		t.Errorf("a picture and itself: %v", s)
	}
	if s := ssim(a, coarse, w, h); s < likeWarn {
		t.Errorf("a picture and a coarse copy: %v", s)
	}
	if s := ssim(a, other, w, h); s > likeFail {
		t.Errorf("a picture and another: %v", s)
	}
}

func TestShrink(t *testing.T) {
	if got, want := Shrink([]byte{0, 0, 90, 90, 60, 60, 30, 30}, 4, 2, 2, 1), []byte{30, 60}; !bytes.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}
