package postgres

import (
	"context"

	"github.com/jackc/pgx/v5"

	ingestv1 "github.com/sheetreel/sheetreel/gen/sheetreel/ingest/v1"
	schedulerv1 "github.com/sheetreel/sheetreel/gen/sheetreel/scheduler/v1"
	"github.com/sheetreel/sheetreel/services/scheduler/store"
	"github.com/sheetreel/sheetreel/services/scheduler/store/ledger"
)

const (
	pagesWith = `SELECT k.n, p.last_position FROM unnest($1::text[], $2::text[]::uuid[], $3::text[]::uuid[])
			WITH ORDINALITY AS k (project, bulk_job, id, n)
		CROSS JOIN LATERAL (SELECT t.last_position FROM pages AS t WHERE t.project = k.project AND t.bulk_job = k.bulk_job AND t.top_id >= k.id
			ORDER BY t.top_id, t.last_position LIMIT 1) AS p`
	// A page has at most half as many blocks as entries; the limit is there so that no other plan is thought of.
	blocksOn = blockColumns + `unnest($1::text[], $2::text[]::uuid[], $3::bigint[]) AS k (project, bulk_job, last_on_page)
		CROSS JOIN LATERAL (SELECT * FROM queue AS t WHERE t.waiting IS NOT NULL AND t.project = k.project AND t.bulk_job = k.bulk_job
			AND t.last_on_page = k.last_on_page ORDER BY t.last_on_page, t.id LIMIT 64) AS q`
	blocksAfter = blockColumns + `queue AS q WHERE q.waiting IS NOT NULL AND q.project = $1 AND q.bulk_job = $2 AND q.last_on_page > $3
		ORDER BY q.last_on_page, q.id LIMIT $4`
)

// PagesWith implements ledger.Reader.
func (r reader) PagesWith(ctx context.Context, keys []store.VideoKey) (map[store.VideoKey]ledger.PageKey, error) {
	pages := make(map[store.VideoKey]ledger.PageKey, len(keys))
	rows, err := r.Query(ctx, pagesWith, column(keys, videoProject), column(keys, videoBulk), column(keys, videoID))
	_, err = collect(rows, err, func(row pgx.CollectableRow) (struct{}, error) {
		var n, last int64
		err := row.Scan(&n, &last)
		if err == nil {
			pages[keys[n-1]] = ledger.PageKey{BulkKey: keys[n-1].BulkKey, Last: last}
		}
		return struct{}{}, err
	})
	return pages, err
}

const blockColumns = `SELECT q.project, q.bulk_job, q.id, q.user_id, q.provider, q.priority, q.max_attempts, q.sort_key, q.held,
	q.last_on_page, q.waiting FROM `

func scanBlock(row pgx.CollectableRow) (*ledger.Block, error) {
	b := &ledger.Block{}
	var priority int16
	var waiting int64
	err := row.Scan(&b.Project, &b.ID, &b.RowID, &b.User, &b.Provider, &priority, &b.MaxAttempts, &b.SortKey, &b.Held, &b.LastOnPage, &waiting)
	b.Priority, b.Waiting = ingestv1.Priority(priority), uint64(waiting)
	return b, err
}

// BlocksOn implements ledger.Reader.
func (r reader) BlocksOn(ctx context.Context, pages []ledger.PageKey) ([]*ledger.Block, error) {
	rows, err := r.Query(ctx, blocksOn,
		column(pages, func(p ledger.PageKey) string { return p.Project }), column(pages, func(p ledger.PageKey) string { return p.ID }),
		column(pages, func(p ledger.PageKey) int64 { return p.Last }))
	return collect(rows, err, scanBlock)
}

// BlocksAfter implements ledger.Reader.
func (r reader) BlocksAfter(ctx context.Context, k store.BulkKey, after int64, limit int) ([]*ledger.Block, error) {
	rows, err := r.Query(ctx, blocksAfter, k.Project, k.ID, after, limit)
	return collect(rows, err, scanBlock)
}

// writeBlocks inserts blocks.
func writeBlocks(b *pgx.Batch, all []*ledger.Block) {
	if len(all) == 0 {
		return
	}
	b.Queue(`INSERT INTO queue (project, bulk_job, id, user_id, provider, sort_key, position, last_on_page, attempt, failures, crashes,
			max_attempts, state, priority, due_ms, held, waiting)
		SELECT project, bulk_job, id, user_id, provider, sort_key, 0, last_on_page, 0, 0, 0, max_attempts, 2, priority, 0, false, waiting
		FROM unnest($1::text[], $2::text[]::uuid[], $3::text[]::uuid[], $4::text[], $5::text[], $6::bigint[], $7::bigint[], $8::integer[], $9::smallint[], $10::bigint[])
			AS n (project, bulk_job, id, user_id, provider, sort_key, last_on_page, max_attempts, priority, waiting)`,
		column(all, func(b *ledger.Block) string { return b.Project }), column(all, func(b *ledger.Block) string { return b.ID }),
		column(all, func(b *ledger.Block) string { return b.RowID }), column(all, func(b *ledger.Block) string { return b.User }),
		column(all, func(b *ledger.Block) string { return b.Provider }), column(all, func(b *ledger.Block) int64 { return b.SortKey }),
		column(all, func(b *ledger.Block) int64 { return b.LastOnPage }), column(all, func(b *ledger.Block) int32 { return b.MaxAttempts }),
		column(all, func(b *ledger.Block) int16 { return int16(b.Priority) }), column(all, func(b *ledger.Block) int64 { return int64(b.Waiting) }))
}

