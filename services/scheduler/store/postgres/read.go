package postgres

import (
	"context"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	statuspb "google.golang.org/genproto/googleapis/rpc/status"
	"google.golang.org/protobuf/types/known/timestamppb"

	ingestv1 "github.com/sheetreel/sheetreel/gen/sheetreel/ingest/v1"
	schedulerv1 "github.com/sheetreel/sheetreel/gen/sheetreel/scheduler/v1"
	"github.com/sheetreel/sheetreel/services/scheduler/store"
	"github.com/sheetreel/sheetreel/services/scheduler/store/ledger"
)

// reader implements ledger.Reader.
type reader struct{ querier }

// columns gives the same columns of the three places of a job's row, with the place's number.
func columns(p ledger.Place, withResult bool) string {
	const common = `, j.project, j.bulk_job, j.id, j.user_id, j.provider, j.position, j.last_on_page, j.priority, j.max_attempts, j.state,
		j.sort_key, j.attempt, j.failures, j.crashes, j.edited, j.error, j.wanted_key, j.plain_key, `
	switch {
	case p == ledger.InQueue:
		return `1` + common + `j.held, j.due_ms, NULL::text, NULL::text, NULL::bigint, NULL::bigint, NULL::bigint, 0::double precision, ''::text, 0::bigint, 0::bigint, NULL::bytea`
	case p == ledger.InRunning:
		return `2` + common + `false, 0::bigint, j.lease, j.worker, j.until_ms, j.start_ms, NULL::bigint, j.percent, j.stage, j.eta_ms, j.progress_event_ms, NULL::bytea`
	case withResult:
		return `3` + common + `false, 0, j.lease, j.worker, NULL, j.start_ms, j.end_ms, 0, '', 0, 0, j.result`
	default:
		return `3` + common + `false, 0, j.lease, j.worker, NULL::bigint, j.start_ms, j.end_ms, 0::double precision, ''::text, 0, 0, NULL::bytea`
	}
}

// table is the name of a place.
func table(p ledger.Place) string {
	return map[ledger.Place]string{ledger.InQueue: "queue", ledger.InRunning: "running", ledger.InFinished: "finished"}[p]
}

// places are all that a stored row can be in.
func places() []ledger.Place {
	return []ledger.Place{ledger.InQueue, ledger.InRunning, ledger.InFinished}
}

// everywhere repeats a selection for each place.
func everywhere(selection func(p ledger.Place) string) string {
	var all []string
	for _, p := range places() {
		all = append(all, selection(p))
	}
	return strings.Join(all, ` UNION ALL `)
}

// jobsByKey selects jobs by projects $1, bulk jobs $2 and ids $3, wherever they are.
func jobsByKey(withResult bool) string {
	return everywhere(func(p ledger.Place) string { return jobsByKeyIn(p, withResult) })
}

// jobsByKeyIn is jobsByKey in one place.
func jobsByKeyIn(p ledger.Place, withResult bool) string {
	return `SELECT ` + columns(p, withResult) + ` FROM unnest($1::text[], $2::text[]::uuid[], $3::text[]::uuid[]) AS k (project, bulk_job, id)
		JOIN LATERAL (SELECT * FROM ` + table(p) + ` AS t WHERE t.project = k.project AND t.bulk_job = k.bulk_job AND t.id = k.id LIMIT 1) AS j ON true`
}

func scanJob(row pgx.CollectableRow) (*ledger.Job, error) {
	j := &ledger.Job{}
	// The columns' own types, which need no search for a conversion.
	var place, failures, crashes int32
	var state, priority int16
	var lease, worker *string
	var until, start, end, wanted, plain *int64
	var due, eta, progressed int64
	err := row.Scan(&place, &j.Project, &j.ID, &j.Video, &j.User, &j.Provider, &j.Position, &j.LastOnPage, &priority, &j.MaxAttempts,
		&state, &j.SortKey, &j.Attempt, &failures, &crashes, &j.Edited, &j.Error, &wanted, &plain,
		&j.Held, &due, &lease, &worker, &until, &start, &end, &j.Percent, &j.Stage, &eta, &progressed, &j.Result)
	j.Stored, j.Priority, j.State = ledger.Place(place), ingestv1.Priority(priority), schedulerv1.VideoJob_State(state)
	j.Failures, j.Crashes, j.Lease, j.Worker = int(failures), int(crashes), text(lease), text(worker)
	j.WantedKey, j.PlainKey = number(wanted), number(plain)
	j.Until, j.Start, j.Ended = fromMillis(until), fromMillis(start), fromMillis(end)
	j.Due, j.Progressed, j.ETA = fromMillis(&due), time.UnixMilli(progressed), duration(eta)
	return j, err
}

// ShowBulk implements ledger.Reader.
func (r reader) ShowBulk(ctx context.Context, k store.BulkKey) (store.Bulk, error) {
	return first(bulks(ctx, r, `WHERE b.project = $1 AND b.id = $2`, k.Project, k.ID))
}

// ShowJobs implements ledger.Reader.
func (r reader) ShowJobs(ctx context.Context, keys []store.VideoKey) ([]*ledger.Job, error) {
	rows, err := r.Query(ctx, jobsByKey(true), column(keys, videoProject), column(keys, videoBulk), column(keys, videoID))
	return collect(rows, err, scanJob)
}

const pageColumns = `SELECT p.project, p.bulk_job, p.last_position, p.create_ms, p.ids, p.ideas FROM `

