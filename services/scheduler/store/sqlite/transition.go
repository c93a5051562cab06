package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	statuspb "google.golang.org/genproto/googleapis/rpc/status"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/timestamppb"

	schedulerv1 "github.com/sheetreel/sheetreel/gen/sheetreel/scheduler/v1"
	"github.com/sheetreel/sheetreel/services/scheduler/state"
	"github.com/sheetreel/sheetreel/services/scheduler/store"
)

// row is a queue row with what its events need.
type row struct {
	store.VideoKey
	user       string
	state      state.Video
	sortKey    int64
	due        time.Time
	attempt    int32
	failures   int
	crashes    int
	lease      string
	until      time.Time
	start      time.Time
	percent    float64
	stage      string
	eta        time.Duration
	progressed time.Time // when the last progress event was written
	title      string
	rowNumber  int32
}

const rowColumns = `q.project, q.bulk_job, q.id, q.user_id, q.state, q.sort_key, q.due_ms, q.attempt, q.failures, q.crashes,
	q.lease, q.until_ms, q.start_ms, q.percent, q.stage, q.eta_ms, q.progress_event_ms, v.title, v.row_number
	FROM queue q JOIN video_jobs v ON v.project = q.project AND v.bulk_job = q.bulk_job AND v.id = q.id `

// rows reads queue rows; where continues the query after FROM.
func rows(ctx context.Context, q querier, where string, args ...any) ([]row, error) {
	result, err := q.QueryContext(ctx, `SELECT `+rowColumns+where, args...)
	if err != nil {
		return nil, err
	}
	defer result.Close()
	var all []row
	for result.Next() {
		var r row
		var lease sql.NullString
		var until, start sql.NullInt64
		var due, eta, progressed int64
		err := result.Scan(&r.Project, &r.ID, &r.Video, &r.user, &r.state, &r.sortKey, &due, &r.attempt, &r.failures, &r.crashes,
			&lease, &until, &start, &r.percent, &r.stage, &eta, &progressed, &r.title, &r.rowNumber)
		if err != nil {
			return nil, err
		}
		r.lease, r.until, r.start = lease.String, fromMillis(until), fromMillis(start)
		r.due, r.progressed = fromMillis(sql.NullInt64{Int64: due, Valid: true}), time.UnixMilli(progressed)
		r.eta = time.Duration(eta) * time.Millisecond
		all = append(all, r)
	}
	return all, result.Err()
}

// one reads the only row of a query, or ErrNotFound.
func one(ctx context.Context, q querier, where string, args ...any) (row, error) {
	all, err := rows(ctx, q, where, args...)
	if err != nil {
		return row{}, err
	}
	if len(all) == 0 {
		return row{}, store.ErrNotFound
	}
	return all[0], nil
}

// leased reads the row of a lease that is in force, or ErrLeaseLost.
func (t *tx) leased(ctx context.Context, lease string) (row, error) {
	r, err := one(ctx, t, `WHERE q.lease = ?`, lease)
	if errors.Is(err, store.ErrNotFound) || err == nil && (!state.Running(r.state) || !t.now.Before(r.until)) {
		return r, store.ErrLeaseLost
	}
	return r, err
}

// move takes a video job to a state, with everything that belongs to it: the row, its bulk job's counters, its
// event. The caller has set the row's other fields.
func (t *tx) move(ctx context.Context, r *row, to state.Video, why *statuspb.Status) error {
	from := r.state
	if !state.VideoMayBecome(from, to) {
		return &store.StateError{State: from.String(), Message: fmt.Sprintf("a video job that is %s cannot become %s", from, to)}
	}
	r.state = to
	if !state.Running(to) && to != state.Completed {
		r.percent, r.stage, r.eta = 0, "", 0
	}
	// A finished job keeps its last lease, so that its worker can be told how it ended.
	if state.Waiting(to) {
		r.lease = ""
	}
	if !state.Running(to) {
		r.until = time.Time{}
	}
	if to != state.RateLimited && to != state.Retrying {
		r.due = time.Time{}
	}
	if err := t.put(ctx, r); err != nil {
		return err
	}
	if state.Finished(to) || state.Finished(from) || why != nil {
		if err := t.putOutcome(ctx, r, why); err != nil {
			return err
		}
	}
	if state.Running(from) && !state.Running(to) {
		if err := t.endAttempt(ctx, r, why); err != nil {
			return err
		}
	}
	event := r.event(schedulerv1.JobEvent_VIDEO_JOB_STATE_CHANGED)
	event.PreviousVideoJobState, event.Error = from, why
	if !r.due.IsZero() {
		event.NextAttemptTime = timestamppb.New(r.due)
	}
	if err := t.record(ctx, r.BulkKey, event, between(from, to)); err != nil {
		return err
	}
	if state.Waiting(to) {
		t.wakes(store.TopicQueue)
	}
	return nil
}

