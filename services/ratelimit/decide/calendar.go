package decide

import "time"

// Calendar counts what happens in a day or in a month of a time zone. Its instants are the wall clock's, nanoseconds
// since 1970 in UTC. A period ends when the zone's calendar first shows the next date, also where a day has 23 or 25
// hours, or where the clocks change at midnight. It never begins again when the wall clock is set back.
type Calendar struct {
	gate
	capacity   int64
	monthly    bool
	zone       *time.Location
	began, end Instant // of counting in this period
	used       int64
}

// NewCalendar makes a counter of at most capacity (1 or more) a day, or a month, in a zone (UTC when nil).
func NewCalendar(capacity int64, monthly bool, zone *time.Location) *Calendar {
	if zone == nil {
		zone = time.UTC
	}
	return &Calendar{gate: newGate(), capacity: capacity, monthly: monthly, zone: zone, began: earliest, end: earliest}
}

// Room implements [Counter].
func (c *Calendar) Room(now Instant) int64 {
	c.expire(now)
	if c.shut() {
		return 0
	}
	return max(c.capacity-c.used, 0)
}

// Wait implements [Counter].
func (c *Calendar) Wait(now Instant, cost int64) time.Duration {
	if cost > c.capacity {
		return Never
	}
	free := c.expire(now)
	if c.used+cost > c.capacity {
		free = c.end
	}
	return c.until(now, free)
}

// Charge implements [Counter].
func (c *Calendar) Charge(now Instant, cost int64) Receipt {
	c.expire(now)
	c.used += cost
	return Receipt{Mark: c.began, Cost: cost}
}

// Refund implements [Counter]: in a later period nothing is left of a charge.
func (c *Calendar) Refund(now Instant, receipt Receipt) bool {
	c.expire(now)
	if receipt.Mark != c.began {
		return false
	}
	back := min(receipt.Cost, c.used)
	c.used -= back
	return back > 0
}

// Settle implements [Counter].
func (c *Calendar) Settle(now Instant, receipt Receipt, used int64) {
	if used < receipt.Cost {
		c.Refund(now, Receipt{Mark: receipt.Mark, Cost: receipt.Cost - used})
	}
}

// Left implements [Counter].
func (c *Calendar) Left(now Instant) (int64, time.Duration) { return left(c, now, c.capacity) }

// Idle implements [Counter].
func (c *Calendar) Idle(now Instant) bool {
	c.expire(now)
	return c.used == 0 && !c.shut()
}

// Resize implements [Counter]; a calendar has no period to change.
func (c *Calendar) Resize(now Instant, capacity int64, _ time.Duration) {
	c.expire(now)
	c.capacity = capacity
}

// Export implements [Counter].
func (c *Calendar) Export() State {
	return State{Seen: c.seen, Closed: c.closed, Began: c.began, End: c.end, Used: c.used}
}

// Restore implements [Counter]. What was used counts until the end of the period in this calendar's zone and unit.
func (c *Calendar) Restore(s State) {
	c.gate, c.began, c.used, c.end = gate{s.Seen, s.Closed}, s.Began, s.Used, earliest
	if s.Seen != earliest {
		c.end = c.next(s.Seen)
	}
}

// Trim implements [Counter].
func (c *Calendar) Trim() {}

// expire begins a new period when the one before is over.
func (c *Calendar) expire(now Instant) Instant {
	now = c.pass(now)
	if now >= c.end {
		c.began, c.end, c.used = now, c.next(now), 0
	}
	return now
}

// next is the first instant after now at which the calendar shows a later day, or month. Within a stretch of time with
// one offset to UTC it is a subtraction; so it looks through the stretches.
func (c *Calendar) next(now Instant) Instant {
	at := time.Unix(0, int64(now)).In(c.zone)
	year, month, day := at.Date()
	if c.monthly {
		month, day = month+1, 1
	} else {
		day++
	}
	date := time.Date(year, month, day, 0, 0, 0, 0, time.UTC)
	for {
		_, offset := at.Zone()
		midnight := date.Add(-time.Duration(offset) * time.Second)
		if midnight.Before(at) { // this stretch begins after midnight
			midnight = at
		}
		_, end := at.ZoneBounds()
		if end.IsZero() || midnight.Before(end) {
			return Instant(midnight.UnixNano())
		}
		at = end
	}
}
