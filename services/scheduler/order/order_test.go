package order

import (
	"testing"
	"time"

	"pgregory.net/rapid"

	ingestv1 "github.com/sheetreel/sheetreel/gen/sheetreel/ingest/v1"
)

var offsets = Offsets{Urgent: 0, Normal: 4 * time.Hour, Low: 6 * time.Hour}

func TestKeyOrders(t *testing.T) {
	base := time.Date(2026, 11, 1, 12, 0, 0, 0, time.UTC)
	tests := []struct {
		name          string
		first, second ingestv1.Priority
		later         time.Duration // the second is queued so much later
	}{
		{"first in, first out", ingestv1.Priority_NORMAL, ingestv1.Priority_NORMAL, time.Millisecond},
		{"low before normal after two hours", ingestv1.Priority_LOW, ingestv1.Priority_NORMAL, 2*time.Hour + time.Second},
		{"normal before urgent after four hours", ingestv1.Priority_NORMAL, ingestv1.Priority_URGENT, 4*time.Hour + time.Second},
		{"urgent before an older normal", ingestv1.Priority_URGENT, ingestv1.Priority_NORMAL, -3 * time.Hour},
	}
	for _, tt := range tests {
		if offsets.Key(base, tt.first) >= offsets.Key(base.Add(tt.later), tt.second) {
			t.Errorf("%s: the second goes first", tt.name)
		}
	}
}

// The stored key orders as a queue would that re-scores everything at each moment by age minus offset.
func TestKeyIsAgeing(t *testing.T) {
	base := time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC)
	priority := rapid.SampledFrom([]ingestv1.Priority{ingestv1.Priority_URGENT, ingestv1.Priority_NORMAL, ingestv1.Priority_LOW})
	offset := map[ingestv1.Priority]time.Duration{
		ingestv1.Priority_URGENT: offsets.Urgent, ingestv1.Priority_NORMAL: offsets.Normal, ingestv1.Priority_LOW: offsets.Low,
	}
	rapid.Check(t, func(t *rapid.T) {
		a := base.Add(time.Duration(rapid.Int64Range(0, 1e8).Draw(t, "a")) * time.Millisecond)
		b := base.Add(time.Duration(rapid.Int64Range(0, 1e8).Draw(t, "b")) * time.Millisecond)
		pa, pb := priority.Draw(t, "pa"), priority.Draw(t, "pb")
		now := base.Add(time.Duration(rapid.Int64Range(1e8, 2e8).Draw(t, "now")) * time.Millisecond)
		scoreA, scoreB := now.Sub(a)-offset[pa], now.Sub(b)-offset[pb]
		if (scoreA > scoreB) != (offsets.Key(a, pa) < offsets.Key(b, pb)) {
			t.Fatalf("key disagrees with ageing: %v %v and %v %v at %v", a, pa, b, pb, now)
		}
	})
}
