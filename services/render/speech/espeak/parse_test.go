package espeak

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestWAVRoundTrip(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a.wav")
	want := wav{rate: 22050, samples: []int16{0, 1, -1, 32767, -32768}}
	if err := writeWAV(path, want); err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	got, err := parseWAV(data)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got, cmp.AllowUnexported(wav{})); diff != "" {
		t.Errorf("sound (-want +got):\n%s", diff)
	}
}

func TestTrim(t *testing.T) {
	sound := wav{rate: 800, samples: make([]int16, 100)} // margin 10
	for i := 40; i < 50; i++ {
		sound.samples[i] = 1000
	}
	if got := len(trim(sound)); got != 30 {
		t.Errorf("%d samples are left, want 30", got)
	}
	if got := trim(wav{rate: 800, samples: make([]int16, 100)}); got != nil {
		t.Errorf("%d samples of silence are left", len(got))
	}
}

func FuzzParseWAV(f *testing.F) {
	f.Add([]byte("RIFF\x00\x00\x00\x00WAVEfmt \x10\x00\x00\x00\x01\x00\x01\x00\x22\x56\x00\x00\x44\xac\x00\x00\x02\x00\x10\x00data\xff\xff\xff\x7f\x01\x00\x02"))
	f.Add([]byte("RIFF\x00\x00\x00\x00WAVELIST\xff\xff\xff\xffx"))
	f.Fuzz(func(t *testing.T, data []byte) {
		sound, err := parseWAV(data)
		if err == nil && (sound.rate < 4000 || 2*len(sound.samples) > len(data)) {
			t.Errorf("rate %d, %d samples of %d bytes", sound.rate, len(sound.samples), len(data))
		}
	})
}

func FuzzParseVoices(f *testing.F) {
	f.Add("Pty Language       Age/Gender VoiceName          File                 Other Languages\n 2  en-gb           --/M      English_(Great_Britain) gmw/en               (en 2)(x 3)\n")
	f.Fuzz(func(t *testing.T, table string) {
		for name := range parseVoices(table) {
			if name == "" || strings.HasPrefix(name, "-") || strings.ContainsAny(name, "/. \x00") {
				t.Errorf("voice %q", name)
			}
		}
	})
}
