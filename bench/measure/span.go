// Package measure takes time, CPU time and latencies of systems that do the same work, and says how they compare.
package measure

import (
	"fmt"
	"runtime"
	"syscall"
	"time"
)

// Span is a stretch of work: how many jobs, how long it took, and the CPU time of this process with the children that
// have ended (Client) and of the database server (Server). Zero CPU times are unknown.
type Span struct {
	Jobs                 int
	Wall, Client, Server time.Duration
}

// Rate is in jobs a second.
func (s Span) Rate() float64 { return float64(s.Jobs) / s.Wall.Seconds() }

// String is the rate with the CPU time of a job.
func (s Span) String() string {
	text := fmt.Sprintf("%7.0f/s", s.Rate())
	if s.Client > 0 {
		text += fmt.Sprintf(" (CPU a job: %.0f us here", s.micros(s.Client))
		if s.Server > 0 {
			text += fmt.Sprintf(" + %.0f us server", s.micros(s.Server))
		}
		text += ")"
	}
	return text
}

func (s Span) micros(d time.Duration) float64 { return float64(d.Microseconds()) / float64(s.Jobs) }

// Clock is a span under way.
type Clock struct {
	start          time.Time
	client, server time.Duration
	serverCPU      func() time.Duration
}

// Begin starts a span. server tells the CPU time of the database server so far; nil when there is none. The garbage
// of what went before is collected first, so that nobody pays for others.
func Begin(server func() time.Duration) *Clock {
	runtime.GC()
	c := &Clock{serverCPU: server}
	if server != nil {
		c.server = server()
	}
	c.client = ownCPU()
	c.start = time.Now()
	return c
}

// Start is when the span began.
func (c *Clock) Start() time.Time { return c.start }

// End ends the span now.
func (c *Clock) End(jobs int) Span { return c.EndAt(jobs, time.Now()) }

// EndAt ends a span whose work ended a moment ago.
func (c *Clock) EndAt(jobs int, at time.Time) Span {
	s := Span{Jobs: jobs, Wall: at.Sub(c.start), Client: ownCPU() - c.client}
	if c.serverCPU != nil {
		s.Server = c.serverCPU() - c.server
	}
	return s
}

// ownCPU is the CPU time of this process and of its children that have ended and were waited for.
func ownCPU() time.Duration {
	var sum time.Duration
	for _, who := range []int{syscall.RUSAGE_SELF, syscall.RUSAGE_CHILDREN} {
		var u syscall.Rusage
		if err := syscall.Getrusage(who, &u); err != nil {
			continue // then it counts as nothing
		}
		sum += time.Duration(u.Utime.Nano() + u.Stime.Nano())
	}
	return sum
}
