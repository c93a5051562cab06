package memory

import (
	"testing"

	"github.com/sheetreel/sheetreel/services/ratelimit/engine"
	"github.com/sheetreel/sheetreel/services/ratelimit/engine/enginetest"
)

// A restart loads all that was handed over at the end.
func TestConformance(t *testing.T) {
	enginetest.Run(t, enginetest.Harness{
		New: func(_ testing.TB, clock *enginetest.Clock) engine.Engine { return New(Config{Clock: clock.Now}) },
		Restart: func(_ testing.TB, before engine.Engine, clock *enginetest.Clock) engine.Engine {
			var counters []Saved
			var charges []SavedCharge
			before.(*Engine).Dirty(1<<20, func(s Saved) { counters = append(counters, s) },
				func(s SavedCharge) { charges = append(charges, s) })
			after := New(Config{Clock: clock.Now})
			after.Load(counters, charges, Gap{})
			return after
		},
	})
}
