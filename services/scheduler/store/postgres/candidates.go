package postgres

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/sheetreel/sheetreel/kit/pg"
	"github.com/sheetreel/sheetreel/services/scheduler/store"
	"github.com/sheetreel/sheetreel/services/scheduler/store/ledger"
)

// window is how many rows of those to skip the claim walks over before it goes by lanes instead, and glimpse how many
// tell that it need not try.
const (
	window  = 200
	glimpse = 8
)

const (
	// allProviders are those that have something ready: one step each.
	allProviders = `providers (provider) AS (
			(SELECT provider FROM queue WHERE NOT held AND due_ms = 0 ORDER BY provider LIMIT 1)
			UNION ALL
			SELECT n.provider FROM providers AS p CROSS JOIN LATERAL (SELECT provider FROM queue
				WHERE NOT held AND due_ms = 0 AND provider > p.provider ORDER BY provider LIMIT 1) AS n
		)`
	// wantedProviders are those that are asked for.
	wantedProviders = `providers (provider) AS (SELECT unnest(@providers::text[]))`

	notSkipped = `project || '/' || user_id <> ALL (@skip::text[]) AND provider || '/' || project || '/' || user_id <> ALL (@skip::text[])`
)

// Two ways to find the first that are ready.
const (
	// readyInWindow merges the heads of the providers' orders and looks at the head of that only. With nobody to skip
	// that is enough.
	readyInWindow = `, head AS (
			SELECT j.* FROM providers AS p CROSS JOIN LATERAL (SELECT project, bulk_job, id, user_id, provider, sort_key, last_on_page, waiting FROM queue
				WHERE NOT held AND due_ms = 0 AND provider = p.provider ORDER BY sort_key, id LIMIT @window::bigint) AS j
			WHERE p.provider <> ALL (@without::text[]) ORDER BY j.sort_key, j.id LIMIT @window::bigint
		)
		(SELECT project, bulk_job, id, user_id, provider, sort_key, last_on_page, waiting, false FROM head WHERE ` + notSkipped + ` ORDER BY sort_key, id LIMIT @limit::bigint)`
	// readyByLanes steps from lane to lane, takes those whose first job is earliest, and merges them. It costs by lanes,
	// and nothing for however many jobs of a skipped one.
	readyByLanes = `, lanes AS (
			SELECT n.* FROM providers AS p CROSS JOIN LATERAL (SELECT provider, project, user_id FROM queue
				WHERE NOT held AND due_ms = 0 AND provider = p.provider ORDER BY project, user_id LIMIT 1) AS n
			WHERE p.provider <> ALL (@without::text[])
			UNION ALL
			SELECT n.* FROM lanes AS l CROSS JOIN LATERAL (SELECT provider, project, user_id FROM queue
				WHERE NOT held AND due_ms = 0 AND provider = l.provider AND (project, user_id) > (l.project, l.user_id)
				ORDER BY project, user_id LIMIT 1) AS n
		), heads AS (
			SELECT l.* FROM (SELECT * FROM lanes WHERE ` + notSkipped + `) AS l CROSS JOIN LATERAL (SELECT sort_key, id FROM queue
				WHERE NOT held AND due_ms = 0 AND provider = l.provider AND project = l.project AND user_id = l.user_id
				ORDER BY sort_key, id LIMIT 1) AS h
			ORDER BY h.sort_key, h.id LIMIT @limit::bigint
		)
		(SELECT j.*, false FROM heads AS h CROSS JOIN LATERAL (SELECT project, bulk_job, id, user_id, provider, sort_key, last_on_page, waiting FROM queue
			WHERE NOT held AND due_ms = 0 AND provider = h.provider AND project = h.project AND user_id = h.user_id
			ORDER BY sort_key, id LIMIT @widest::bigint) AS j
		ORDER BY j.sort_key, j.id LIMIT @limit::bigint)`
	// due are those whose time has come.
	due = ` UNION ALL (SELECT project, bulk_job, id, user_id, provider, sort_key, last_on_page, waiting, true FROM queue
		WHERE NOT held AND due_ms > 0 AND due_ms <= @now::bigint ORDER BY due_ms LIMIT @due::bigint)`
)

