package retry

import (
	"testing"
	"time"
)

func TestBoundGrowsToTheCap(t *testing.T) {
	tests := []struct {
		name   string
		policy Policy
		want   []time.Duration
	}{
		{"template A", TemplateA(), []time.Duration{1e9, 3e9, 9e9, 27e9, 60e9, 60e9}},
		{"template B", TemplateB(), []time.Duration{1e9, 2e9, 4e9, 8e9, 16e9, 32e9, 64e9, 64e9}},
	}
	for _, tt := range tests {
		for i, want := range tt.want {
			if got := tt.policy.Bound(i + 1); got != want {
				t.Errorf("%s: Bound(%d) = %v, want %v", tt.name, i+1, got, want)
			}
		}
	}
	if got := TemplateA().Bound(100000); got != time.Minute {
		t.Errorf("Bound far out = %v, want the cap", got)
	}
}

func TestWaitIsAShareOfTheBound(t *testing.T) {
	p := TemplateA()
	for _, share := range []float64{0, 0.5, 0.999} {
		got := p.Wait(2, func() float64 { return share })
		if want := time.Duration(share * float64(3*time.Second)); got != want {
			t.Errorf("Wait with %v = %v, want %v", share, got, want)
		}
	}
}
