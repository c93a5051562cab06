package sqlite

import (
	"context"
	"database/sql"
	"math"
	"slices"
	"time"

	kitsqlite "github.com/sheetreel/sheetreel/kit/sqlite"
	"github.com/sheetreel/sheetreel/services/scheduler/store"
	"github.com/sheetreel/sheetreel/services/scheduler/store/ledger"
)

// window is how many jobs of those to skip the claim walks over before it goes by lanes instead, and glimpse how many
// tell that it need not try.
const (
	window  = 64
	glimpse = 8
)

// ready are the jobs that may start at once, as the indexes queue_ready and queue_lanes have them.
const ready = `held = 0 AND due_ms = 0`

const (
	waitingColumns = `SELECT project, bulk_job, id, user_id, provider, sort_key, last_on_page, waiting, due_ms > 0 FROM queue `
	readyColumns   = `SELECT project, bulk_job, id, user_id, provider, sort_key, last_on_page, waiting, 0 FROM queue `
	// The statements of a search. The test of the plans explains each.
	readyOfProvider = readyColumns + `WHERE ` + ready + ` AND provider = ? ORDER BY sort_key, id LIMIT ?`
	readyOfLane     = readyColumns + `WHERE ` + ready + ` AND provider = ? AND project = ? AND user_id = ? AND (sort_key, id) > (?, ?)
		ORDER BY sort_key, id LIMIT ?`
	nextProvider  = `SELECT provider FROM queue WHERE ` + ready + ` AND provider > ? ORDER BY provider LIMIT 1`
	firstProvider = `SELECT provider FROM queue WHERE ` + ready + ` ORDER BY provider LIMIT 1`
	// The next lane is another user of the same project, or else of the next one: SQLite would walk over the whole project
	// for a comparison of both at once.
	nextUser         = readyColumns + `WHERE ` + ready + ` AND provider = ? AND project = ? AND user_id > ? ORDER BY user_id, sort_key, id LIMIT 1`
	nextProject      = readyColumns + `WHERE ` + ready + ` AND provider = ? AND project > ? ORDER BY project, user_id, sort_key, id LIMIT 1`
	whoseTimeHasCome = waitingColumns + `WHERE held = 0 AND due_ms > 0 AND due_ms <= ? ORDER BY due_ms LIMIT ?`
)

func scanWaiting(r *sql.Rows) (w ledger.Waiting, err error) {
	var block sql.NullInt64
	err = r.Scan(&w.Project, &w.ID, &w.Video, &w.User, &w.Provider, &w.SortKey, &w.Row.LastOnPage, &block, &w.Due)
	w.Row.ID, w.Block = w.Video, uint64(block.Int64)
	return w, err
}

// Ready implements ledger.Database.
func (d database) Ready(ctx context.Context, l ledger.Look, now time.Time) (all []ledger.Waiting, err error) {
	err = d.DB.Read(ctx, func(t *kitsqlite.Tx) error {
		h := heads{ctx: ctx, tx: t, look: l, skip: map[store.Lane]bool{}}
		for _, lane := range l.Skip {
			h.skip[lane] = true
		}
		if all, err = h.read(); err != nil {
			return err
		}
		due, err := rows(ctx, t, scanWaiting, whoseTimeHasCome, now.UnixMilli(), ledger.WidestDue)
		all = append(all, due...)
		return err
	})
	return all, err
}

// heads reads the first that are ready.
type heads struct {
	ctx  context.Context
	tx   *kitsqlite.Tx
	look ledger.Look
	skip map[store.Lane]bool
}

func (h heads) skipped(w ledger.Waiting) bool {
	user := store.UserKey{Project: w.Project, User: w.User}
	return h.skip[store.Lane{UserKey: user}] || h.skip[store.Lane{UserKey: user, Provider: w.Provider}]
}

func (h heads) read() ([]ledger.Waiting, error) {
	providers, err := h.providers()
	if err != nil {
		return nil, err
	}
	if len(h.skip) == 0 {
		return h.inWindow(providers, h.look.Rows)
	}
	// When all of the very first are to be skipped, so are many behind them, as a rule.
	first, err := h.inWindow(providers, glimpse)
	if err == nil && len(first) > 0 {
		first, err = h.inWindow(providers, h.look.Rows+window)
	}
	if err == nil && !h.look.Enough(first) {
		return h.byLanes(providers)
	}
	return first, err
}

// providers are those whose jobs are wanted: the given ones, or all that have something ready, one step each.
func (h heads) providers() (all []string, err error) {
	if all = slices.Clone(h.look.Providers); len(all) == 0 {
		statement, args := firstProvider, []any(nil)
		for {
			next, err := rows(h.ctx, h.tx, func(r *sql.Rows) (p string, err error) { return p, r.Scan(&p) }, statement, args...)
			if err != nil {
				return nil, err
			}
			if len(next) == 0 {
				break
			}
			all = append(all, next[0])
			statement, args = nextProvider, []any{next[0]}
		}
	}
	return slices.DeleteFunc(all, func(p string) bool { return slices.Contains(h.look.SkipProviders, p) }), nil
}

