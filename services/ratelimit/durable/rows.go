package durable

import (
	"time"

	"github.com/sheetreel/sheetreel/services/ratelimit/memory"
	"github.com/sheetreel/sheetreel/services/ratelimit/rule"
)

const (
	// expireMargin is how long a row stays that means nothing any more, in case that the wall clock was wrong.
	expireMargin = time.Hour
	// learnedFor is how long it is remembered that an upstream told a lower capacity of a key that nobody uses.
	learnedFor = 30 * 24 * time.Hour
)

// collector gathers rows of one write; of several with one name the last one counts.
type collector struct {
	rows  []Row
	at    map[name]int
	bytes int
}

type name struct {
	kind      Kind
	rule, key string
}

func (c *collector) add(r Row) {
	n := name{r.Kind, r.Rule, r.Key}
	c.bytes += len(r.State)
	if i, ok := c.at[n]; ok {
		c.rows[i] = r
		return
	}
	if c.at == nil {
		c.at = map[name]int{}
	}
	c.at[n] = len(c.rows)
	c.rows = append(c.rows, r)
}

func (c *collector) counter(s memory.Saved) {
	r := Row{Kind: Counter, Rule: s.Rule, Key: s.Key}
	if !s.Gone {
		r.State, r.Expire = encodeCounter(s), expiry(s)
	}
	c.add(r)
}

func (c *collector) charge(s memory.SavedCharge) {
	r := Row{Kind: Charge, Key: s.Charge.String()}
	if !s.Gone {
		r.State, r.Expire = encodeCharge(s), wall(int64(s.Ends))
	}
	c.add(r)
}

// batch is what was gathered. A row without a state is one to delete.
func (c *collector) batch(now time.Time) Batch {
	b := Batch{Written: now}
	for _, r := range c.rows {
		if r.State == nil {
			b.Gone = append(b.Gone, r)
		} else {
			b.Rows = append(b.Rows, r)
		}
	}
	return b
}

// expiry is a time at which a counter is as if nothing had ever happened.
func expiry(s memory.Saved) time.Time {
	last := max(s.State.Seen, s.State.Closed, s.State.End)
	for _, e := range s.State.Entries {
		last = max(last, e.At, e.Due)
	}
	free := wall(int64(last)).Add(2 * s.Limit.Period)
	if s.Limit.Algorithm == rule.Calendar {
		free = wall(int64(max(last, s.State.End)))
	}
	if s.Learned > 0 {
		free = free.Add(learnedFor)
	}
	return free
}

func wall(ns int64) time.Time { return time.Unix(0, ns) }