// takeFromBlocks takes bits. A block without any left is deleted.
func takeFromBlocks(b *pgx.Batch, all []ledger.Taken) {
	if len(all) == 0 {
		return
	}
	b.Queue(`WITH left_over AS (
			UPDATE queue q SET waiting = q.waiting & ~k.bits FROM unnest($1::text[], $2::text[]::uuid[], $3::text[]::uuid[], $4::bigint[])
				AS k (project, bulk_job, id, bits)`+rowsOf("queue")+`WHERE q.ctid = f.at AND q.waiting & ~k.bits <> 0
		) DELETE FROM queue q USING unnest($1::text[], $2::text[]::uuid[], $3::text[]::uuid[], $4::bigint[]) AS k (project, bulk_job, id, bits)`+
		rowsOf("queue")+`WHERE q.ctid = f.at AND q.waiting & ~k.bits = 0`,
		column(all, func(t ledger.Taken) string { return t.Project }), column(all, func(t ledger.Taken) string { return t.ID }),
		column(all, func(t ledger.Taken) string { return t.RowID }), column(all, func(t ledger.Taken) int64 { return int64(t.Bits) }))
}

// claimFromBlocks gives leases of video jobs in blocks: $1 to $4 are the blocks with the bits that are wanted, $5 the
// place of each claim's block among them, from 1, and the rest is of the claims.
const claimFromBlocks = `WITH block AS MATERIALIZED (
		SELECT q.*, k.bits & q.waiting AS got, k.n FROM unnest($1::text[], $2::text[]::uuid[], $3::text[]::uuid[], $4::bigint[])
			WITH ORDINALITY AS k (project, bulk_job, id, bits, n)
		CROSS JOIN LATERAL (SELECT t.*, t.ctid AS at FROM queue AS t
			WHERE t.project = k.project AND t.bulk_job = k.bulk_job AND t.id = k.id LIMIT 1) AS q WHERE NOT q.held AND q.due_ms = 0 AND k.bits & q.waiting <> 0
	), left_over AS (
		UPDATE queue q SET waiting = q.waiting & ~b.got FROM block AS b WHERE q.ctid = b.at AND b.waiting <> b.got
	), empty AS (
		DELETE FROM queue q USING block AS b WHERE q.ctid = b.at AND b.waiting = b.got
	), claimed AS (
		SELECT b.project, b.bulk_job, b.user_id, b.provider, b.sort_key, b.last_on_page, b.max_attempts, b.priority, k.*
		FROM unnest($5::bigint[], $6::smallint[], $7::text[]::uuid[], $8::bigint[], $9::text[], $10::text[], $11::bigint[], $12::bigint[])
			WITH ORDINALITY AS k (block, bit, id, position, lease, worker, until_ms, now_ms, n)
		JOIN block AS b ON b.n = k.block AND (b.got >> k.bit) & 1 = 1
	), moved AS (
		INSERT INTO running (project, bulk_job, id, user_id, provider, sort_key, position, last_on_page, failures, crashes, max_attempts, priority,
			state, attempt, lease, worker, until_ms, start_ms, stage, percent, eta_ms, progress_event_ms)
		SELECT project, bulk_job, id, user_id, provider, sort_key, position, last_on_page, 0, 0, max_attempts, priority,
			3, 1, lease, worker, until_ms, now_ms, '', 0, 0, 0 FROM claimed
	) SELECT n, provider, priority, max_attempts, sort_key FROM claimed`

// queueBlockClaims gives leases of video jobs in blocks.
func queueBlockClaims(b *pgx.Batch, claimed *[]*ledger.Job, claims []ledger.Claim) {
	if len(claims) == 0 {
		return
	}
	var blocks []ledger.Taken
	places := map[string]int{}
	of := make([]int64, len(claims))
	for i, c := range claims {
		at, ok := places[c.Row.ID]
		if !ok {
			at = len(blocks)
			places[c.Row.ID] = at
			blocks = append(blocks, ledger.Taken{BulkKey: c.BulkKey, RowID: c.Row.ID})
		}
		blocks[at].Bits |= 1 << c.Row.Bit
		of[i] = int64(at) + 1
	}
	b.Queue(claimFromBlocks,
		column(blocks, func(t ledger.Taken) string { return t.Project }), column(blocks, func(t ledger.Taken) string { return t.ID }),
		column(blocks, func(t ledger.Taken) string { return t.RowID }), column(blocks, func(t ledger.Taken) int64 { return int64(t.Bits) }),
		of, column(claims, func(c ledger.Claim) int16 { return int16(c.Row.Bit) }), column(claims, func(c ledger.Claim) string { return c.Video }),
		column(claims, func(c ledger.Claim) int64 { return c.Row.Position }), column(claims, func(c ledger.Claim) string { return c.Lease.ID }),
		column(claims, func(c ledger.Claim) string { return clean(c.Worker) }), column(claims, func(c ledger.Claim) int64 { return c.Until.UnixMilli() }),
		column(claims, func(c ledger.Claim) int64 { return c.Now.UnixMilli() })).Query(func(rows pgx.Rows) error {
		var n, key int64
		var priority int16
		var attempts int32
		var provider string
		_, err := pgx.ForEachRow(rows, []any{&n, &provider, &priority, &attempts, &key}, func() error {
			c := claims[n-1]
			*claimed = append(*claimed, &ledger.Job{
				VideoKey: c.VideoKey, Provider: provider, Priority: ingestv1.Priority(priority), MaxAttempts: attempts, SortKey: key,
				State: schedulerv1.VideoJob_QUEUED, Position: c.Row.Position, LastOnPage: c.Row.LastOnPage,
			})
			return nil
		})
		return err
	})
}
