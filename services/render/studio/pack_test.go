package studio

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/sheetreel/sheetreel/services/render/speech"
)

func TestPack(t *testing.T) {
	dir := t.TempDir()
	in, packed, out := filepath.Join(dir, "in"), filepath.Join(dir, "packed"), filepath.Join(dir, "out")
	if err := os.WriteFile(in, []byte("RIFF"), 0o600); err != nil {
		t.Fatal(err)
	}
	want := speech.Utterance{SampleRate: 22050, Duration: time.Second, Words: []speech.Word{{Text: "猫", End: time.Second}}}
	if err := pack(packed, want, in); err != nil {
		t.Fatal(err)
	}
	var got speech.Utterance
	if err := unpack(packed, &got, out); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("facts (-want +got):\n%s", diff)
	}
	if data, err := os.ReadFile(out); err != nil || string(data) != "RIFF" {
		t.Errorf("file holds %q, %v", data, err)
	}
}

func FuzzReadFacts(f *testing.F) {
	f.Add([]byte("\x00\x00\x00\x02{}RIFF"))
	f.Add([]byte("\xff\xff\xff\xff"))
	f.Add([]byte("\x00\x00\x00\x09{}"))
	f.Fuzz(func(t *testing.T, data []byte) {
		var u speech.Utterance
		r := bytes.NewReader(data)
		if err := readFacts(r, &u); err == nil && r.Len() > len(data)-4 {
			t.Error("facts were read from nothing")
		}
	})
}