func scanPage(row pgx.CollectableRow) (*ledger.Page, error) {
	var k ledger.PageKey
	var created *int64
	var ids, ideas []byte
	if err := row.Scan(&k.Project, &k.ID, &k.Last, &created, &ids, &ideas); err != nil {
		return nil, err
	}
	return ledger.ReadPage(k, fromMillis(created), ids, ideas)
}

// Pages implements ledger.Reader.
func (r reader) Pages(ctx context.Context, keys []ledger.PageKey) ([]*ledger.Page, error) {
	rows, err := r.Query(ctx, pageColumns+`unnest($1::text[], $2::text[]::uuid[], $3::bigint[]) AS k (project, bulk_job, last_position)
		JOIN LATERAL (SELECT * FROM pages AS t WHERE t.project = k.project AND t.bulk_job = k.bulk_job AND t.last_position = k.last_position
			LIMIT 1) AS p ON true`,
		column(keys, func(k ledger.PageKey) string { return k.Project }), column(keys, func(k ledger.PageKey) string { return k.ID }),
		column(keys, func(k ledger.PageKey) int64 { return k.Last }))
	return collect(rows, err, scanPage)
}

// PagesAfter implements ledger.Reader.
func (r reader) PagesAfter(ctx context.Context, k store.BulkKey, after int64, limit int) ([]*ledger.Page, error) {
	rows, err := r.Query(ctx, pageColumns+`pages p WHERE p.project = $1 AND p.bulk_job = $2 AND p.last_position > $3
		ORDER BY p.last_position LIMIT $4`, k.Project, k.ID, after, limit)
	return collect(rows, err, scanPage)
}

// RowKeys implements ledger.Reader.
func (r reader) RowKeys(ctx context.Context, k store.BulkKey) ([]byte, error) {
	rows, err := r.Query(ctx, `SELECT coalesce(string_agg(row_keys, ''), '') FROM pages WHERE project = $1 AND bulk_job = $2`, k.Project, k.ID)
	return first(collect(rows, err, pgx.RowTo[[]byte]))
}

// LastVideo implements ledger.Reader.
func (r reader) LastVideo(ctx context.Context, k store.BulkKey) (id, top string, err error) {
	rows, err := r.Query(ctx, `SELECT ids, top_id FROM pages WHERE project = $1 AND bulk_job = $2 ORDER BY last_position DESC LIMIT 1`, k.Project, k.ID)
	ids, err := first(collect(rows, err, func(row pgx.CollectableRow) (ids []byte, err error) { return ids, row.Scan(&ids, &top) }))
	if err != nil {
		return "", "", err
	}
	id, err = ledger.LastID(ids)
	return id, top, err
}

// Specs implements ledger.Reader.
func (r reader) Specs(ctx context.Context, keys []store.BulkKey) (map[store.BulkKey]*schedulerv1.BulkJob, error) {
	rows, err := r.Query(ctx, `SELECT d.project, d.id, d.spec FROM unnest($1::text[], $2::text[]::uuid[]) AS k (project, id)
		CROSS JOIN LATERAL (SELECT * FROM bulk_job_details AS t WHERE t.project = k.project AND t.id = k.id LIMIT 1) AS d`, column(keys, bulkProject), column(keys, bulkID))
	specs := make(map[store.BulkKey]*schedulerv1.BulkJob, len(keys))
	_, err = collect(rows, err, func(row pgx.CollectableRow) (k store.BulkKey, err error) {
		var raw []byte
		if err := row.Scan(&k.Project, &k.ID, &raw); err != nil {
			return k, err
		}
		specs[k], err = ledger.Unmarshal(raw, &schedulerv1.BulkJob{})
		return k, err
	})
	return specs, err
}

// Attempts implements ledger.Reader.
func (r reader) Attempts(ctx context.Context, k store.VideoKey) ([]*schedulerv1.Attempt, error) {
	rows, err := r.Query(ctx, `SELECT number, worker, start_ms, end_ms, error FROM attempts
		WHERE project = $1 AND bulk_job = $2 AND video_job = $3 ORDER BY number`, k.Project, k.ID, k.Video)
	return collect(rows, err, func(row pgx.CollectableRow) (*schedulerv1.Attempt, error) {
		a := &schedulerv1.Attempt{}
		var start, end *int64
		var failure []byte
		if err := row.Scan(&a.Number, &a.Worker, &start, &end, &failure); err != nil {
			return nil, err
		}
		a.StartTime, a.EndTime = timestamppb.New(fromMillis(start)), timestamppb.New(fromMillis(end))
		var err error
		a.Error, err = ledger.Unmarshal(failure, &statuspb.Status{})
		return a, err
	})
}

// EventPages implements ledger.Reader.
func (r reader) EventPages(ctx context.Context, k store.BulkKey, after int64, limit int) ([]ledger.EventPage, error) {
	rows, err := r.Query(ctx, `SELECT first_sequence, last_sequence, events FROM job_events
		WHERE project = $1 AND bulk_job = $2 AND last_sequence > $3 ORDER BY last_sequence LIMIT $4`, k.Project, k.ID, after, limit)
	return collect(rows, err, func(row pgx.CollectableRow) (ledger.EventPage, error) {
		p := ledger.EventPage{BulkKey: k}
		return p, row.Scan(&p.First, &p.Last, &p.Raw)
	})
}