// head gives the first ones in order.
func head(all []ledger.Waiting, limit int) []ledger.Waiting {
	slices.SortFunc(all, ledger.Waiting.Compare)
	return all[:min(len(all), limit)]
}

// inWindow merges the heads of the providers' orders and looks at the head of that only. With nobody to skip that is
// enough.
func (h heads) inWindow(providers []string, most int) ([]ledger.Waiting, error) {
	var all []ledger.Waiting
	for _, p := range providers {
		more, err := rows(h.ctx, h.tx, scanWaiting, readyOfProvider, p, most)
		if err != nil {
			return nil, err
		}
		all = append(all, more...)
	}
	all = slices.DeleteFunc(head(all, most), h.skipped)
	return all[:min(len(all), h.look.Rows)], nil
}

// byLanes steps from lane to lane and merges what each has. It costs by lanes, and nothing for however many jobs of a
// skipped one.
func (h heads) byLanes(providers []string) ([]ledger.Waiting, error) {
	var lanes []ledger.Waiting // the first of each
	for _, p := range providers {
		for at := (store.UserKey{}); ; {
			next, err := rows(h.ctx, h.tx, scanWaiting, nextUser, p, at.Project, at.User)
			if err == nil && len(next) == 0 {
				next, err = rows(h.ctx, h.tx, scanWaiting, nextProject, p, at.Project)
			}
			if err != nil {
				return nil, err
			}
			if len(next) == 0 {
				break
			}
			at = store.UserKey{Project: next[0].Project, User: next[0].User}
			if !h.skipped(next[0]) {
				lanes = append(lanes, next[0])
			}
		}
	}
	return h.merge(head(lanes, h.look.Rows))
}

// cursor is how far a lane is read.
type cursor struct {
	last ledger.Waiting
	left int // it may have so many more
}

// merge gives the first ones of lanes in order. It reads a few of each, and more only of those whose last one read is
// among the first.
func (h heads) merge(lanes []ledger.Waiting) ([]ledger.Waiting, error) {
	if len(lanes) == 0 {
		return nil, nil
	}
	step := max(4, 2*h.look.Rows/len(lanes))
	var open []*cursor
	for _, lane := range lanes {
		lane.SortKey, lane.Video = math.MinInt64, "" // before its first one
		open = append(open, &cursor{lane, h.look.Widest})
	}
	var all []ledger.Waiting
	for len(open) > 0 {
		for _, c := range open {
			most := min(step, c.left)
			more, err := rows(h.ctx, h.tx, scanWaiting, readyOfLane, c.last.Provider, c.last.Project, c.last.User, c.last.SortKey, c.last.Video, most)
			if err != nil {
				return nil, err
			}
			all = append(all, more...)
			c.left -= most
			if len(more) < most {
				c.left = 0
			} else if len(more) > 0 {
				c.last = more[len(more)-1]
			}
		}
		all = head(all, h.look.Rows)
		open = slices.DeleteFunc(open, func(c *cursor) bool {
			return c.left == 0 || len(all) == h.look.Rows && c.last.Compare(all[len(all)-1]) > 0
		})
	}
	return all, nil
}

// Ripen implements ledger.Database.
func (d database) Ripen(ctx context.Context, limit int, now time.Time) (n int, err error) {
	err = d.DB.Write(ctx, func(t *kitsqlite.Tx) error {
		result, err := t.ExecContext(ctx, `UPDATE queue SET due_ms = 0 WHERE (project, bulk_job, id) IN (
			SELECT project, bulk_job, id FROM queue WHERE held = 0 AND due_ms > 0 AND due_ms <= ? ORDER BY due_ms LIMIT ?)`, now.UnixMilli(), limit)
		if err != nil {
			return err
		}
		changed, err := result.RowsAffected()
		n = int(changed)
		return err
	})
	return n, err
}

// Busy implements ledger.Database.
func (d database) Busy(ctx context.Context) (all map[store.Lane]int, err error) {
	err = d.DB.Read(ctx, func(t *kitsqlite.Tx) error {
		all, err = busy(ctx, t)
		return err
	})
	return all, err
}

// NextDue implements store.Store.
func (s *Store) NextDue(ctx context.Context, now time.Time) (at time.Time, ok bool, err error) {
	err = s.db.Read(ctx, func(t *kitsqlite.Tx) error {
		due, err := first(rows(ctx, t, func(r *sql.Rows) (due sql.NullInt64, err error) { return due, r.Scan(&due) },
			`SELECT min(due_ms) FROM queue WHERE held = 0 AND due_ms > 0 AND due_ms > ?`, now.UnixMilli()))
		at, ok = fromMillis(due), due.Valid
		return err
	})
	return at, ok, err
}
