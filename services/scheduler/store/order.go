package store

import (
	"context"
	"errors"
	"time"

	ingestv1 "github.com/sheetreel/sheetreel/gen/sheetreel/ingest/v1"
	"github.com/sheetreel/sheetreel/services/scheduler/order"
)

// Rules say how what waits is shared out. The zero value is: first in, first out, and no limits.
type Rules struct {
	order.Offsets
	order.Sharing
	Limits
}

// Limits bound how many video jobs run at once. Zero is no limit.
type Limits struct {
	PerUser     int `name:"max-running-per-user" help:"So many video jobs of a user may run at once; 0 is no limit." default:"0" env:"SHEETREEL_MAX_RUNNING_PER_USER"`
	PerProvider int `name:"max-running-per-provider" help:"So many video jobs of a provider may run at once, in all projects together; 0 is no limit." default:"0" env:"SHEETREEL_MAX_RUNNING_PER_PROVIDER"`
}

// Any tells whether something is limited.
func (l Limits) Any() bool { return l.PerUser > 0 || l.PerProvider > 0 }

// Validate refuses what cannot be meant.
func (l Limits) Validate() error {
	switch {
	case l.PerUser < 0:
		return errors.New("max-running-per-user: must not be negative")
	case l.PerProvider < 0:
		return errors.New("max-running-per-provider: must not be negative")
	}
	return nil
}

// Lane is what shares quota: the video jobs of a user at a provider; at all of them, when it names none.
type Lane struct {
	UserKey
	Provider string
}

// Search says which of the video jobs that may start are wanted.
type Search struct {
	Limit int
	// Skip are left out. However many jobs they have, that costs nothing.
	Skip []Lane
	// Providers whose jobs are wanted; of all when empty.
	Providers []string
}

// Order gives what waits its place.
type Order interface {
	// Govern sets the rules. Call it before anything else.
	Govern(r Rules)
	// EndOverdue cancels a bulk job whose deadline has passed, with what is unfinished in it. ok is false when there
	// is none.
	EndOverdue(ctx context.Context, now time.Time) (ok bool, err error)
	// ChangePriority gives the unfinished video jobs of a bulk job another priority, and those that its sheet still
	// brings without one. They keep their age.
	ChangePriority(ctx context.Context, r Request, k BulkKey, p ingestv1.Priority, now time.Time) (Bulk, error)
}
