package check

import (
	"math"

	schedulerv1 "github.com/sheetreel/sheetreel/gen/sheetreel/scheduler/v1"
	"github.com/sheetreel/sheetreel/services/scheduler/state"
)

// Batch is the event history of one bulk job, read from its beginning to its end.
type Batch struct {
	Name     string
	Sequence int64 // the last one
	Losses   int   // attempts that ended because their worker was lost
	Repeated int   // video jobs that were leased again after such a loss
	Aside    int   // times that a video job was set aside because its workers were lost

	findings *Findings
	jobs     map[string]*jobEvents
}

// jobEvents is what the history says of a video job.
type jobEvents struct {
	state     state.Video
	completed int
	lost      bool
	repeated  bool
}

// NewBatch begins to read a history.
func NewBatch(name string, f *Findings) *Batch {
	return &Batch{Name: name, findings: f, jobs: map[string]*jobEvents{}}
}

// Read reads the next event.
func (b *Batch) Read(e *schedulerv1.JobEvent) {
	if e.GetSequence() != b.Sequence+1 {
		b.findings.Add(Events, b.Name, "event %d follows event %d", e.GetSequence(), b.Sequence)
	}
	b.Sequence = e.GetSequence()
	switch e.GetType() {
	case schedulerv1.JobEvent_VIDEO_JOB_CREATED:
		if b.jobs[e.GetVideoJob()] != nil {
			b.findings.Add(Events, e.GetVideoJob(), "was created twice")
		}
		b.jobs[e.GetVideoJob()] = &jobEvents{state: e.GetVideoJobState()}
	case schedulerv1.JobEvent_VIDEO_JOB_STATE_CHANGED:
		b.move(e)
	}
}

func (b *Batch) move(e *schedulerv1.JobEvent) {
	j := b.jobs[e.GetVideoJob()]
	if j == nil {
		b.findings.Add(Events, e.GetVideoJob(), "changed before it was created")
		j = &jobEvents{state: e.GetPreviousVideoJobState()}
		b.jobs[e.GetVideoJob()] = j
	}
	from, to := e.GetPreviousVideoJobState(), e.GetVideoJobState()
	if from != j.state {
		b.findings.Add(Events, e.GetVideoJob(), "left %s, but it was %s", from, j.state)
	}
	if !state.VideoMayBecome(from, to) {
		b.findings.Add(Events, e.GetVideoJob(), "went from %s to %s, which is not in the table", from, to)
	}
	j.state = to
	switch {
	case to == state.Completed:
		j.completed++
	case state.Running(from) && to == state.Queued && e.GetError() != nil:
		b.Losses++
		j.lost = true
	case to == state.Failed:
		b.Aside++
		b.Losses++
		j.lost = true
	case to == state.Dispatched && j.lost && !j.repeated:
		j.repeated = true
		b.Repeated++
	}
}

// End says that all was read; count is how many video jobs there must be.
func (b *Batch) End(count int) {
	if len(b.jobs) != count {
		b.findings.Add(Events, b.Name, "the history has %d video jobs, not %d", len(b.jobs), count)
	}
	for name, j := range b.jobs {
		if j.completed != 1 {
			b.findings.Add(Events, name, "reached COMPLETED %d times", j.completed)
		}
	}
}

// Seen is what a watcher saw of a bulk job.
type Seen struct {
	Last    int64 // the highest sequence number
	Count   int64 // of events
	Missing int64 // sequence numbers that were jumped over
	Again   int64 // events that came again
}

// See notes an event.
func (s *Seen) See(sequence int64) {
	s.Count++
	switch {
	case sequence <= s.Last:
		s.Again++
	default:
		s.Missing += sequence - s.Last - 1
		s.Last = sequence
	}
}

// Compare compares what a watcher saw with the history.
func (b *Batch) Compare(s Seen) {
	if s.Missing > 0 || s.Again > 0 || s.Last != b.Sequence {
		b.findings.Add(Watch, b.Name, "a watcher saw %d events to number %d of %d: %d missing, %d again",
			s.Count, s.Last, b.Sequence, s.Missing+max(0, b.Sequence-s.Last), s.Again)
	}
}

// Bound is how many executions the faults may have cost: those of a worker its own attempts, those of a scheduler or
// of the database the attempts of all workers.
func Bound(workerFaults, otherFaults, workers, slots int) int {
	return min(workerFaults*slots+otherFaults*workers*slots, math.MaxInt32)
}
