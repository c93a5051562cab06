package storetest

import (
	"cmp"
	"slices"
	"time"

	ingestv1 "github.com/sheetreel/sheetreel/gen/sheetreel/ingest/v1"
	schedulerv1 "github.com/sheetreel/sheetreel/gen/sheetreel/scheduler/v1"
	"github.com/sheetreel/sheetreel/services/scheduler/state"
	"github.com/sheetreel/sheetreel/services/scheduler/store"
)

// leaseFor is how long the model's leases last.
const leaseFor = time.Minute

// model says in plain memory, without transactions, what a store must do. It keeps everything for ever and searches
// by walking over it.
type model struct {
	now   time.Time
	bulks []*modelBulk // oldest first
}

// modelBulk is a bulk job of the model.
type modelBulk struct {
	store.BulkKey
	user           string
	state          state.Bulk
	history        []state.Bulk // all states so far
	created        time.Time
	started, ended time.Time
	renderTime     time.Duration
	importDone     bool
	imports        store.NewLease
	importCrashes  int
	jobs           []*modelJob // in the sheet's order
}

// modelJob is a video job of the model.
type modelJob struct {
	bulk              *modelBulk
	key               store.VideoKey
	row, title        string
	priority          ingestv1.Priority
	sortKey           int64
	state             state.Video
	history           []state.Video // all states so far
	attempt           int32
	failures, crashes int
	lease, worker     string
	until, due        time.Time
	start, ended      time.Time
	percent           float64
	stage             string
	progressed        time.Time // of the last event that tells of progress
	progressEvents    int
	err               string
	made              bool
	attempts          []modelAttempt
	letter            *modelLetter
}

// modelAttempt is an attempt that ended without a result.
type modelAttempt struct {
	number     int32
	worker     string
	start, end time.Time
	err        string
}

type modelLetter struct {
	class   schedulerv1.FailureClass
	created time.Time
}

// outcome is what a caller is told.
type outcome string

const (
	done     outcome = "done"
	lost     outcome = "lease lost"
	conflict outcome = "state conflict"
	unknown  outcome = "not found"
)

func (m *model) create(k store.BulkKey, user string) {
	m.bulks = append(m.bulks, &modelBulk{
		BulkKey: k, user: user, created: m.now, state: state.BulkPending, history: []state.Bulk{state.BulkPending},
	})
}

// moveBulk takes a bulk job to a state if that is allowed.
func (m *model) moveBulk(b *modelBulk, to state.Bulk) outcome {
	if !state.BulkMayBecome(b.state, to) {
		return conflict
	}
	b.state, b.history, b.ended = to, append(b.history, to), time.Time{}
	if state.BulkFinished(to) {
		b.ended = m.now
	}
	return done
}

// move takes a video job to a state.
func (m *model) move(j *modelJob, to state.Video, why string) {
	from := j.state
	if state.Running(from) && !state.Running(to) && to != state.Completed {
		j.attempts = append(j.attempts, modelAttempt{j.attempt, j.worker, j.start, m.now, why})
	}
	j.state, j.history = to, append(j.history, to)
	if !state.Running(to) {
		j.percent, j.stage = 0, ""
	}
	if state.Waiting(to) {
		j.lease, j.worker = "", ""
	}
	if to != state.RateLimited && to != state.Retrying {
		j.due = time.Time{}
	}
	if state.Finished(from) || state.Finished(to) || why != "" {
		j.err, j.ended = why, time.Time{}
	}
	if state.Finished(to) {
		j.ended = m.now
	}
	// A start is shown of the attempt that runs or was the last one, not of a job that waits.
	if state.Waiting(to) {
		j.start = time.Time{}
	}
}

// left counts what a bulk job still has to do.
func (b *modelBulk) left() int {
	n := 0
	for _, j := range b.jobs {
		if !state.Finished(j.state) {
			n++
		}
	}
	return n
}

// settle ends a bulk job that has nothing left to do, and opens one that has.
func (m *model) settle(b *modelBulk) {
	open := b.state == state.BulkRunning || b.state == state.BulkIngesting || b.state == state.BulkPaused
	switch {
	case b.left() == 0 && b.importDone && open:
		m.moveBulk(b, state.BulkCompleted)
	case b.left() > 0 && b.state == state.BulkCompleted:
		m.moveBulk(b, state.BulkRunning)
	}
}

// all gives the video jobs of all bulk jobs.
func (m *model) all() []*modelJob {
	var all []*modelJob
	for _, b := range m.bulks {
		all = append(all, b.jobs...)
	}
	return all
}

// candidates gives what may start now, in order.
func (m *model) candidates(skip string) []*modelJob {
	var all []*modelJob
	for _, j := range m.all() {
		if m.startable(j) && j.bulk.user != skip {
			all = append(all, j)
		}
	}
	slices.SortFunc(all, func(a, b *modelJob) int {
		return cmp.Or(cmp.Compare(a.sortKey, b.sortKey), cmp.Compare(a.key.Video, b.key.Video))
	})
	return all
}

func (m *model) startable(j *modelJob) bool {
	return state.Waiting(j.state) && j.bulk.state != state.BulkPaused && !m.now.Before(j.due)
}

// nextDue gives when the next job that waits for a time becomes due.
func (m *model) nextDue() (at time.Time, ok bool) {
	for _, j := range m.all() {
		if state.Waiting(j.state) && j.bulk.state != state.BulkPaused && j.due.After(m.now) && (!ok || j.due.Before(at)) {
			at, ok = j.due, true
		}
	}
	return at, ok
}

// letters gives the dead letters, newest first.
func (m *model) letters() []*modelJob {
	var all []*modelJob
	for _, j := range m.all() {
		if j.letter != nil {
			all = append(all, j)
		}
	}
	slices.SortFunc(all, func(a, b *modelJob) int {
		return cmp.Or(b.letter.created.Compare(a.letter.created), cmp.Compare(b.key.Video, a.key.Video))
	})
	return all
}

// counts counts a bulk job's video jobs by state.
func (b *modelBulk) counts() (c store.Counts) {
	for _, j := range b.jobs {
		c.Total++
		switch {
		case state.Running(j.state):
			c.Running++
		case state.Waiting(j.state):
			c.Pending++
		}
		switch j.state {
		case state.RateLimited:
			c.RateLimited++
		case state.Completed:
			c.Completed++
		case state.Failed:
			c.Failed++
		case state.Skipped:
			c.Skipped++
		case state.Cancelled:
			c.Cancelled++
		}
	}
	return c
}
