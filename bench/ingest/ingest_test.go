package main

import (
	"bytes"
	"testing"

	"github.com/sheetreel/sheetreel/bench/measure"
)

func TestReadingSeesEveryRow(t *testing.T) {
	rounds := &measure.Rounds[outcome]{}
	if err := reading(t.Context(), rounds, 300); err != nil {
		t.Fatal(err)
	}
	if got := len(rounds.Systems()); got != 4 {
		t.Errorf("%d readers took part, want 4", got)
	}
}

func TestContentIsTheSameEachTime(t *testing.T) {
	var a, b bytes.Buffer
	if err := csvOf(&a, 50); err != nil {
		t.Fatal(err)
	}
	if err := csvOf(&b, 50); err != nil {
		t.Fatal(err)
	}
	if a.String() != b.String() {
		t.Error("two files differ")
	}
	seen := map[string]int{}
	for i := range 5000 {
		if other, again := seen[row(i)[1]+row(i)[2]]; again {
			t.Fatalf("rows %d and %d say the same", other, i)
		}
		seen[row(i)[1]+row(i)[2]] = i
	}
}
