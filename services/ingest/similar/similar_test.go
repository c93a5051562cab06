package similar_test

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/sheetreel/sheetreel/services/ingest/similar"
)

const honey = "Honey holds so little water that bacteria dry out before they can grow. Bees also add an enzyme that makes it acidic. Keep the lid closed, and it lasts for decades."

func TestAlike(t *testing.T) {
	for name, c := range map[string]struct {
		text string
		want bool
	}{
		"the same":           {honey, true},
		"case and spaces":    {"  " + strings.ToUpper(strings.ReplaceAll(honey, " ", "\n")), true},
		"one word more":      {honey + " Enjoy!", true},
		"one word other":     {strings.Replace(honey, "decades", "centuries", 1), true},
		"another sentence":   {strings.Replace(honey, "Keep the lid closed, and it lasts for decades.", "Nobody knows who found out first, but it was long ago.", 1), false},
		"another text":       {"If a task takes less than two minutes, do it now. Writing it down costs more time than finishing it.", false},
		"too short to tell":  {"Honey holds so little water", false},
		"nothing whatsoever": {"", false},
	} {
		t.Run(name, func(t *testing.T) {
			index := similar.New(0.85)
			if _, _, found := index.Add(7, honey); found {
				t.Fatal("the first text is similar to nothing")
			}
			other, similarity, found := index.Add(9, c.text)
			if found != c.want {
				t.Fatalf("found %v (%d, %v), want %v", found, other, similarity, c.want)
			}
			if found && (other != 7 || similarity < 0.85 || similarity > 1) {
				t.Errorf("text %d with similarity %v", other, similarity)
			}
		})
	}
}

// word makes one of many words.
func word(r *rand.Rand) string {
	const letters = "abcdefghijklmnopqrstuvwxyz"
	b := make([]byte, 3+r.IntN(7))
	for i := range b {
		b[i] = letters[r.IntN(len(letters))]
	}
	return string(b)
}

func TestNearOnesAreFoundAmongMany(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	index := similar.New(0.85)
	const texts = 3000
	all := make([][]string, texts)
	for i := range all {
		for range 40 {
			all[i] = append(all[i], word(r))
		}
		if other, s, found := index.Add(i, strings.Join(all[i], " ")); found {
			t.Fatalf("text %d is said to be like %d (%v)", i, other, s)
		}
	}
	missed := 0
	for i := range 500 {
		words := append([]string(nil), all[i]...)
		words[r.IntN(len(words))] = word(r) // about 0.95 alike
		other, _, found := index.Add(texts+i, strings.Join(words, " "))
		if !found {
			missed++
		} else if other != i {
			t.Errorf("text %d is said to be like %d", i, other)
		}
	}
	if missed > 5 {
		t.Errorf("%d of 500 near texts were missed", missed)
	}
}

func BenchmarkAdd(b *testing.B) {
	r := rand.New(rand.NewPCG(1, 2))
	texts := make([]string, 1000)
	for i := range texts {
		words := make([]string, 60)
		for j := range words {
			words[j] = word(r)
		}
		texts[i] = strings.Join(words, " ")
	}
	index := similar.New(0.85)
	i := 0
	for b.Loop() {
		index.Add(i, fmt.Sprint(i, texts[i%len(texts)]))
		i++
	}
}

func FuzzAdd(f *testing.F) {
	f.Add(honey, honey)
	f.Add(strings.Repeat("a", 100), "\xff")
	f.Fuzz(func(t *testing.T, a, b string) {
		index := similar.New(0.85)
		index.Add(1, a)
		if _, s, found := index.Add(2, b); found && (s < 0.85 || s > 1) {
			t.Errorf("similarity %v", s)
		}
		if _, s, found := index.Add(3, a); found && s > 1 {
			t.Errorf("similarity %v", s)
		}
	})
}
