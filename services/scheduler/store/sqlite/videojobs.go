package sqlite

import (
	"context"
	"database/sql"
	"time"

	statuspb "google.golang.org/genproto/googleapis/rpc/status"
	"google.golang.org/protobuf/types/known/timestamppb"

	ingestv1 "github.com/sheetreel/sheetreel/gen/sheetreel/ingest/v1"
	schedulerv1 "github.com/sheetreel/sheetreel/gen/sheetreel/scheduler/v1"
	"github.com/sheetreel/sheetreel/services/scheduler/state"
	"github.com/sheetreel/sheetreel/services/scheduler/store"
	"github.com/sheetreel/sheetreel/services/scheduler/store/ledger"
)

const videoColumns = `v.project, v.bulk_job, v.id, v.position, v.priority, v.max_attempts, v.idea, v.result, v.error, v.create_ms,
	v.end_ms, q.user_id, q.state, q.attempt, q.failures, q.due_ms, q.start_ms, q.percent, q.stage, q.eta_ms
	FROM video_jobs v JOIN queue q ON q.project = v.project AND q.bulk_job = v.bulk_job AND q.id = v.id `

func videos(ctx context.Context, q querier, where string, args ...any) ([]store.Video, error) {
	result, err := q.QueryContext(ctx, `SELECT `+videoColumns+where, args...)
	if err != nil {
		return nil, err
	}
	defer result.Close()
	var all []store.Video
	for result.Next() {
		v, err := scanVideo(result)
		if err != nil {
			return nil, err
		}
		all = append(all, v)
	}
	return all, result.Err()
}

func scanVideo(result *sql.Rows) (store.Video, error) {
	var v store.Video
	var idea, outcome, failure []byte
	var created, ended, due, started sql.NullInt64
	var percent float64
	var stage string
	var etaMS int64
	err := result.Scan(&v.Project, &v.ID, &v.Video, &v.Position, &v.Priority, &v.MaxAttempts, &idea, &outcome, &failure, &created,
		&ended, &v.User, &v.State, &v.Attempt, &v.Failures, &due, &started, &percent, &stage, &etaMS)
	if err != nil {
		return v, err
	}
	v.Created, v.Ended, v.Due, v.Started = fromMillis(created), fromMillis(ended), fromMillis(due), fromMillis(started)
	if state.Running(v.State) {
		v.Progress = ledger.Progress(percent, stage, time.Duration(etaMS)*time.Millisecond)
	}
	if v.Idea, err = ledger.Unmarshal(idea, &ingestv1.Idea{}); err != nil {
		return v, err
	}
	made, err := ledger.Unmarshal(outcome, &schedulerv1.VideoJob{})
	if err != nil {
		return v, err
	}
	v.Result = store.Result{Artifacts: made.GetArtifacts(), VideoDuration: made.GetVideoDuration().AsDuration()}
	v.Error, err = ledger.Unmarshal(failure, &statuspb.Status{})
	return v, err
}

// video reads a video job without its attempts, or ErrNotFound.
func video(ctx context.Context, q querier, k store.VideoKey) (store.Video, error) {
	all, err := videos(ctx, q, `WHERE v.project = ? AND v.bulk_job = ? AND v.id = ?`, k.Project, k.ID, k.Video)
	if err != nil {
		return store.Video{}, err
	}
	if len(all) == 0 {
		return store.Video{}, store.ErrNotFound
	}
	return all[0], nil
}

// attempts reads the attempts of a video job, oldest first.
func attempts(ctx context.Context, q querier, k store.VideoKey) ([]*schedulerv1.Attempt, error) {
	result, err := q.QueryContext(ctx, `SELECT number, worker, start_ms, end_ms, error FROM attempts
		WHERE project = ? AND bulk_job = ? AND video_job = ? ORDER BY number`, k.Project, k.ID, k.Video)
	if err != nil {
		return nil, err
	}
	defer result.Close()
	var all []*schedulerv1.Attempt
	for result.Next() {
		a := &schedulerv1.Attempt{}
		var start, end sql.NullInt64
		var failure []byte
		if err := result.Scan(&a.Number, &a.Worker, &start, &end, &failure); err != nil {
			return nil, err
		}
		a.StartTime = timestamppb.New(fromMillis(start))
		if end.Valid {
			a.EndTime = timestamppb.New(fromMillis(end))
		}
		if a.Error, err = ledger.Unmarshal(failure, &statuspb.Status{}); err != nil {
			return nil, err
		}
		all = append(all, a)
	}
	return all, result.Err()
}

// VideoJob implements store.Store.
func (s *Store) VideoJob(ctx context.Context, k store.VideoKey) (v store.Video, err error) {
	err = s.db.Read(ctx, func(t *sql.Tx) error {
		if v, err = video(ctx, t, k); err != nil {
			return err
		}
		v.Attempts, err = attempts(ctx, t, k)
		return err
	})
	return v, err
}

// ListVideoJobs implements store.Store.
func (s *Store) ListVideoJobs(ctx context.Context, k store.BulkKey, after int64, limit int) (all []store.Video, sequence int64, err error) {
	err = s.db.Read(ctx, func(t *sql.Tx) error {
		b, err := bulk(ctx, t, k)
		if err != nil {
			return err
		}
		sequence = b.LastSequence
		all, err = videos(ctx, t, `WHERE v.project = ? AND v.bulk_job = ? AND v.position > ? ORDER BY v.position LIMIT ?`,
			k.Project, k.ID, after, limit)
		return err
	})
	return all, sequence, err
}

// DeadLetter implements store.Store.
func (s *Store) DeadLetter(ctx context.Context, project, id string) (store.DeadLetter, error) {
	all, err := s.deadLetters(ctx, `WHERE project = ? AND id = ?`, project, id)
	if err != nil {
		return store.DeadLetter{}, err
	}
	if len(all) == 0 {
		return store.DeadLetter{}, store.ErrNotFound
	}
	return all[0], nil
}

// ListDeadLetters implements store.Store.
func (s *Store) ListDeadLetters(ctx context.Context, project, before string, limit int) ([]store.DeadLetter, error) {
	return s.deadLetters(ctx, `WHERE project = ? AND (? = '' OR id < ?) ORDER BY id DESC LIMIT ?`, project, before, before, limit)
}

func (s *Store) deadLetters(ctx context.Context, where string, args ...any) (all []store.DeadLetter, err error) {
	err = s.db.Read(ctx, func(t *sql.Tx) error {
		all = nil
		result, err := t.QueryContext(ctx, `SELECT project, bulk_job, id, class, create_ms FROM dead_letters `+where, args...)
		if err != nil {
			return err
		}
		defer result.Close()
		for result.Next() {
			var d store.DeadLetter
			var created sql.NullInt64
			k := &d.Video.VideoKey
			if err := result.Scan(&k.Project, &k.ID, &k.Video, &d.Class, &created); err != nil {
				return err
			}
			d.Created = fromMillis(created)
			all = append(all, d)
		}
		if err := result.Err(); err != nil {
			return err
		}
		for i := range all {
			k := all[i].Video.VideoKey
			if all[i].Video, err = video(ctx, t, k); err != nil {
				return err
			}
			if all[i].Video.Attempts, err = attempts(ctx, t, k); err != nil {
				return err
			}
		}
		return nil
	})
	return all, err
}
