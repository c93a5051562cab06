package studio

import (
	"errors"
	"fmt"
	"math"
	"strings"
	"testing"

	"github.com/sheetreel/sheetreel/services/render/studio/encode"
)

func TestStalledEncoderHasASecondTry(t *testing.T) {
	stalled, broken := fmt.Errorf("ffmpeg: %w", encode.ErrStalled), errors.New("broken")
	for _, tc := range []struct {
		name  string
		tries []error
		want  error
	}{
		{"works", []error{nil}, nil},
		{"works then", []error{stalled, nil}, nil},
		{"stalls again", []error{stalled, stalled}, stalled},
		{"is broken", []error{broken}, broken},
		{"is broken then", []error{stalled, broken}, broken},
	} {
		n, told := 0, 0
		err := unstuck(func() error { n++; return tc.tries[n-1] }, func(error) { told++ })
		if !errors.Is(err, tc.want) || n != len(tc.tries) || told != n-1 {
			t.Errorf("%s: %v after %d tries, told %d times", tc.name, err, n, told)
		}
	}
}

func TestFullDisk(t *testing.T) {
	p := encode.Picture{Width: 1080, Height: 1920, Rate: 30}
	if err := checkDisk(t.TempDir(), p, 1); err != nil {
		t.Errorf("one frame: %v", err)
	}
	if err := checkDisk(t.TempDir(), p, math.MaxInt32); err == nil || !strings.Contains(err.Error(), "--scratch") {
		t.Errorf("two years: %v", err)
	}
}
