package storetest

import (
	"github.com/sheetreel/sheetreel/services/scheduler/state"
	"github.com/sheetreel/sheetreel/services/scheduler/store"
)

func (m *model) pause(b *modelBulk) outcome {
	if b.state == state.BulkPaused {
		return done
	}
	if m.moveBulk(b, state.BulkPaused) != done {
		return conflict
	}
	b.imports = store.NewLease{}
	for _, j := range b.jobs {
		if state.Running(j.state) {
			m.move(j, state.Queued, "")
		}
	}
	return done
}

func (m *model) resume(b *modelBulk) outcome {
	switch {
	case state.BulkFinished(b.state):
		return conflict
	case b.state != state.BulkPaused:
		return done
	case b.importDone:
		return m.moveBulk(b, state.BulkRunning)
	}
	return m.moveBulk(b, state.BulkPending)
}

func (m *model) cancel(b *modelBulk) outcome {
	if b.state == state.BulkCancelled {
		return done
	}
	if state.BulkFinished(b.state) {
		return conflict
	}
	m.cancelRest(b, "")
	b.imports = store.NewLease{}
	return m.moveBulk(b, state.BulkCancelled)
}

// cancelRest ends everything unfinished in a bulk job.
func (m *model) cancelRest(b *modelBulk, why string) {
	for _, j := range b.jobs {
		if !state.Finished(j.state) {
			m.move(j, state.Cancelled, why)
		}
	}
}

// retry queues what has failed in a bulk job, or has its sheet read again.
func (m *model) retry(b *modelBulk) outcome {
	if b.state == state.BulkFailed {
		b.importDone, b.importCrashes = false, 0
		for _, j := range b.jobs {
			if j.state == state.Cancelled && j.err != "" { // by the import, not by a user
				m.requeue(j)
			}
		}
		return m.moveBulk(b, state.BulkPending)
	}
	if b.counts().Failed == 0 || b.state == state.BulkCancelled {
		return conflict
	}
	for _, j := range b.jobs {
		if j.state == state.Failed {
			m.requeue(j)
		}
	}
	m.settle(b)
	return done
}

func (m *model) requeue(j *modelJob) {
	j.failures, j.crashes, j.letter = 0, 0, nil
	m.move(j, state.Queued, "")
}

func (m *model) cancelVideo(j *modelJob) outcome {
	switch {
	case j.state == state.Cancelled:
	case state.Finished(j.state):
		return conflict
	default:
		m.move(j, state.Cancelled, "")
	}
	m.settle(j.bulk)
	return done
}

func (m *model) retryVideo(j *modelJob) outcome {
	if j.bulk.state == state.BulkCancelled || j.bulk.state == state.BulkFailed {
		return conflict
	}
	if j.state != state.Failed && j.state != state.Cancelled {
		return conflict
	}
	m.requeue(j)
	m.settle(j.bulk)
	return done
}

// leaseImport leases the oldest import that waits, after it has given up on those whose reader was lost too often.
func (m *model) leaseImport(l store.NewLease) (*modelBulk, outcome) {
	for {
		b := m.nextImport()
		if b == nil {
			return nil, unknown
		}
		if b.imports.ID != "" {
			b.importCrashes++
		}
		if b.importCrashes < store.MaxCrashes {
			b.imports = l
			if b.state == state.BulkPending {
				m.moveBulk(b, state.BulkIngesting)
			}
			return b, done
		}
		m.failImport(b, readerLost)
	}
}

// readerLost is why a bulk job FAILED whose reader was lost too often.
const readerLost = "reading the sheet was tried three times, and each time the reader was lost"

func (m *model) nextImport() *modelBulk {
	var oldest *modelBulk
	for _, b := range m.bulks {
		waits := (b.state == state.BulkPending || b.state == state.BulkIngesting) && !b.importDone && !m.now.Before(b.imports.Until)
		if waits && (oldest == nil || b.created.Before(oldest.created)) {
			oldest = b
		}
	}
	return oldest
}

func (m *model) failImport(b *modelBulk, why string) {
	m.cancelRest(b, why)
	b.imports = store.NewLease{}
	m.moveBulk(b, state.BulkFailed)
}

// importing finds the bulk job of an import's lease that is in force.
func (m *model) importing(lease string) *modelBulk {
	for _, b := range m.bulks {
		if b.imports.ID == lease && m.now.Before(b.imports.Until) {
			return b
		}
	}
	return nil
}

// add appends a video job unless its row is known.
func (m *model) add(b *modelBulk, v store.NewVideo) bool {
	for _, j := range b.jobs {
		if j.row == v.Idea.GetRowKey() {
			return false
		}
	}
	place(store.Bulk{}, &v, m.now)
	j := &modelJob{
		bulk: b, key: store.VideoKey{BulkKey: b.BulkKey, Video: v.ID}, row: v.Idea.GetRowKey(), title: v.Idea.GetTitle(),
		priority: v.Priority, sortKey: v.SortKey, state: state.Queued,
	}
	if v.Skip != nil {
		j.state, j.err, j.ended = state.Skipped, v.Skip.GetMessage(), m.now
	}
	j.history = []state.Video{j.state}
	b.jobs = append(b.jobs, j)
	return true
}

func (m *model) completeImport(b *modelBulk) {
	b.importDone, b.imports = true, store.NewLease{}
	m.moveBulk(b, state.BulkRunning)
	m.settle(b)
}
