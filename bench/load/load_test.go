package load

import (
	"encoding/json"
	"testing"
)

func TestTally(t *testing.T) {
	for _, c := range []struct {
		name string
		done []int
		ok   bool
	}{
		{"each once", []int{2, 0, 1}, true},
		{"one never", []int{2, 0}, false},
		{"one twice", []int{2, 0, 1, 1}, false},
		{"one twice instead of another", []int{2, 0, 0}, false},
		{"one of others", []int{2, 0, 3}, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			tally := NewTally(3)
			for _, i := range c.done {
				tally.Done(i)
			}
			if err := tally.Check(); (err == nil) != c.ok {
				t.Errorf("Check: %v; want success: %v", err, c.ok)
			}
		})
	}
}

func TestPayloadIsAboutTwoHundredBytes(t *testing.T) {
	raw, err := json.Marshal(map[string]string{"t": Title(12345), "s": Script})
	if err != nil {
		t.Fatal(err)
	}
	if n := len(raw); n < 190 || n > 210 {
		t.Errorf("%d bytes", n)
	}
}
