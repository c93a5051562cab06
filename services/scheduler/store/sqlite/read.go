package sqlite

import (
	"context"
	"database/sql"
	"time"

	statuspb "google.golang.org/genproto/googleapis/rpc/status"
	"google.golang.org/protobuf/types/known/timestamppb"

	schedulerv1 "github.com/sheetreel/sheetreel/gen/sheetreel/scheduler/v1"
	kitsqlite "github.com/sheetreel/sheetreel/kit/sqlite"
	"github.com/sheetreel/sheetreel/services/scheduler/store"
	"github.com/sheetreel/sheetreel/services/scheduler/store/ledger"
)

// reader implements ledger.Reader.
type reader struct{ *kitsqlite.Tx }

// What a place has of the columns that scanJob reads: the same for the three of them.
const (
	jobColumns = `project, bulk_job, id, user_id, provider, position, last_on_page, priority, max_attempts, state, sort_key, attempt,
		failures, crashes, edited, error, wanted_key, plain_key`
	queueColumns    = jobColumns + `, held, due_ms, NULL, NULL, NULL, NULL, NULL, 0.0, '', 0, 0, NULL`
	runningColumns  = jobColumns + `, 0, 0, lease, worker, until_ms, start_ms, NULL, percent, stage, eta_ms, progress_event_ms, NULL`
	finishedColumns = jobColumns + `, 0, 0, lease, worker, NULL, start_ms, end_ms, 0.0, '', 0, 0, result`

	inQueue    = `SELECT 1, ` + queueColumns + ` FROM queue `
	inRunning  = `SELECT 2, ` + runningColumns + ` FROM running `
	inFinished = `SELECT 3, ` + finishedColumns + ` FROM finished `
)

func scanJob(r *sql.Rows) (*ledger.Job, error) {
	j := &ledger.Job{}
	var lease, worker sql.NullString
	var until, start, end, wanted, plain sql.NullInt64
	var due, eta, progressed int64
	err := r.Scan(&j.Stored, &j.Project, &j.ID, &j.Video, &j.User, &j.Provider, &j.Position, &j.LastOnPage, &j.Priority, &j.MaxAttempts,
		&j.State, &j.SortKey, &j.Attempt, &j.Failures, &j.Crashes, &j.Edited, &j.Error, &wanted, &plain,
		&j.Held, &due, &lease, &worker, &until, &start, &end, &j.Percent, &j.Stage, &eta, &progressed, &j.Result)
	j.WantedKey, j.PlainKey = wanted.Int64, plain.Int64
	j.Lease, j.Worker = lease.String, worker.String
	j.Until, j.Start, j.Ended = fromMillis(until), fromMillis(start), fromMillis(end)
	j.Due, j.Progressed = fromMillis(sql.NullInt64{Int64: due, Valid: true}), time.UnixMilli(progressed)
	j.ETA = time.Duration(eta) * time.Millisecond
	return j, err
}

// ShowBulk implements ledger.Reader.
func (r reader) ShowBulk(ctx context.Context, k store.BulkKey) (store.Bulk, error) {
	return first(bulks(ctx, r.Tx, `WHERE b.project = ? AND b.id = ?`, k.Project, k.ID))
}

// ShowJobs implements ledger.Reader.
func (r reader) ShowJobs(ctx context.Context, keys []store.VideoKey) ([]*ledger.Job, error) {
	var all []*ledger.Job
	for _, k := range keys {
		for _, place := range []string{inQueue, inRunning, inFinished} {
			found, err := rows(ctx, r.Tx, scanJob, place+byKey, k.Project, k.ID, k.Video)
			if err != nil {
				return nil, err
			}
			if len(found) > 0 {
				all = append(all, found...)
				break
			}
		}
	}
	return all, nil
}

// byKey finds a video job in its place.
const byKey = `WHERE project = ? AND bulk_job = ? AND id = ?`

const pageColumns = `SELECT last_position, create_ms, ids, ideas FROM pages WHERE project = ? AND bulk_job = ? `

func (r reader) pages(ctx context.Context, k store.BulkKey, where string, args ...any) ([]*ledger.Page, error) {
	return rows(ctx, r.Tx, func(row *sql.Rows) (*ledger.Page, error) {
		key := ledger.PageKey{BulkKey: k}
		var created sql.NullInt64
		var ids, ideas []byte
		if err := row.Scan(&key.Last, &created, &ids, &ideas); err != nil {
			return nil, err
		}
		return ledger.ReadPage(key, fromMillis(created), ids, ideas)
	}, pageColumns+where, append([]any{k.Project, k.ID}, args...)...)
}

