package durable

import (
	"errors"
	"math"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"github.com/sheetreel/sheetreel/services/ratelimit/decide"
	"github.com/sheetreel/sheetreel/services/ratelimit/engine"
	"github.com/sheetreel/sheetreel/services/ratelimit/memory"
	"github.com/sheetreel/sheetreel/services/ratelimit/rule"
)

var (
	sameZone = cmp.Comparer(func(a, b *time.Location) bool { return a.String() == b.String() && (a == nil) == (b == nil) })
	asSaved  = cmp.Options{sameZone, cmpopts.EquateEmpty()}
)

func berlin(t testing.TB) *time.Location {
	t.Helper()
	zone, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Fatal(err)
	}
	return zone
}

func instants() *rapid.Generator[decide.Instant] {
	return rapid.Custom(func(t *rapid.T) decide.Instant { return decide.Instant(rapid.Int64().Draw(t, "instant")) })
}

func TestCountersComeBackAsTheyWere(t *testing.T) {
	zone := berlin(t)
	rapid.Check(t, func(t *rapid.T) {
		c := memory.Saved{
			Place: engine.Place{Rule: "user", Key: rapid.String().Draw(t, "key")},
			Tag:   rapid.String().Draw(t, "tag"),
			Limit: rule.Limit{
				Rule: "user", Algorithm: rapid.SampledFrom([]rule.Algorithm{rule.SlidingLog, rule.Calendar}).Draw(t, "algorithm"),
				Capacity: rapid.Int64Min(1).Draw(t, "capacity"), Period: time.Duration(rapid.Int64Min(1).Draw(t, "period")), Unit: rule.Day,
			},
			Learned: rapid.Int64().Draw(t, "learned"),
			State: decide.State{
				Seen: instants().Draw(t, "seen"), Closed: instants().Draw(t, "closed"), Began: instants().Draw(t, "began"),
				End: instants().Draw(t, "end"), Used: rapid.Int64().Draw(t, "used"), Before: rapid.Int64().Draw(t, "before"),
				Entries: rapid.SliceOf(rapid.Custom(func(t *rapid.T) decide.Entry {
					return decide.Entry{At: instants().Draw(t, "at"), Due: instants().Draw(t, "due"), Cost: rapid.Int64().Draw(t, "cost")}
				})).Draw(t, "entries"),
			},
		}
		if c.Limit.Algorithm == rule.Calendar {
			c.Limit.Zone = zone
		}
		got, err := decodeCounter(c.Place, encodeCounter(c))
		if diff := cmp.Diff(c, got, asSaved); diff != "" || err != nil {
			t.Fatalf("%v, (-want +got):\n%s", err, diff)
		}
	})
}

func charge() memory.SavedCharge {
	return memory.SavedCharge{
		Charge: engine.Charge{Series: "abc", Number: math.MaxUint64}, ID: "once", Sum: math.MaxUint64 - 1, Granted: 7,
		Ends: 1_795_000_000_123_456_789, Reserved: true, Lines: []memory.SavedLine{
			{Place: engine.Place{Rule: "user", Key: "user=\xff"}, Receipt: decide.Receipt{Mark: -5, Cost: 7}},
			{Place: engine.Place{Rule: "all"}, Receipt: decide.Receipt{Mark: 5, Cost: 7}},
		},
	}
}

func TestChargesComeBackAsTheyWere(t *testing.T) {
	committed := memory.SavedCharge{Charge: engine.Charge{Series: "abc", Number: 1}, Committed: true}
	for _, c := range []memory.SavedCharge{charge(), committed} {
		got, err := decodeCharge(encodeCharge(c))
		if diff := cmp.Diff(c, got); diff != "" || err != nil {
			t.Errorf("%v, (-want +got):\n%s", err, diff)
		}
	}
}

func TestDamagedStatesAreRefused(t *testing.T) {
	counter := encodeCounter(memory.Saved{
		Limit: rule.Limit{Algorithm: rule.SlidingLog, Capacity: 60, Period: time.Minute},
		State: decide.State{Entries: []decide.Entry{{At: 1, Cost: 1}}},
	})
	reserved := encodeCharge(charge())
	for cut := range counter {
		if _, err := decodeCounter(engine.Place{}, counter[:cut]); !errors.Is(err, errState) {
			t.Errorf("a counter cut at %d of %d: %v", cut, len(counter), err)
		}
	}
	for cut := range reserved {
		if _, err := decodeCharge(reserved[:cut]); !errors.Is(err, errState) {
			t.Errorf("a charge cut at %d of %d: %v", cut, len(reserved), err)
		}
	}
	counter[0], reserved[0] = version+1, version+1
	if _, err := decodeCounter(engine.Place{}, counter); !errors.Is(err, errState) {
		t.Errorf("a counter of another version: %v", err)
	}
	if _, err := decodeCharge(append(reserved, 0)); !errors.Is(err, errState) {
		t.Errorf("a charge of another version: %v", err)
	}
	nowhere := encodeCounter(memory.Saved{Limit: rule.Limit{Algorithm: rule.Calendar, Capacity: 1, Unit: rule.Day, Zone: time.FixedZone("Nowhere/Land", 0)}})
	endless := encodeCounter(memory.Saved{Limit: rule.Limit{Algorithm: rule.SlidingLog, Capacity: 1}})
	unknown := encodeCounter(memory.Saved{Limit: rule.Limit{Algorithm: "guess", Capacity: 1, Period: 1}})
	for what, state := range map[string][]byte{"an unknown zone": nowhere, "no period": endless, "an unknown algorithm": unknown} {
		if _, err := decodeCounter(engine.Place{}, state); err == nil {
			t.Errorf("a counter of %s was read", what)
		}
	}
}

// Whatever stands in the database, reading it neither panics nor asks for much memory, and what is read is written again
// as the same thing.
func FuzzDecode(f *testing.F) {
	f.Add(encodeCharge(charge()))
	f.Add(encodeCounter(memory.Saved{
		Tag: "demo", Limit: rule.Limit{Algorithm: rule.TokenBucket, Capacity: 300, Period: time.Minute},
		State: decide.State{Seen: 5, Entries: []decide.Entry{{At: 1, Due: 9}, {At: 2, Due: 10}}},
	}))
	f.Add([]byte{version})
	f.Fuzz(func(t *testing.T, state []byte) {
		place := engine.Place{Rule: "r", Key: "k"}
		if c, err := decodeCounter(place, state); err == nil {
			again, err := decodeCounter(place, encodeCounter(c))
			if diff := cmp.Diff(c, again, asSaved); diff != "" || err != nil {
				t.Errorf("counter: %v, (-first +second):\n%s", err, diff)
			}
		}
		if c, err := decodeCharge(state); err == nil {
			again, err := decodeCharge(encodeCharge(c))
			if diff := cmp.Diff(c, again, asSaved); diff != "" || err != nil {
				t.Errorf("charge: %v, (-first +second):\n%s", err, diff)
			}
		}
	})
}