// Ready implements ledger.Database.
func (d database) Ready(ctx context.Context, l ledger.Look, now time.Time) ([]ledger.Waiting, error) {
	limited, cancel := d.db.Limit(ctx)
	defer cancel()
	args := lookArgs(l, now)
	if len(l.Skip) > 0 {
		// When all of the very first are to be skipped, so are many behind them, as a rule.
		few := lookArgs(l, now)
		few["window"] = glimpse
		all, err := d.waiting(limited, lookStatement(l, readyInWindow), few)
		if err != nil {
			return nil, pg.Trouble(ctx, err)
		}
		if rows, _ := ledger.Ready(all); rows == 0 {
			all, err = d.waiting(limited, lookStatement(l, readyByLanes), args)
			return all, pg.Trouble(ctx, err)
		}
	}
	all, err := d.waiting(limited, lookStatement(l, readyInWindow), args)
	if err != nil || len(l.Skip) == 0 || l.Enough(all) {
		return all, pg.Trouble(ctx, err)
	}
	all, err = d.waiting(limited, lookStatement(l, readyByLanes), args)
	return all, pg.Trouble(ctx, err)
}

func (d database) waiting(ctx context.Context, statement string, args pgx.NamedArgs) ([]ledger.Waiting, error) {
	rows, err := d.db.Pool.Query(ctx, statement, args)
	return collect(rows, err, func(row pgx.CollectableRow) (w ledger.Waiting, err error) {
		var block *int64
		err = row.Scan(&w.Project, &w.ID, &w.Video, &w.User, &w.Provider, &w.SortKey, &w.Row.LastOnPage, &block, &w.Due)
		w.Row.ID, w.Block = w.Video, uint64(number(block))
		return w, err
	})
}

func lookStatement(l ledger.Look, ready string) string {
	providers := allProviders
	if len(l.Providers) > 0 {
		providers = wantedProviders
	}
	return `WITH RECURSIVE ` + providers + ready + due
}

func lookArgs(l ledger.Look, now time.Time) pgx.NamedArgs {
	widest := l.Rows
	if len(l.Skip) > 0 {
		widest += window
	}
	return pgx.NamedArgs{
		"limit": l.Rows, "window": widest, "widest": l.Widest, "now": now.UnixMilli(), "due": ledger.WidestDue,
		"skip": column(l.Skip, skipped), "without": append([]string{}, l.SkipProviders...), "providers": l.Providers,
	}
}

// skipped is a lane as the statements compare it.
func skipped(l store.Lane) string {
	if l.Provider == "" {
		return l.Project + "/" + l.User
	}
	return l.Provider + "/" + l.Project + "/" + l.User
}

// Ripen implements ledger.Database.
func (d database) Ripen(ctx context.Context, limit int, now time.Time) (int, error) {
	limited, cancel := d.db.Limit(ctx)
	defer cancel()
	tag, err := d.db.Pool.Exec(limited, `WITH ripe AS MATERIALIZED (
			SELECT project, bulk_job, id FROM queue WHERE NOT held AND due_ms > 0 AND due_ms <= $1 ORDER BY due_ms LIMIT $2 FOR UPDATE SKIP LOCKED
		) UPDATE queue AS q SET due_ms = 0 FROM ripe AS r WHERE q.project = r.project AND q.bulk_job = r.bulk_job AND q.id = r.id`,
		now.UnixMilli(), limit)
	return int(tag.RowsAffected()), pg.Trouble(ctx, err)
}

// Busy implements ledger.Database.
func (d database) Busy(ctx context.Context) (map[store.Lane]int, error) {
	limited, cancel := d.db.Limit(ctx)
	defer cancel()
	rows, err := d.db.Pool.Query(limited, whatRuns)
	if err != nil {
		return nil, pg.Trouble(ctx, err)
	}
	running, err := scanBusy(rows)
	return running, pg.Trouble(ctx, err)
}

// NextDue implements store.Store.
func (s *Store) NextDue(ctx context.Context, now time.Time) (time.Time, bool, error) {
	limited, cancel := s.db.Limit(ctx)
	defer cancel()
	var due *int64
	err := s.db.Pool.QueryRow(limited, `SELECT min(due_ms) FROM queue WHERE NOT held AND due_ms > 0 AND due_ms > $1`, now.UnixMilli()).Scan(&due)
	return fromMillis(due), due != nil, pg.Trouble(ctx, err)
}
