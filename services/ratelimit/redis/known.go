package redis

import (
	"sync"
	"time"
)

const (
	// knownLife is how long a group's number is known; Redis keeps it for longer.
	knownLife = 24 * time.Hour
	// mostKnown bounds the groups of a generation. With more, those not seen lately are forgotten: a loss of their
	// counts is then noticed only by others.
	mostKnown = 100_000
)

// known remembers the highest number that each group had, in two generations.
type known struct {
	mu       sync.Mutex
	now, old map[group]last
}

type last struct {
	number    int64
	at        time.Time
	announced time.Time
}

func (k *known) get(g group) int64 {
	k.mu.Lock()
	defer k.mu.Unlock()
	l, ok := k.now[g]
	if !ok {
		l, ok = k.old[g]
	}
	if !ok || time.Since(l.at) > knownLife {
		return 0
	}
	return l.number
}

// put remembers a number, and tells whether the group is to be announced.
func (k *known) put(g group, number int64) bool {
	k.mu.Lock()
	defer k.mu.Unlock()
	l, ok := k.now[g]
	if !ok {
		l = k.old[g]
		if len(k.now) >= mostKnown {
			k.old, k.now = k.now, nil
		}
		if k.now == nil {
			k.now = map[group]last{}
		}
	}
	now := time.Now()
	k.now[g] = last{max(l.number, number), now, l.announced}
	return now.Sub(l.announced) > knownLife
}

// announced notes that groups are listed.
func (k *known) announced(groups []group) {
	k.mu.Lock()
	defer k.mu.Unlock()
	for _, g := range groups {
		if l, ok := k.now[g]; ok {
			l.announced = time.Now()
			k.now[g] = l
		}
	}
}