// put stores a queue row.
func (t *tx) put(ctx context.Context, r *row) error {
	var due int64
	if !r.due.IsZero() {
		due = r.due.UnixMilli()
	}
	var lease any
	if r.lease != "" {
		lease = r.lease
	}
	_, err := t.ExecContext(ctx, `UPDATE queue SET state = ?, sort_key = ?, due_ms = ?, attempt = ?, failures = ?, crashes = ?,
		lease = ?, until_ms = ?, start_ms = ?, percent = ?, stage = ?, eta_ms = ?, progress_event_ms = ?
		WHERE project = ? AND bulk_job = ? AND id = ?`,
		r.state, r.sortKey, due, r.attempt, r.failures, r.crashes,
		lease, millis(r.until), millis(r.start), r.percent, r.stage, r.eta.Milliseconds(), r.progressed.UnixMilli(),
		r.Project, r.ID, r.Video)
	return err
}

// putOutcome stores how a video job stands outside of the queue: its last error and its end.
func (t *tx) putOutcome(ctx context.Context, r *row, why *statuspb.Status) error {
	raw, err := marshal(why)
	if err != nil {
		return err
	}
	var end any
	if state.Finished(r.state) {
		end = t.now.UnixMilli()
	}
	_, err = t.ExecContext(ctx, `UPDATE video_jobs SET error = ?, end_ms = ? WHERE project = ? AND bulk_job = ? AND id = ?`,
		raw, end, r.Project, r.ID, r.Video)
	return err
}

func (t *tx) endAttempt(ctx context.Context, r *row, why *statuspb.Status) error {
	raw, err := marshal(why)
	if err != nil {
		return err
	}
	_, err = t.ExecContext(ctx, `UPDATE attempts SET end_ms = ?, error = ?
		WHERE project = ? AND bulk_job = ? AND video_job = ? AND number = ? AND end_ms IS NULL`,
		t.now.UnixMilli(), raw, r.Project, r.ID, r.Video, r.attempt)
	return err
}

// event starts an event of a video job.
func (r *row) event(kind schedulerv1.JobEvent_Type) *schedulerv1.JobEvent {
	e := &schedulerv1.JobEvent{
		Type: kind, VideoJob: r.Name(), VideoJobState: r.state, Attempt: r.attempt, RowNumber: r.rowNumber, Title: r.title,
	}
	if state.Running(r.state) {
		e.Progress = progress(r.percent, r.stage, r.eta)
	}
	return e
}

// record appends an event to a bulk job's history and moves its counters, in the one statement that also gives the
// event its number.
func (t *tx) record(ctx context.Context, k store.BulkKey, event *schedulerv1.JobEvent, d store.Counts) error {
	var sequence int64
	err := t.QueryRowContext(ctx, `UPDATE bulk_jobs SET last_sequence = last_sequence + 1, update_ms = ?,
		total = total + ?, pending = pending + ?, running = running + ?, completed = completed + ?, failed = failed + ?,
		skipped = skipped + ?, cancelled = cancelled + ?, rate_limited = rate_limited + ?
		WHERE project = ? AND id = ? RETURNING last_sequence`,
		t.now.UnixMilli(), d.Total, d.Pending, d.Running, d.Completed, d.Failed, d.Skipped, d.Cancelled, d.RateLimited,
		k.Project, k.ID).Scan(&sequence)
	if err != nil {
		return err
	}
	event.Sequence, event.BulkJob, event.EventTime = sequence, k.Name(), timestamppb.New(t.now)
	raw, err := proto.Marshal(event)
	if err != nil {
		return err
	}
	_, err = t.ExecContext(ctx, `INSERT INTO job_events (project, bulk_job, sequence, event) VALUES (?, ?, ?, ?)`,
		k.Project, k.ID, sequence, raw)
	t.wakes(store.TopicBulk(k))
	return err
}

// between is what a change of state does to the counters. An unspecified state counts nowhere.
func between(from, to state.Video) store.Counts {
	var d store.Counts
	count(&d, from, -1)
	count(&d, to, 1)
	return d
}

func count(d *store.Counts, s state.Video, n int32) {
	if s == schedulerv1.VideoJob_STATE_UNSPECIFIED {
		return
	}
	d.Total += n
	switch {
	case state.Waiting(s):
		d.Pending += n
		if s == state.RateLimited {
			d.RateLimited += n
		}
	case state.Running(s):
		d.Running += n
	case s == state.Completed:
		d.Completed += n
	case s == state.Failed:
		d.Failed += n
	case s == state.Skipped:
		d.Skipped += n
	case s == state.Cancelled:
		d.Cancelled += n
	}
}
