package postgres

import (
	"context"

	"github.com/jackc/pgx/v5"
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
	FROM video_jobs v JOIN queue q ON q.project = v.project AND q.id = v.id `

func videos(ctx context.Context, q querier, where string, args ...any) ([]store.Video, error) {
	rows, err := q.Query(ctx, `SELECT `+videoColumns+where, args...)
	return collect(rows, err, scanVideo)
}

func scanVideo(row pgx.CollectableRow) (store.Video, error) {
	var v store.Video
	var idea, outcome, failure []byte
	var created, ended, due, started *int64
	var percent float64
	var stage string
	var etaMS int64
	err := row.Scan(&v.Project, &v.ID, &v.Video, &v.Position, &v.Priority, &v.MaxAttempts, &idea, &outcome, &failure, &created,
		&ended, &v.User, &v.State, &v.Attempt, &v.Failures, &due, &started, &percent, &stage, &etaMS)
	if err != nil {
		return v, err
	}
	v.Created, v.Ended, v.Due, v.Started = fromMillis(created), fromMillis(ended), fromMillis(due), fromMillis(started)
	if state.Running(v.State) {
		v.Progress = ledger.Progress(percent, stage, duration(etaMS))
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

// attempts reads the attempts of a video job, oldest first.
func attempts(ctx context.Context, q querier, k store.VideoKey) ([]*schedulerv1.Attempt, error) {
	rows, err := q.Query(ctx, `SELECT number, worker, start_ms, end_ms, error FROM attempts
		WHERE project = $1 AND video_job = $2 ORDER BY number`, k.Project, k.Video)
	return collect(rows, err, func(row pgx.CollectableRow) (*schedulerv1.Attempt, error) {
		a := &schedulerv1.Attempt{}
		var start, end *int64
		var failure []byte
		if err := row.Scan(&a.Number, &a.Worker, &start, &end, &failure); err != nil {
			return nil, err
		}
		a.StartTime = timestamppb.New(fromMillis(start))
		if end != nil {
			a.EndTime = timestamppb.New(fromMillis(end))
		}
		var err error
		a.Error, err = ledger.Unmarshal(failure, &statuspb.Status{})
		return a, err
	})
}

// VideoJob implements store.Store.
func (s *Store) VideoJob(ctx context.Context, k store.VideoKey) (v store.Video, err error) {
	err = s.db.Read(ctx, func(ctx context.Context, t pgx.Tx) error {
		v, err = whole(ctx, t, k)
		return err
	})
	return v, err
}

// whole reads a video job with its attempts, or ErrNotFound.
func whole(ctx context.Context, q querier, k store.VideoKey) (store.Video, error) {
	v, err := first(videos(ctx, q, `WHERE v.project = $1 AND v.id = $2`, k.Project, k.Video))
	if err == nil && v.VideoKey != k {
		err = store.ErrNotFound // it is another bulk job's
	}
	if err != nil {
		return store.Video{}, err
	}
	v.Attempts, err = attempts(ctx, q, k)
	return v, err
}

// ListVideoJobs implements store.Store.
func (s *Store) ListVideoJobs(ctx context.Context, k store.BulkKey, after int64, limit int) (all []store.Video, sequence int64, err error) {
	err = s.db.Read(ctx, func(ctx context.Context, t pgx.Tx) error {
		b, err := bulk(ctx, t, k)
		if err != nil {
			return err
		}
		sequence = b.LastSequence
		all, err = videos(ctx, t, `WHERE v.project = $1 AND v.bulk_job = $2 AND v.position > $3 ORDER BY v.position LIMIT $4`,
			k.Project, k.ID, after, limit)
		return err
	})
	return all, sequence, err
}

// DeadLetter implements store.Store.
func (s *Store) DeadLetter(ctx context.Context, project, id string) (store.DeadLetter, error) {
	return first(s.deadLetters(ctx, `WHERE project = $1 AND id = $2`, project, id))
}

// ListDeadLetters implements store.Store.
func (s *Store) ListDeadLetters(ctx context.Context, project, before string, limit int) ([]store.DeadLetter, error) {
	return s.deadLetters(ctx, `WHERE project = $1 AND ($2::uuid IS NULL OR id < $2) ORDER BY id DESC LIMIT $3`, project, null(before), limit)
}

func (s *Store) deadLetters(ctx context.Context, where string, args ...any) (all []store.DeadLetter, err error) {
	err = s.db.Read(ctx, func(ctx context.Context, t pgx.Tx) error {
		rows, err := t.Query(ctx, `SELECT project, bulk_job, id, class, create_ms FROM dead_letters `+where, args...)
		all, err = collect(rows, err, func(row pgx.CollectableRow) (d store.DeadLetter, err error) {
			var created *int64
			k := &d.Video.VideoKey
			err = row.Scan(&k.Project, &k.ID, &k.Video, &d.Class, &created)
			d.Created = fromMillis(created)
			return d, err
		})
		if err != nil {
			return err
		}
		for i := range all {
			if all[i].Video, err = whole(ctx, t, all[i].Video.VideoKey); err != nil {
				return err
			}
		}
		return nil
	})
	return all, err
}
