package ledger

import (
	"fmt"
	"time"

	statuspb "google.golang.org/genproto/googleapis/rpc/status"
	"google.golang.org/protobuf/types/known/durationpb"
	"google.golang.org/protobuf/types/known/timestamppb"

	schedulerv1 "github.com/sheetreel/sheetreel/gen/sheetreel/scheduler/v1"
	"github.com/sheetreel/sheetreel/services/scheduler/state"
	"github.com/sheetreel/sheetreel/services/scheduler/store"
)

// Job is a row of the queue with what its events need.
type Job struct {
	store.VideoKey
	User              string
	State             state.Video
	Held              bool // out of the claim, because its bulk job is paused
	SortKey           int64
	Due               time.Time
	Attempt           int32
	Failures, Crashes int
	Lease             string // kept after the end, so that a repeated report is recognised
	Until, Start      time.Time
	Percent           float64
	Stage             string
	ETA               time.Duration
	Progressed        time.Time // when the last progress event was written
	Title             string
	RowNumber         int32

	changed *Changes // that lists the job already
	outcome *Outcome // of changed
}

// runs tells whether the job's lease is in force.
func (j *Job) runs(now time.Time) bool { return state.Running(j.State) && now.Before(j.Until) }

// Progress is a job's progress as the API shows it.
func Progress(percent float64, stage string, eta time.Duration) *schedulerv1.RenderProgress {
	p := &schedulerv1.RenderProgress{Percent: percent, Stage: stage}
	if eta > 0 {
		p.Eta = durationpb.New(eta)
	}
	return p
}

// overlay brings a video job that was read before a change up to date.
func (j *Job) overlay(v *store.Video) {
	v.State, v.Attempt, v.Failures, v.Due, v.Started, v.Progress = j.State, j.Attempt, j.Failures, j.Due, j.Start, nil
	if state.Running(j.State) {
		v.Progress = Progress(j.Percent, j.Stage, j.ETA)
	}
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
	if err := j.mayBecome(to); err != nil {
		return err
	}
	raw, err := Marshal(why)
	if err != nil {
		return err
	}
	b, from := w.bulks[j.BulkKey], j.State
	j.State = to
	j.Held = b.State == state.BulkPaused
	if !state.Running(to) && to != state.Completed {
		j.Percent, j.Stage, j.ETA = 0, "", 0
	}
	// A finished job keeps its last lease, so that its worker can be told how it ended.
	if state.Waiting(to) {
		j.Lease = ""
	}
	if !state.Running(to) {
		j.Until = time.Time{}
	}
	if to != state.RateLimited && to != state.Retrying {
		j.Due = time.Time{}
	}
	w.put(j)
	if state.Finished(to) || state.Finished(from) || why != nil {
		o := w.outcome(j)
		o.Error, o.Ended = raw, time.Time{}
		if state.Finished(to) {
			o.Ended = w.now
		}
	}
	if state.Running(from) && !state.Running(to) {
		w.out.Ended = append(w.out.Ended, Ended{j.VideoKey, j.Attempt, raw, w.now})
	}
	event := j.event(schedulerv1.JobEvent_VIDEO_JOB_STATE_CHANGED)
	event.PreviousVideoJobState, event.Error = from, why
	if !j.Due.IsZero() {
		event.NextAttemptTime = timestamppb.New(j.Due)
	}
	if state.Waiting(to) {
		w.wakes(store.TopicQueue)
	}
	return w.record(b, event, Between(from, to))
}

// put stores the job's row.
func (w *work) put(j *Job) {
	if j.changed != w.out {
		j.changed, j.outcome = w.out, nil
		w.out.Jobs = append(w.out.Jobs, j)
	}
}

// outcome is what will be stored of the job outside of the queue.
func (w *work) outcome(j *Job) *Outcome {
	w.put(j)
	if j.outcome == nil {
		j.outcome = &Outcome{VideoKey: j.VideoKey}
		w.out.Outcomes = append(w.out.Outcomes, j.outcome)
	}
	return j.outcome
}

// event starts an event of a video job.
func (j *Job) event(kind schedulerv1.JobEvent_Type) *schedulerv1.JobEvent {
	e := &schedulerv1.JobEvent{
		Type: kind, VideoJob: j.Name(), VideoJobState: j.State, Attempt: j.Attempt, RowNumber: j.RowNumber, Title: j.Title,
	}
	if state.Running(j.State) {
		e.Progress = Progress(j.Percent, j.Stage, j.ETA)
	}
	return e
}
