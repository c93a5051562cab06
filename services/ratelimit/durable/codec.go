package durable

import (
	"encoding/binary"
	"errors"
	"fmt"
	"time"

	"github.com/sheetreel/sheetreel/services/ratelimit/decide"
	"github.com/sheetreel/sheetreel/services/ratelimit/engine"
	"github.com/sheetreel/sheetreel/services/ratelimit/memory"
	"github.com/sheetreel/sheetreel/services/ratelimit/rule"
)

// version is the first byte of every state. A change of what follows is a new version.
const version = 1

// errState means that bytes are no state. They were cut or damaged, or a newer Sheetreel wrote them.
var errState = errors.New("not a state that this version can read")

// encodeCounter is the state of a counter, without its place: variable-length integers, and the times of entries as
// differences, so that a log takes about ten bytes a grant.
func encodeCounter(c memory.Saved) []byte {
	w := writer{binary.AppendUvarint(make([]byte, 0, 64+10*len(c.State.Entries)), version)}
	w.text(c.Tag)
	w.text(string(c.Limit.Algorithm))
	w.number(c.Limit.Capacity)
	w.number(int64(c.Limit.Period))
	w.text(string(c.Limit.Unit))
	zone := ""
	if c.Limit.Zone != nil {
		zone = c.Limit.Zone.String()
	}
	w.text(zone)
	w.number(c.Learned)
	s := c.State
	for _, n := range []int64{int64(s.Seen), int64(s.Closed), int64(s.Began), int64(s.End), s.Used, s.Before, int64(len(s.Entries))} {
		w.number(n)
	}
	var before decide.Entry
	for _, e := range s.Entries {
		w.number(int64(e.At - before.At)) // may wrap, and wraps back
		w.number(int64(e.Due - before.Due))
		w.number(e.Cost)
		before = e
	}
	return w.to
}

func decodeCounter(place engine.Place, state []byte) (memory.Saved, error) {
	c := memory.Saved{Place: place}
	r := reader{from: state}
	if number(&r, binary.Uvarint) != version {
		return c, errState
	}
	c.Tag = r.text()
	c.Limit = rule.Limit{Rule: place.Rule, Algorithm: rule.Algorithm(r.text()), Capacity: r.number(), Period: time.Duration(r.number()), Unit: rule.Unit(r.text())}
	zone := r.text()
	c.Learned = r.number()
	c.State = decide.State{
		Seen: r.instant(), Closed: r.instant(), Began: r.instant(), End: r.instant(), Used: r.number(), Before: r.number(),
	}
	c.State.Entries = make([]decide.Entry, r.count(3))
	var e decide.Entry
	for i := range c.State.Entries {
		e.At += r.instant()
		e.Due += r.instant()
		e.Cost = r.number()
		c.State.Entries[i] = e
	}
	if r.failed || len(r.from) > 0 || !countable(c.Limit) {
		return c, errState
	}
	if c.Limit.Algorithm == rule.Calendar {
		location, err := time.LoadLocation(zone)
		if err != nil {
			return c, fmt.Errorf("zone %q: %w", zone, err)
		}
		c.Limit.Zone = location
	}
	return c, nil
}

// countable tells whether a counter can go by a limit.
func countable(l rule.Limit) bool {
	switch l.Algorithm {
	case rule.SlidingLog, rule.SlidingCounter, rule.TokenBucket, rule.Concurrency:
		return l.Capacity > 0 && l.Period > 0
	case rule.Calendar:
		return l.Capacity > 0 && (l.Unit == rule.Day || l.Unit == rule.Month)
	}
	return false
}

func encodeCharge(c memory.SavedCharge) []byte {
	w := writer{binary.AppendUvarint(make([]byte, 0, 128), version)}
	w.text(c.Series)
	w.number(int64(c.Number))
	w.text(c.ID)
	w.number(int64(c.Sum))
	w.number(c.Granted)
	w.number(int64(c.Ends))
	w.flag(c.Reserved)
	w.flag(c.Committed)
	w.number(int64(len(c.Lines)))
	for _, l := range c.Lines {
		w.text(l.Rule)
		w.text(l.Key)
		w.number(int64(l.Receipt.Mark))
		w.number(l.Receipt.Cost)
	}
	return w.to
}

func decodeCharge(state []byte) (memory.SavedCharge, error) {
	r := reader{from: state}
	if number(&r, binary.Uvarint) != version {
		return memory.SavedCharge{}, errState
	}
	c := memory.SavedCharge{
		Charge: engine.Charge{Series: r.text(), Number: uint64(r.number())},
		ID:     r.text(), Sum: uint64(r.number()), Granted: r.number(), Ends: r.instant(), Reserved: r.flag(), Committed: r.flag(),
	}
	if n := r.count(4); n > 0 {
		c.Lines = make([]memory.SavedLine, n)
	}
	for i := range c.Lines {
		c.Lines[i] = memory.SavedLine{
			Place:   engine.Place{Rule: r.text(), Key: r.text()},
			Receipt: decide.Receipt{Mark: r.instant(), Cost: r.number()},
		}
	}
	if r.failed || len(r.from) > 0 {
		return c, errState
	}
	return c, nil
}
