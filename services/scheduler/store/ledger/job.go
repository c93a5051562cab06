package ledger

import (
	"fmt"
	"time"

	statuspb "google.golang.org/genproto/googleapis/rpc/status"
	"google.golang.org/protobuf/types/known/durationpb"
	"google.golang.org/protobuf/types/known/timestamppb"

	ingestv1 "github.com/sheetreel/sheetreel/gen/sheetreel/ingest/v1"
	schedulerv1 "github.com/sheetreel/sheetreel/gen/sheetreel/scheduler/v1"
	"github.com/sheetreel/sheetreel/services/scheduler/cost"
	"github.com/sheetreel/sheetreel/services/scheduler/state"
	"github.com/sheetreel/sheetreel/services/scheduler/store"
)

// Place is where the row of a video job is.
type Place int

// The places of a row.
const (
	Nowhere    Place = iota // not yet stored, or taken
	InQueue                 // waits
	InRunning               // is leased
	InFinished              // has ended
	InBlock                 // waits in a row with others
)

// Job is the row of a video job: what moves, and what the claim needs. Its idea is on a page.
type Job struct {
	store.VideoKey
	Stored         Place  // where the row is in the database
	Block          string // the row, when that is InBlock
	Bit            int    // its bit there
	User, Provider string
	Position       int64 // in the bulk job, from 1
	LastOnPage     int64 // the position that names the page of its idea
	Priority       ingestv1.Priority
	MaxAttempts    int32
	State          state.Video
	Held           bool // out of the claim, because its bulk job is paused
	SortKey        int64
	// For a job that is wanted at a time: the key of that time, and its key without it. SortKey is the lower one. Both
	// are zero for all others.
	WantedKey, PlainKey int64
	Due                 time.Time // not to be claimed before
	Attempt             int32
	// Failures count attempts that ended with an error, Crashes those that lost their worker.
	Failures, Crashes   int
	Lease, Worker       string // of the last attempt, kept at the end, so that a repeated report is recognised
	Until, Start, Ended time.Time
	Percent             float64
	Stage               string
	ETA                 time.Duration
	Progressed          time.Time // when the last progress event was written
	Edited              []byte    // sheetreel.ingest.v1.Idea, in place of the page's; nil when there is none
	Error               []byte    // google.rpc.Status of the last attempt
	Result              []byte    // sheetreel.scheduler.v1.VideoJob; read by ShowJobs only

	Used []cost.Usage // by the attempt that ends, as its worker says

	Idea    *ingestv1.Idea // shared: only to be read
	Created time.Time

	changed *Changes // that lists the job already
}

func (j *Job) page() PageKey { return PageKey{j.BulkKey, j.LastOnPage} }

// Place is where the row belongs.
func (j *Job) Place() Place { return placeOf(j.State) }

func placeOf(s state.Video) Place {
	switch {
	case state.Finished(s):
		return InFinished
	case state.Running(s):
		return InRunning
	}
	return InQueue
}

// runs tells whether a lease of the job is in force.
func (j *Job) runs(now time.Time) bool { return state.Running(j.State) && now.Before(j.Until) }

// Progress is a job's progress as the API shows it.
func Progress(percent float64, stage string, eta time.Duration) *schedulerv1.RenderProgress {
	p := &schedulerv1.RenderProgress{Percent: percent, Stage: stage}
	if eta > 0 {
		p.Eta = durationpb.New(eta)
	}
	return p
}

// mayBecome refuses what the table of states does not have.
func (j *Job) mayBecome(to state.Video) error {
	if !state.VideoMayBecome(j.State, to) {
		return &store.StateError{State: j.State.String(), Message: fmt.Sprintf("a video job that is %s cannot become %s", j.State, to)}
	}
	return nil
}

// move takes a video job to a state, with everything that belongs to it: the row, its bulk job's counters, its
// event. The caller has set the job's other fields.
func (w *work) move(j *Job, to state.Video, why *statuspb.Status) error {
	w.put(j)
	return w.follow(j, to, why)
}

// follow is move for a job whose row is moved already.
func (w *work) follow(j *Job, to state.Video, why *statuspb.Status) error {
	if err := j.mayBecome(to); err != nil {
		return err
	}
	raw, err := Marshal(why)
	if err != nil {
		return err
	}
	b, from, until := w.bulks[j.BulkKey], j.State, j.Until
	if state.Running(from) && !state.Running(to) && to != state.Completed {
		w.out.Ended = append(w.out.Ended, Ended{j.VideoKey, j.Attempt, j.Worker, j.Start, w.now, raw})
	}
	j.State = to
	j.Held = b.State == state.BulkPaused
	if !state.Running(to) {
		j.Percent, j.Stage, j.ETA, j.Until = 0, "", 0, time.Time{}
	}
	// A finished job keeps its last lease, so that its worker can be told how it ended.
	if state.Waiting(to) {
		j.Lease, j.Worker = "", ""
	}
	if !state.Waiting(to) {
		j.Due = time.Time{}
	}
	if state.Finished(to) || state.Finished(from) || why != nil {
		j.Error, j.Ended = raw, time.Time{}
		if state.Finished(to) {
			j.Ended = w.now
		}
	}
	event := j.event(schedulerv1.JobEvent_VIDEO_JOB_STATE_CHANGED)
	event.PreviousVideoJobState, event.Error = from, why
	if !j.Due.IsZero() {
		event.NextAttemptTime = timestamppb.New(j.Due)
	}
	if state.Waiting(to) || state.Running(from) && !state.Running(to) && w.book.rules.Any() {
		w.wakes(store.TopicQueue) // the end of a job makes room for others
	}
	if err := w.record(b, event, Between(from, to)); err != nil {
		return err
	}
	if state.Running(from) && !state.Running(to) {
		return w.bill(b, j, until)
	}
	return nil
}

// put stores the job's row.
func (w *work) put(j *Job) {
	if j.changed != w.out {
		j.changed = w.out
		w.out.Jobs = append(w.out.Jobs, j)
	}
}

// event starts an event of a video job.
func (j *Job) event(kind schedulerv1.JobEvent_Type) *schedulerv1.JobEvent {
	e := &schedulerv1.JobEvent{
		Type: kind, VideoJob: j.Video, VideoJobState: j.State, Attempt: j.Attempt, RowNumber: j.Idea.GetRowNumber(), Title: j.Idea.GetTitle(),
	}
	if state.Running(j.State) {
		e.Progress = Progress(j.Percent, j.Stage, j.ETA)
	}
	return e
}
