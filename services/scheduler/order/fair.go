package order

import (
	"fmt"
	"math"
	"regexp"
	"slices"
	"strings"
	"time"

	ingestv1 "github.com/sheetreel/sheetreel/gen/sheetreel/ingest/v1"
)

// Sharing says how users share what is given out.
//
// Policy fair is start-time fair queueing (P. Goyal, H. M. Vin, H. Cheng: "Start-time Fair Queueing", SIGCOMM 1996)
// with its tags stored: a job counts as queued where its user's last one ends, each taking its cost divided by the
// user's weight, or at the clock's time, when that is later. So whoever has sent many jobs stands beside those who
// have sent few, not before them, and nothing is ever re-scored.
type Sharing struct {
	Policy  string             `name:"order-policy" help:"fifo: first in, first out within a priority. fair: users share by weight; within a user's priority still first in, first out." enum:"fifo,fair" default:"fifo" env:"SHEETREEL_ORDER_POLICY"`
	Weights map[string]float64 `name:"order-weight" help:"Share of a user under the policy fair, for example projects/demo/users/ada=3; 1 for all others." placeholder:"USER=WEIGHT;..." env:"SHEETREEL_ORDER_WEIGHT"`
}

// Fair tells whether users share by weight.
func (s Sharing) Fair() bool { return s.Policy == "fair" }

// Weights from so much to so much.
const (
	leastWeight = 0.001
	mostWeight  = 1000
)

var userName = regexp.MustCompile(`^projects/[a-z][a-z0-9-]{0,61}[a-z0-9]/users/[A-Za-z0-9][A-Za-z0-9._@-]{0,126}$`)

// Validate refuses what cannot be meant.
func (s Sharing) Validate() error {
	if !slices.Contains([]string{"", "fifo", "fair"}, s.Policy) {
		return fmt.Errorf("order-policy: %q is neither fifo nor fair", s.Policy)
	}
	for name, weight := range s.Weights {
		if !userName.MatchString(name) {
			return fmt.Errorf("order-weight: %q is not of the form projects/PROJECT/users/USER", name)
		}
		if math.IsNaN(weight) || weight < leastWeight || weight > mostWeight {
			return fmt.Errorf("order-weight: %s: %v is not between %v and %v", name, weight, leastWeight, mostWeight)
		}
	}
	return nil
}

// Share is what a job of a cost takes of its user's lane, in whole milliseconds.
func (s Sharing) Share(project, user string, cost time.Duration) time.Duration {
	weight, ok := s.Weights[strings.Join([]string{"projects", project, "users", user}, "/")]
	if !ok {
		weight = 1
	}
	return max(time.Duration(float64(cost)/weight).Round(time.Millisecond), time.Millisecond)
}

// usualCost is that of an idea that names no duration.
const usualCost = 30 * time.Second

// Cost estimates how long an idea's video takes to render: as long as it is meant to be.
func Cost(idea *ingestv1.Idea) time.Duration {
	if d := idea.GetDuration().AsDuration(); d > 0 {
		return d
	}
	return usualCost
}

// Horizon is how far behind the present the clock may be. However many users come anew, none counts as queued before,
// so fairness overrules age by so much at most.
const Horizon = 10 * time.Minute

// Clock is the virtual time of the fair policy. It runs as fast as jobs are given out.
type Clock struct {
	Claimed time.Time // when the newest job that was given out counted as queued; zero when none was
	Idle    bool      // nothing is ready to be given out
}

// Key is where a time of the present stands while the clock is ahead of it: as much later. A job that is wanted at a
// time takes this key, if its own is not lower.
func (c Clock) Key(at, now time.Time) int64 {
	if ahead := c.Claimed.Sub(now); ahead > 0 {
		at = at.Add(ahead)
	}
	return at.UnixMilli()
}

// Lane is what a user has been given so far, at one priority.
type Lane struct {
	Finish  time.Time // where the share of its last job ends
	Claimed time.Time // what it adds to the clock
}

// Next gives when the lane's next job counts as queued, in whole milliseconds.
//
// The first job after a time without any begins at the present, and the clock stands just before it: whoever comes
// before something was given out goes first.
func (l *Lane) Next(c *Clock, now time.Time) time.Time {
	start := later(later(now.Add(-Horizon), c.Claimed), l.Finish)
	if c.Idle {
		start = later(start, now)
	}
	start = start.Truncate(time.Millisecond)
	if c.Idle {
		c.Idle, c.Claimed = false, later(c.Claimed, start.Add(-time.Millisecond))
		l.Claimed = c.Claimed
	}
	return start
}

// Charge adds a job's share to the lane.
func (l *Lane) Charge(start time.Time, share time.Duration) { l.Finish = start.Add(share) }

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}
