package tree

import (
	"testing"
	"time"
)

func TestParseStat(t *testing.T) {
	const rest = " S 7 42 42 0 -1 4194304 1 2 3 4 25 50 6 7 20 0 1 0"
	for text, want := range map[string]proc{
		"42 (ffmpeg)" + rest:        {id: 42, parent: 7, cpu: 750 * time.Millisecond},
		"42 (a) b (c 1 2 3)" + rest: {id: 42, parent: 7, cpu: 750 * time.Millisecond},
		"":                          {},
		"42 (ffmpeg) S 7":           {},
		"x (ffmpeg)" + rest:         {},
		")(":                        {},
	} {
		got, ok := parseStat(text)
		if ok != (want.id > 0) || ok && got != want {
			t.Errorf("%q: %+v, %v", text, got, ok)
		}
	}
}
