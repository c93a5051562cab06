// Package order gives every waiting video job its place: one number, set once.
//
// The key is the time of queueing plus an offset by priority. Comparing two keys compares "age minus offset", in
// which the present cancels out; so all waiting jobs age at the same speed although nothing is ever re-scored, and
// no job starves: a Low one goes before any Normal one that came more than (Low - Normal) after it.
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

// Key is the place of a job, in milliseconds: lower goes first. An unset priority counts as Normal.
func (o Offsets) Key(queued time.Time, p ingestv1.Priority) int64 {
	offset := o.Normal
	switch p {
	case ingestv1.Priority_URGENT:
		offset = o.Urgent
	case ingestv1.Priority_LOW:
		offset = o.Low
	}
	return queued.Add(offset).UnixMilli()
}
