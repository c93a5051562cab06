// Package order gives every waiting video job its place: one number, set once.
//
// The key is the time of queueing plus an offset by priority. Comparing two keys compares "age minus offset", in
// which the present cancels out; so all waiting jobs age at the same speed although nothing is ever re-scored, and
// no job starves: a Low one goes before any Normal one that came more than (Low - Normal) after it.
//
// Under the policy fair the time of queueing is not the present but the place in the user's lane; see [Sharing].
package order

import (
	"time"

	ingestv1 "github.com/sheetreel/sheetreel/gen/sheetreel/ingest/v1"
)

// Offsets says how much later a job counts as queued, by priority.
type Offsets struct {
	Urgent time.Duration `name:"order-urgent-offset" help:"An Urgent video job counts as queued so much later." default:"0s" env:"SHEETREEL_ORDER_URGENT_OFFSET"`
	Normal time.Duration `name:"order-normal-offset" help:"A Normal video job counts as queued so much later." default:"4h" env:"SHEETREEL_ORDER_NORMAL_OFFSET"`
	Low    time.Duration `name:"order-low-offset" help:"A Low video job counts as queued so much later." default:"6h" env:"SHEETREEL_ORDER_LOW_OFFSET"`
}

// Of is the offset of a priority. An unset one counts as Normal.
func (o Offsets) Of(p ingestv1.Priority) time.Duration {
	switch p {
	case ingestv1.Priority_URGENT:
		return o.Urgent
	case ingestv1.Priority_LOW:
		return o.Low
	}
	return o.Normal
}

// Key is the place of a job, in milliseconds: lower goes first.
func (o Offsets) Key(queued time.Time, p ingestv1.Priority) int64 {
	return queued.Add(o.Of(p)).UnixMilli()
}

// Queued is when a job with a key counted as queued.
func (o Offsets) Queued(key int64, p ingestv1.Priority) time.Time {
	return time.UnixMilli(key).Add(-o.Of(p))
}
