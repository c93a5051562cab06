package measure

import (
	"testing"
	"time"
)

func TestPercentile(t *testing.T) {
	hundred := make([]int, 100)
	for i := range hundred {
		hundred[99-i] = i
	}
	for _, c := range []struct {
		name   string
		values []int
		p      float64
		want   int
	}{
		{"the only one", []int{7}, 0.99, 7},
		{"the upper one of two", []int{2, 1}, 0.5, 2},
		{"the middle one", []int{3, 1, 2}, 0.5, 2},
		{"all but one of a hundred are below", hundred, 0.99, 99},
		{"everything is below", hundred, 1, 99},
	} {
		t.Run(c.name, func(t *testing.T) {
			before := c.values[0]
			if got := Percentile(c.values, c.p); got != c.want {
				t.Errorf("got %d; want %d", got, c.want)
			}
			if c.values[0] != before {
				t.Error("the caller's values were sorted")
			}
		})
	}
}

func TestGoalString(t *testing.T) {
	for want, g := range map[string]Goal{
		"goal speed: 2.35 (want >= 2)":  {Name: "speed", Value: 2.349, AtLeast: 2},
		"goal flat: 1.00 (want <= 1.2)": {Name: "flat", Value: 1, AtMost: 1.2},
		"goal none: 0.00 (want <= 0)":   {Name: "none"},
	} {
		if got := g.String(); got != want {
			t.Errorf("got %q; want %q", got, want)
		}
	}
}

func TestSpan(t *testing.T) {
	s := Span{Jobs: 500, Wall: 250 * time.Millisecond, Client: 5 * time.Millisecond, Server: 10 * time.Millisecond}
	if got, want := s.String(), "   2000/s (CPU a job: 10 us here + 20 us server)"; got != want {
		t.Errorf("got %q; want %q", got, want)
	}
}

func TestClockCountsBothSides(t *testing.T) {
	server := time.Second
	c := Begin(func() time.Duration { return server })
	server += 3 * time.Second
	s := c.EndAt(7, c.start.Add(2*time.Second))
	if s.Jobs != 7 || s.Wall != 2*time.Second || s.Server != 3*time.Second || s.Client < 0 {
		t.Errorf("got %+v", s)
	}
}
