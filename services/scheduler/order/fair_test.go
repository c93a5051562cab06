package order

import (
	"testing"
	"time"

	"google.golang.org/protobuf/types/known/durationpb"

	ingestv1 "github.com/sheetreel/sheetreel/gen/sheetreel/ingest/v1"
)

var noon = time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)

func TestNext(t *testing.T) {
	tests := map[string]struct {
		lane  Lane
		clock Clock
		want  time.Time
		ahead time.Time // the clock afterwards
	}{
		"the first of all begins at the present": {clock: Clock{Idle: true}, want: noon, ahead: noon.Add(-time.Millisecond)},
		"a newcomer stands at the clock":         {clock: Clock{Claimed: noon.Add(time.Hour)}, want: noon.Add(time.Hour), ahead: noon.Add(time.Hour)},
		"nobody before the horizon":              {clock: Clock{Claimed: noon.Add(-time.Hour)}, want: noon.Add(-Horizon), ahead: noon.Add(-time.Hour)},
		"a lane goes on where it ends": {
			lane: Lane{Finish: noon.Add(2 * time.Hour)}, clock: Clock{Claimed: noon.Add(time.Hour)},
			want: noon.Add(2 * time.Hour), ahead: noon.Add(time.Hour),
		},
		"the clock never runs back": {
			clock: Clock{Idle: true, Claimed: noon.Add(time.Hour)}, want: noon.Add(time.Hour), ahead: noon.Add(time.Hour),
		},
		"after a pause the clock stands before the first": {
			lane: Lane{Finish: noon.Add(time.Minute)}, clock: Clock{Idle: true, Claimed: noon.Add(-time.Hour)},
			want: noon.Add(time.Minute), ahead: noon.Add(time.Minute - time.Millisecond),
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			got := test.lane.Next(&test.clock, noon)
			if !got.Equal(test.want) || !test.clock.Claimed.Equal(test.ahead) || test.clock.Idle {
				t.Errorf("queued at %v, clock %+v; want %v, %v", got, test.clock, test.want, test.ahead)
			}
		})
	}
}

func TestShare(t *testing.T) {
	s := Sharing{Weights: map[string]float64{"projects/demo/users/ada": 3}}
	if got := s.Share("demo", "ada", 30*time.Second); got != 10*time.Second {
		t.Errorf("share of weight 3: %v, want 10s", got)
	}
	if got := s.Share("other", "ada", 30*time.Second); got != 30*time.Second {
		t.Errorf("share of another project's ada: %v, want 30s", got)
	}
}

func TestCost(t *testing.T) {
	if got := Cost(&ingestv1.Idea{Duration: durationpb.New(45 * time.Second)}); got != 45*time.Second {
		t.Errorf("cost of 45 s: %v", got)
	}
	if got := Cost(&ingestv1.Idea{}); got != usualCost {
		t.Errorf("cost of an idea without duration: %v, want %v", got, usualCost)
	}
}

func TestClockKey(t *testing.T) {
	at := noon.Add(time.Hour)
	if got := (Clock{Claimed: noon.Add(-time.Hour)}).Key(at, noon); got != at.UnixMilli() {
		t.Errorf("key while the clock is behind: %v, want the time itself", time.UnixMilli(got))
	}
	if got := (Clock{Claimed: noon.Add(3 * time.Hour)}).Key(at, noon); got != at.Add(3*time.Hour).UnixMilli() {
		t.Errorf("key while the clock is 3 h ahead: %v, want 3 h later", time.UnixMilli(got))
	}
}

func TestSharingValidate(t *testing.T) {
	tests := map[string]struct {
		in   Sharing
		want string
	}{
		"nothing":   {Sharing{}, ""},
		"a weight":  {Sharing{Policy: "fair", Weights: map[string]float64{"projects/demo/users/ada@x.org": 0.5}}, ""},
		"a policy":  {Sharing{Policy: "lifo"}, `order-policy: "lifo" is neither fifo nor fair`},
		"a name":    {Sharing{Weights: map[string]float64{"ada": 1}}, `order-weight: "ada" is not of the form projects/PROJECT/users/USER`},
		"no weight": {Sharing{Weights: map[string]float64{"projects/demo/users/ada": 0}}, "order-weight: projects/demo/users/ada: 0 is not between 0.001 and 1000"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			err := test.in.Validate()
			if got := errorText(err); got != test.want {
				t.Errorf("error = %q, want %q", got, test.want)
			}
		})
	}
}

func errorText(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}
