package storetest

import (
	"time"

	schedulerv1 "github.com/sheetreel/sheetreel/gen/sheetreel/scheduler/v1"
	"github.com/sheetreel/sheetreel/services/scheduler/state"
	"github.com/sheetreel/sheetreel/services/scheduler/store"
)

// Messages of the errors that stores make themselves.
const (
	lostMessage       = "the worker did not report in time"
	quarantineMessage = "three workers were lost with this video job; it is set aside"
)

// claim leases a video job.
func (m *model) claim(j *modelJob, lease, worker string) {
	j.attempt++
	m.move(j, state.Dispatched, "")
	j.lease, j.worker, j.until, j.start, j.progressed = lease, worker, m.now.Add(leaseFor), m.now, time.Time{}
	if j.bulk.started.IsZero() {
		j.bulk.started = m.now
	}
}

// holder finds the job whose last lease this is.
func (m *model) holder(lease string) *modelJob {
	for _, j := range m.all() {
		if j.lease == lease {
			return j
		}
	}
	return nil
}

// inForce tells whether a job runs under a lease that is not over.
func (m *model) inForce(j *modelJob) bool {
	return j != nil && state.Running(j.state) && m.now.Before(j.until)
}

func (m *model) renew(lease string, p *schedulerv1.RenderProgress) schedulerv1.LeaseStatus_Verdict {
	j := m.holder(lease)
	if !m.inForce(j) {
		if j != nil && j.state == state.Cancelled {
			return schedulerv1.LeaseStatus_CANCEL
		}
		return schedulerv1.LeaseStatus_LOST
	}
	j.until = m.now.Add(leaseFor)
	newStage := p != nil && p.GetStage() != j.stage
	moved := newStage || p.GetPercent() > j.percent
	if p != nil {
		j.percent, j.stage = max(j.percent, p.GetPercent()), p.GetStage()
	}
	since := m.now.Sub(j.progressed)
	switch {
	case j.state == state.Dispatched:
		m.move(j, state.InProgress, "")
		j.progressed = m.now
	case newStage, moved && (since >= time.Second || since < 0):
		j.progressed = m.now
		j.progressEvents++
	}
	return schedulerv1.LeaseStatus_OK
}

func (m *model) complete(lease string) outcome {
	j := m.holder(lease)
	if j != nil && j.state == state.Completed {
		return done
	}
	if !m.inForce(j) {
		return lost
	}
	j.bulk.renderTime += max(0, m.now.Sub(j.start)) // a clock that was set back must not take time away
	j.made = true
	m.move(j, state.Completed, "")
	m.settle(j.bulk)
	return done
}

// fail ends an attempt. Up to two failures are tried again, two seconds later.
func (m *model) fail(lease string, class schedulerv1.FailureClass, message string, again bool) (state.Video, outcome) {
	j := m.holder(lease)
	if !m.inForce(j) {
		return 0, lost
	}
	j.failures++
	if again && j.failures < 3 {
		m.move(j, state.Retrying, message)
		j.due = m.now.Add(2 * time.Second)
		return state.Retrying, done
	}
	m.giveUp(j, class, message)
	return state.Failed, done
}

func (m *model) giveUp(j *modelJob, class schedulerv1.FailureClass, message string) {
	m.move(j, state.Failed, message)
	j.letter = &modelLetter{class, m.now}
	m.settle(j.bulk)
}

func (m *model) release(lease string) outcome {
	j := m.holder(lease)
	if !m.inForce(j) {
		return lost
	}
	m.move(j, state.Queued, "")
	return done
}

// expire ends all leases that are over, and counts them.
func (m *model) expire() (n int) {
	for _, j := range m.all() {
		if !state.Running(j.state) || m.now.Before(j.until) {
			continue
		}
		n++
		j.crashes++
		if j.crashes >= store.MaxCrashes {
			m.giveUp(j, schedulerv1.FailureClass_POISON, quarantineMessage)
			continue
		}
		m.move(j, state.Queued, lostMessage)
	}
	return n
}

func (m *model) park(j *modelJob, until time.Time) {
	if state.Waiting(j.state) && j.bulk.state != state.BulkPaused {
		m.move(j, state.RateLimited, "")
		j.due = until
	}
}
