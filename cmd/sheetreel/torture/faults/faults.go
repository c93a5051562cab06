// Package faults draws what goes wrong in a campaign, and when. The same seed draws the same faults.
package faults

import (
	"cmp"
	"fmt"
	"math/rand/v2"
	"slices"
	"time"
)

// Kind is what happens.
type Kind string

// The kinds.
const (
	Kill      Kind = "kill"      // SIGKILL
	Stop      Kind = "stop"      // SIGSTOP for longer than a lease lasts, then SIGCONT
	Terminate Kind = "terminate" // SIGTERM
	Restart   Kind = "restart"   // an immediate stop of the database, and its start
)

// Target is whom it hits.
type Target string

// The targets.
const (
	Worker    Target = "worker"
	Scheduler Target = "scheduler"
	Enqueuer  Target = "enqueuer"
	Database  Target = "database"
)

// Fault is one thing that goes wrong.
type Fault struct {
	At     float64 // when this share of the jobs is completed
	Kind   Kind
	Target Target
	Index  int           // which worker or scheduler
	For    time.Duration // of a stop
}

func (f Fault) String() string {
	text := fmt.Sprintf("%5.1f %% %s %s", 100*f.At, f.Kind, f.Target)
	if f.Target == Worker || f.Target == Scheduler {
		text += fmt.Sprintf(" %d", f.Index)
	}
	if f.Kind == Stop {
		text += " for " + f.For.String()
	}
	return text
}

// Config says how many faults there are, and of what.
type Config struct {
	Seed                          uint64
	Kills, Stops, Terms, Restarts int
	Schedulers, Workers           int
	Lease                         time.Duration // a stop is longer
	// SchedulerShare is the share of kills that hit a scheduler.
	SchedulerShare float64
}

const (
	enqueuerShare = 0.08 // of the kills
	steadyShare   = 0.15 // of the stops and terminations that hit a scheduler
	// Nothing happens before the first and after the last of these shares of the jobs, so that something runs.
	earliest, latest = 0.01, 0.96
)

// Plan draws the faults in the order in which they happen.
func Plan(c Config) []Fault {
	r := rand.New(rand.NewPCG(c.Seed, 2))
	var all []Fault
	for range c.Kills {
		f := process(r, c, c.SchedulerShare)
		if r.Float64() < enqueuerShare {
			f.Target, f.Index = Enqueuer, 0
		}
		f.Kind = Kill
		all = append(all, f)
	}
	for range c.Stops {
		f := process(r, c, steadyShare)
		f.Kind = Stop
		f.For = c.Lease + time.Duration((0.1+0.4*r.Float64())*float64(c.Lease)).Round(time.Millisecond)
		all = append(all, f)
	}
	for range c.Terms {
		f := process(r, c, steadyShare)
		f.Kind = Terminate
		all = append(all, f)
	}
	for range c.Restarts {
		all = append(all, Fault{At: moment(r), Kind: Restart, Target: Database})
	}
	slices.SortStableFunc(all, func(a, b Fault) int { return cmp.Compare(a.At, b.At) })
	return all
}

// process draws whom and when.
func process(r *rand.Rand, c Config, schedulers float64) Fault {
	f := Fault{At: moment(r), Target: Worker, Index: r.IntN(c.Workers)}
	if r.Float64() < schedulers {
		f.Target, f.Index = Scheduler, r.IntN(c.Schedulers)
	}
	return f
}

func moment(r *rand.Rand) float64 { return earliest + (latest-earliest)*r.Float64() }

// Count counts the faults that hit a target.
func Count(all []Fault, t Target) int {
	n := 0
	for _, f := range all {
		if f.Target == t {
			n++
		}
	}
	return n
}
