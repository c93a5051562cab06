// Package progress turns the messages of a watch into what a person wants to see of them: a view of the batch with
// its running videos as lines of any width, and one plain line per change of state.
//
// It is pure: no clock, no terminal, no network. Events are taken by their sequence, so that a message that comes
// again after a lost connection changes nothing.
package progress

import (
	"cmp"
	"slices"

	schedulerv1 "github.com/sheetreel/sheetreel/gen/sheetreel/scheduler/v1"
)

// Batch is what is known of a bulk job. The zero value knows nothing.
type Batch struct {
	job      *schedulerv1.BulkJob
	state    schedulerv1.BulkJob_State
	sequence int64
	running  map[string]*schedulerv1.JobEvent // by video job: the newest event of what is with a worker
}

// Apply takes a message in and returns its events that are new, oldest first.
func (b *Batch) Apply(message *schedulerv1.WatchBulkJobResponse) []*schedulerv1.JobEvent {
	if message.GetBulkJob() != nil {
		b.job = message.GetBulkJob()
		b.state = b.job.GetState()
	}
	var fresh []*schedulerv1.JobEvent
	for _, event := range message.GetEvents() {
		if event.GetSequence() <= b.sequence {
			continue
		}
		b.sequence = event.GetSequence()
		b.note(event)
		fresh = append(fresh, event)
	}
	return fresh
}

// note keeps running videos only, so that the size of a batch does not matter.
func (b *Batch) note(event *schedulerv1.JobEvent) {
	if event.GetVideoJob() == "" {
		return
	}
	switch event.GetVideoJobState() {
	case schedulerv1.VideoJob_DISPATCHED, schedulerv1.VideoJob_IN_PROGRESS:
		if b.running == nil {
			b.running = map[string]*schedulerv1.JobEvent{}
		}
		b.running[event.GetVideoJob()] = event
	default:
		delete(b.running, event.GetVideoJob())
	}
}

// Job is the newest snapshot of the bulk job; nil before the first.
func (b *Batch) Job() *schedulerv1.BulkJob { return b.job }

// Sequence is the position of the newest event.
func (b *Batch) Sequence() int64 { return b.sequence }

// Running lists the newest event of every video that is with a worker, by row.
func (b *Batch) Running() []*schedulerv1.JobEvent {
	var list []*schedulerv1.JobEvent
	for _, event := range b.running {
		list = append(list, event)
	}
	slices.SortFunc(list, func(x, y *schedulerv1.JobEvent) int {
		return cmp.Or(cmp.Compare(x.GetRowNumber(), y.GetRowNumber()), cmp.Compare(x.GetVideoJob(), y.GetVideoJob()))
	})
	return list
}

// Finished tells whether nothing more will happen to a bulk job unless somebody retries it.
func Finished(state schedulerv1.BulkJob_State) bool {
	switch state {
	case schedulerv1.BulkJob_COMPLETED, schedulerv1.BulkJob_FAILED, schedulerv1.BulkJob_CANCELLED:
		return true
	}
	return false
}
