package ring

import (
	"slices"
	"testing"

	"pgregory.net/rapid"
)

func list(q *Queue[int]) []int {
	var all []int
	for i := range q.Len() {
		all = append(all, *q.At(i))
	}
	return all
}

// A queue is a list.
func TestAQueueIsAList(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var q Queue[int]
		var want []int
		next := 0
		t.Repeat(map[string]func(*rapid.T){
			"push": func(t *rapid.T) {
				for range rapid.IntRange(1, 20).Draw(t, "how many") {
					next++
					q.Push(next)
					want = append(want, next)
				}
			},
			"drop": func(t *rapid.T) {
				n := rapid.IntRange(0, len(want)).Draw(t, "how many")
				q.Drop(n)
				want = want[n:]
			},
			"remove": func(t *rapid.T) {
				if len(want) == 0 {
					return
				}
				i := rapid.IntRange(0, len(want)-1).Draw(t, "which")
				q.Remove(i)
				want = slices.Delete(want, i, i+1)
			},
			"trim": func(t *rapid.T) {
				q.Trim()
				if q.Room() > max(4*len(want), 2*smallest) {
					t.Fatalf("room for %d, %d are needed", q.Room(), len(want))
				}
			},
			"": func(t *rapid.T) {
				if got := list(&q); !slices.Equal(got, want) || q.Len() > 0 && *q.Last() != want[len(want)-1] {
					t.Fatalf("%v, want %v", got, want)
				}
			},
		})
	})
}

func TestASteadyQueueAllocatesNothing(t *testing.T) {
	var q Queue[int]
	for i := range 100 {
		q.Push(i)
	}
	if n := testing.AllocsPerRun(1000, func() {
		q.Push(1)
		q.Drop(1)
	}); n != 0 {
		t.Errorf("%v allocations, want none", n)
	}
}
