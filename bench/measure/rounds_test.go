package measure

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestRounds(t *testing.T) {
	var r Rounds[float64]
	itself := func(v float64) float64 { return v }
	for _, round := range []struct{ fast, slow float64 }{{8, 4}, {90, 30}, {5, 5}} { // the second one had a fast machine
		r.Add("fast", round.fast)
		r.Add("slow", round.slow)
	}
	if got, want := r.Median("fast", itself), 8.0; got != want {
		t.Errorf("median %v, want %v", got, want)
	}
	if got, want := r.Ratio("fast", "slow", itself), 2.0; got != want {
		t.Errorf("ratio %v, want %v: the median of 2, 3 and 1", got, want)
	}
	if diff := cmp.Diff([]string{"fast", "slow"}, r.Systems()); diff != "" {
		t.Errorf("systems (-want +got):\n%s", diff)
	}
}
