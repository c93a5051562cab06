package emulator

import "time"

// action is what a quota counts; reads and writes are counted apart.
type action int

const (
	reads action = iota
	writes
)

// window is one count: it starts again each minute.
type window struct {
	kind    action
	account string
}

// charge counts a request, or refuses it.
func (e *Emulator) charge(kind action, who caller) error {
	limit := e.cfg.ReadsPerMinute
	if kind == writes {
		limit = e.cfg.WritesPerMinute
	}
	if limit <= 0 {
		return nil
	}
	if minute := e.clock().Truncate(time.Minute); !minute.Equal(e.minute) {
		e.minute = minute
		clear(e.windows)
	}
	w := window{kind, who.account}
	if e.windows[w] >= limit {
		return overQuota(kind, limit)
	}
	e.windows[w]++
	return nil
}