// Pages implements ledger.Reader.
func (r reader) Pages(ctx context.Context, keys []ledger.PageKey) ([]*ledger.Page, error) {
	var all []*ledger.Page
	for _, k := range keys {
		found, err := r.pages(ctx, k.BulkKey, `AND last_position = ?`, k.Last)
		if err != nil {
			return nil, err
		}
		all = append(all, found...)
	}
	return all, nil
}

// PagesAfter implements ledger.Reader.
func (r reader) PagesAfter(ctx context.Context, k store.BulkKey, after int64, limit int) ([]*ledger.Page, error) {
	return r.pages(ctx, k, `AND last_position > ? ORDER BY last_position LIMIT ?`, after, limit)
}

// RowKeys implements ledger.Reader.
func (r reader) RowKeys(ctx context.Context, k store.BulkKey) ([]byte, error) {
	var all []byte
	_, err := rows(ctx, r.Tx, func(row *sql.Rows) (struct{}, error) {
		var keys []byte
		err := row.Scan(&keys)
		all = append(all, keys...)
		return struct{}{}, err
	}, `SELECT row_keys FROM pages WHERE project = ? AND bulk_job = ?`, k.Project, k.ID)
	return all, err
}

// LastVideo implements ledger.Reader.
func (r reader) LastVideo(ctx context.Context, k store.BulkKey) (id, top string, err error) {
	ids, err := first(rows(ctx, r.Tx, func(row *sql.Rows) (ids []byte, err error) { return ids, row.Scan(&ids, &top) },
		`SELECT ids, top_id FROM pages WHERE project = ? AND bulk_job = ? ORDER BY last_position DESC LIMIT 1`, k.Project, k.ID))
	if err != nil {
		return "", "", err
	}
	id, err = ledger.LastID(ids)
	return id, top, err
}

// Specs implements ledger.Reader.
func (r reader) Specs(ctx context.Context, keys []store.BulkKey) (map[store.BulkKey]*schedulerv1.BulkJob, error) {
	all := make(map[store.BulkKey]*schedulerv1.BulkJob, len(keys))
	for _, k := range keys {
		_, err := rows(ctx, r.Tx, func(row *sql.Rows) (struct{}, error) {
			var raw []byte
			err := row.Scan(&raw)
			if err == nil {
				all[k], err = ledger.Unmarshal(raw, &schedulerv1.BulkJob{})
			}
			return struct{}{}, err
		}, `SELECT spec FROM bulk_jobs WHERE project = ? AND id = ?`, k.Project, k.ID)
		if err != nil {
			return nil, err
		}
	}
	return all, nil
}

// Attempts implements ledger.Reader.
func (r reader) Attempts(ctx context.Context, k store.VideoKey) ([]*schedulerv1.Attempt, error) {
	return rows(ctx, r.Tx, func(row *sql.Rows) (*schedulerv1.Attempt, error) {
		a := &schedulerv1.Attempt{}
		var start, end sql.NullInt64
		var failure []byte
		err := row.Scan(&a.Number, &a.Worker, &start, &end, &failure)
		a.StartTime, a.EndTime = timestamppb.New(fromMillis(start)), timestamppb.New(fromMillis(end))
		if err == nil {
			a.Error, err = ledger.Unmarshal(failure, &statuspb.Status{})
		}
		return a, err
	}, `SELECT number, worker, start_ms, end_ms, error FROM attempts
		WHERE project = ? AND bulk_job = ? AND video_job = ? ORDER BY number`, k.Project, k.ID, k.Video)
}

// EventPages implements ledger.Reader.
func (r reader) EventPages(ctx context.Context, k store.BulkKey, after int64, limit int) ([]ledger.EventPage, error) {
	return rows(ctx, r.Tx, func(row *sql.Rows) (ledger.EventPage, error) {
		p := ledger.EventPage{BulkKey: k}
		return p, row.Scan(&p.First, &p.Last, &p.Raw)
	}, `SELECT first_sequence, last_sequence, events FROM job_events
		WHERE project = ? AND bulk_job = ? AND last_sequence > ? ORDER BY last_sequence LIMIT ?`, k.Project, k.ID, after, limit)
}
