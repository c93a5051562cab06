// Package clock tells the time that leases, deadlines and ages go by. All schedulers on one database must agree on it,
// and none may decide about what others hold by a wall clock of its own, which somebody can turn. So the time is that
// of the database, carried on by a local clock that nobody can turn; only a database inside the process has no time
// but the host's, which is read once.
package clock

import (
	"time"
)

// Host is what a host knows of the time.
type Host struct {
	// Wall is the time of day. It may be wrong, and turned at any moment.
	Wall func() time.Time
	// Elapsed is the time since some moment. It goes on evenly whatever happens to Wall.
	Elapsed func() time.Duration
}

// ThisHost is the host that this process runs on. While it sleeps, time passes.
func ThisHost() Host {
	began, slept := time.Now(), asleep()
	return Host{Wall: time.Now, Elapsed: func() time.Duration {
		return time.Since(began) + (asleep() - slept).Round(sleepLeast)
	}}
}

// sleepLeast is the shortest sleep of a host that counts: two clocks cannot be read at the same instant.
const sleepLeast = 100 * time.Millisecond

// Local is the clock of a database inside the process: the host's wall clock as it was at the start. Turning that one
// later changes nothing.
type Local struct {
	start   time.Time
	from    time.Duration
	elapsed func() time.Duration
}

// NewLocal reads the host's wall clock.
func NewLocal(h Host) *Local {
	return &Local{start: h.Wall().Round(0).UTC(), from: h.Elapsed(), elapsed: h.Elapsed}
}

// Now implements store.Clock.
func (l *Local) Now() time.Time { return l.start.Add(l.elapsed() - l.from) }

// Fresh implements store.Clock: nobody else can have another time.
func (l *Local) Fresh() bool { return true }
