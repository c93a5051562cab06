package sqlite

import (
	"context"
	"database/sql"
	"time"

	"github.com/sheetreel/sheetreel/services/scheduler/state"
	"github.com/sheetreel/sheetreel/services/scheduler/store"
	"github.com/sheetreel/sheetreel/services/scheduler/store/ledger"
)

// PagesWith implements ledger.Reader.
func (r reader) PagesWith(ctx context.Context, keys []store.VideoKey) (map[store.VideoKey]ledger.PageKey, error) {
	pages := make(map[store.VideoKey]ledger.PageKey, len(keys))
	for _, k := range keys {
		found, err := rows(ctx, r.Tx, func(row *sql.Rows) (last int64, err error) { return last, row.Scan(&last) },
			`SELECT last_position FROM pages WHERE project = ? AND bulk_job = ? AND top_id >= ? ORDER BY top_id, last_position LIMIT 1`,
			k.Project, k.ID, k.Video)
		if err != nil {
			return nil, err
		}
		if len(found) > 0 {
			pages[k] = ledger.PageKey{BulkKey: k.BulkKey, Last: found[0]}
		}
	}
	return pages, nil
}

const blockColumns = `SELECT project, bulk_job, id, user_id, provider, priority, max_attempts, sort_key, held, last_on_page, waiting
	FROM queue WHERE waiting IS NOT NULL AND project = ? AND bulk_job = ? `

func scanBlock(r *sql.Rows) (*ledger.Block, error) {
	b := &ledger.Block{}
	var waiting int64
	err := r.Scan(&b.Project, &b.ID, &b.RowID, &b.User, &b.Provider, &b.Priority, &b.MaxAttempts, &b.SortKey, &b.Held, &b.LastOnPage, &waiting)
	b.Waiting = uint64(waiting)
	return b, err
}

// BlocksOn implements ledger.Reader.
func (r reader) BlocksOn(ctx context.Context, pages []ledger.PageKey) ([]*ledger.Block, error) {
	var all []*ledger.Block
	for _, p := range pages {
		found, err := rows(ctx, r.Tx, scanBlock, blockColumns+`AND last_on_page = ? ORDER BY id`, p.Project, p.ID, p.Last)
		if err != nil {
			return nil, err
		}
		all = append(all, found...)
	}
	return all, nil
}

// BlocksAfter implements ledger.Reader.
func (r reader) BlocksAfter(ctx context.Context, k store.BulkKey, after int64, limit int) ([]*ledger.Block, error) {
	return rows(ctx, r.Tx, scanBlock, blockColumns+`AND last_on_page > ? ORDER BY last_on_page, id LIMIT ?`, k.Project, k.ID, after, limit)
}

// blocks inserts new blocks and takes bits from those that are there. A block without any left is deleted.
func (w *writer) blocks(fresh []*ledger.Block, taken []ledger.Taken) {
	insert(w, `queue (project, bulk_job, id, user_id, provider, sort_key, position, last_on_page, attempt, failures, crashes,
		max_attempts, state, priority, due_ms, held, waiting)`, fresh, func(b *ledger.Block) []any {
		return []any{
			b.Project, b.ID, b.RowID, b.User, b.Provider, b.SortKey, 0, b.LastOnPage, 0, 0, 0,
			b.MaxAttempts, int64(state.Queued), int64(b.Priority), 0, b.Held, int64(b.Waiting),
		}
	})
	for _, t := range taken {
		w.exec(`UPDATE queue SET waiting = waiting & ~? `+byKey, int64(t.Bits), t.Project, t.ID, t.RowID)
		w.exec(`DELETE FROM queue `+byKey+` AND waiting = 0`, t.Project, t.ID, t.RowID)
	}
}

// claimInBlocks gives leases of video jobs in blocks.
func (t *tx) claimInBlocks(ctx context.Context, claims []ledger.Claim) ([]*ledger.Job, error) {
	blocks := map[string]*ledger.Block{}
	var taken []*ledger.Block
	var claimed []*ledger.Job
	for _, c := range claims {
		b, read := blocks[c.Row.ID]
		if !read {
			found, err := rows(ctx, t.Tx, scanBlock, blockColumns+`AND id = ? AND held = 0`, c.Project, c.VideoKey.ID, c.Row.ID)
			if err != nil {
				return nil, err
			}
			if len(found) > 0 {
				b = found[0]
				taken = append(taken, b)
			}
			blocks[c.Row.ID] = b
		}
		if b == nil || b.Waiting>>c.Row.Bit&1 == 0 {
			continue
		}
		b.Waiting &^= 1 << c.Row.Bit
		claimed = append(claimed, &ledger.Job{
			VideoKey: c.VideoKey, User: b.User, Provider: b.Provider, Priority: b.Priority, MaxAttempts: b.MaxAttempts, SortKey: b.SortKey,
			State: state.Queued, Position: c.Row.Position, LastOnPage: c.Row.LastOnPage, Lease: c.Lease.ID, Worker: c.Worker, Start: c.Now, Until: c.Until,
		})
	}
	w := &writer{ctx: ctx, tx: t}
	for _, b := range taken {
		if b.Waiting == 0 {
			w.exec(`DELETE FROM queue `+byKey, b.Project, b.ID, b.RowID)
		} else {
			w.exec(`UPDATE queue SET waiting = ? `+byKey, int64(b.Waiting), b.Project, b.ID, b.RowID)
		}
	}
	insert(w, `running (project, bulk_job, id, user_id, provider, position, last_on_page, priority, max_attempts, sort_key, failures, crashes,
		state, attempt, lease, worker, until_ms, start_ms, stage, percent, eta_ms, progress_event_ms)`, claimed, func(j *ledger.Job) []any {
		return []any{
			j.Project, j.ID, j.Video, j.User, j.Provider, j.Position, j.LastOnPage, int64(j.Priority), j.MaxAttempts, j.SortKey, 0, 0,
			int64(state.Dispatched), 1, j.Lease, j.Worker, j.Until.UnixMilli(), j.Start.UnixMilli(), "", 0.0, 0, 0,
		}
	})
	for _, j := range claimed { // as they were
		j.Lease, j.Worker, j.Start, j.Until = "", "", time.Time{}, time.Time{}
	}
	return claimed, w.err
}
