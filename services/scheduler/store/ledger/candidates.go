package ledger

import (
	"cmp"
	"context"
	"math/bits"
	"slices"
	"time"

	"github.com/sheetreel/sheetreel/services/scheduler/store"
)

// finder looks for what may start, without locks and outside of transactions.
type finder interface {
	// Ready reads the first rows that are ready, up to Rows or as many as stand for Limit, and up to WidestDue of those
	// whose time has come: of all users and providers, in any order.
	Ready(ctx context.Context, l Look, now time.Time) ([]Waiting, error)
	// Ripen makes up to limit ready whose time has come, and returns how many: they might be claimed before too, but
	// are not found in order. It passes over those that others have in hand.
	Ripen(ctx context.Context, limit int, now time.Time) (int, error)
	// Busy counts what runs.
	Busy(ctx context.Context) (map[store.Lane]int, error)
}

const (
	// WidestDue is how many of those whose time has come a search considers. When there are more, they are made ready
	// first.
	WidestDue = 200
	// ripenBatch is how many are made ready by one transaction.
	ripenBatch = 1000
	// A search reads one row for so many wanted video jobs at first, and at least so many.
	fewer     = 8
	leastRows = 8
)

// Look is a search of a store.
type Look struct {
	store.Search
	// SkipProviders are left out.
	SkipProviders []string
	// Widest is how many of a lane are wanted at most.
	Widest int
	// Rows is how many rows are read at most: it is enough as soon as they stand for Limit.
	Rows int
}

// Waiting is a row of the queue that may start, and its place. Its candidate's id is the row's.
type Waiting struct {
	store.Candidate
	SortKey int64
	Due     bool   // it has waited for a time, which has come
	Block   uint64 // the bits of a block, or 0 for a single video job
}

func (w Waiting) lane() store.Lane {
	return store.Lane{UserKey: store.UserKey{Project: w.Project, User: w.User}, Provider: w.Provider}
}

// Compare orders by place.
func (w Waiting) Compare(o Waiting) int {
	return cmp.Or(cmp.Compare(w.SortKey, o.SortKey), cmp.Compare(w.Video, o.Video))
}

// Candidates implements store.Store.
func (b *Book) Candidates(ctx context.Context, s store.Search, now time.Time) ([]store.Candidate, error) {
	s.Providers = slices.Compact(slices.Sorted(slices.Values(s.Providers)))
	found, err := b.within(ctx, Look{Search: s, Widest: s.Limit}, now)
	all := make([]store.Candidate, len(found))
	for i, w := range found {
		all[i] = w.Candidate
	}
	return all, err
}

// within finds the first that may start, of those that have room. When users or providers become full by what it has
// found, it looks again behind them.
func (b *Book) within(ctx context.Context, look Look, now time.Time) ([]Waiting, error) {
	limits := b.rules.Limits
	if !limits.Any() {
		return b.ready(ctx, look, now)
	}
	busy, err := b.db.Busy(ctx)
	if err != nil {
		return nil, err
	}
	if limits.PerUser > 0 {
		look.Widest = min(look.Limit, limits.PerUser)
	}
	skip := look.Skip
	left := newRoom(limits, busy)
	var full []Waiting // found before, of users and providers that have become full by that
	for {
		look.Skip, look.SkipProviders = slices.Concat(skip, left.fullUsers()), left.fullProviders()
		found, err := b.ready(ctx, look, now)
		if err != nil {
			return nil, err
		}
		found = append(full, found...)
		slices.SortFunc(found, Waiting.Compare)
		var fits []Waiting
		fits, left = newRoom(limits, busy).fill(found, look.Limit)
		if len(fits) == look.Limit || len(fits) == len(found) {
			return fits, nil
		}
		full = slices.DeleteFunc(fits, func(w Waiting) bool { return left.any(w.lane()) })
	}
}

// ready finds the first that may start.
func (b *Book) ready(ctx context.Context, look Look, now time.Time) ([]Waiting, error) {
	for {
		found, err := b.readyRows(ctx, look, now)
		if err != nil {
			return nil, err
		}
		due := 0
		for _, w := range found {
			if w.Due {
				due++
			}
		}
		if due >= WidestDue {
			ripe, err := b.ripen(ctx, now)
			if err != nil {
				return nil, err
			}
			if ripe > 0 {
				continue
			} // otherwise others have all of them in hand
		}
		found = slices.DeleteFunc(found, func(w Waiting) bool { return w.Due && !look.wants(w) })
		slices.SortFunc(found, Waiting.Compare)
		if found, err = b.expand(ctx, found, look.Limit); err != nil {
			return nil, err
		}
		return found[:min(len(found), look.Limit)], nil
	}
}

// readyRows reads rows: few first, as each may stand for many, unless those of the last search did not.
func (b *Book) readyRows(ctx context.Context, look Look, now time.Time) ([]Waiting, error) {
	few := look.Limit/fewer + leastRows
	look.Rows = few
	if few < look.Limit && !b.apart.Load() {
		found, err := b.db.Ready(ctx, look, now)
		if err != nil {
			return nil, err
		}
		if rows, jobs := Ready(found); rows < look.Rows || jobs >= look.Limit {
			return found, nil
		}
	}
	look.Rows = max(few, look.Limit)
	found, err := b.db.Ready(ctx, look, now)
	rows, jobs := Ready(found)
	b.apart.Store(jobs < rows*fewer/2)
	return found, err
}

// Enough tells whether the ready ones of rows are all that are wanted: as many rows, or jobs.
func (l Look) Enough(found []Waiting) bool {
	rows, jobs := Ready(found)
	return rows >= l.Rows || jobs >= l.Limit
}

// Ready counts the ready ones of rows, and the video jobs for which they stand.
func Ready(found []Waiting) (rows, jobs int) {
	for _, w := range found {
		if !w.Due {
			rows, jobs = rows+1, jobs+max(1, bits.OnesCount64(w.Block))
		}
	}
	return rows, jobs
}

// expand gives the video jobs of the first rows, until they are so many or there are no more. Rows with the same key
// belong together: only their video jobs' ids say who is first.
func (b *Book) expand(ctx context.Context, rows []Waiting, limit int) ([]Waiting, error) {
	var blocks []*Block
	last, n := 0, 0
	for ; last < len(rows) && (n < limit || rows[last].SortKey == rows[last-1].SortKey); last++ {
		w := &rows[last]
		n += max(1, bits.OnesCount64(w.Block))
		if w.Block != 0 {
			blocks = append(blocks, w.block())
		} else {
			w.Row = store.Row{ID: w.Video}
		}
	}
	rows = rows[:last]
	if len(blocks) == 0 {
		return rows, nil
	}
	pages, err := b.pagesToStart(ctx, blocks)
	if err != nil {
		return nil, err
	}
	all := make([]Waiting, 0, n)
	for _, w := range rows {
		if w.Block == 0 {
			all = append(all, w)
			continue
		}
		p := pages[w.block().page()]
		if p == nil {
			continue // deleted meanwhile
		}
		for set := w.Block; set != 0; set &= set - 1 {
			i := bits.TrailingZeros64(set)
			one := w
			one.Video, one.Block = p.Videos[i], 0
			one.Row.Bit, one.Row.Position = i, p.first()+int64(i)
			all = append(all, one)
		}
	}
	slices.SortFunc(all, Waiting.Compare)
	return all, nil
}

// pagesToStart is pagesOfBlocks outside of a transaction.
func (b *Book) pagesToStart(ctx context.Context, blocks []*Block) (map[PageKey]*Page, error) {
	var pages map[PageKey]*Page
	err := b.db.Glance(ctx, func(ctx context.Context, r Reader) (err error) {
		pages, err = b.pagesOfBlocks(ctx, r, blocks)
		return err
	})
	return pages, err
}

func (w *Waiting) block() *Block {
	return &Block{BulkKey: w.BulkKey, RowID: w.Row.ID, LastOnPage: w.Row.LastOnPage}
}

// ripen makes all ready whose time has come.
func (b *Book) ripen(ctx context.Context, now time.Time) (all int, err error) {
	for {
		n, err := b.db.Ripen(ctx, ripenBatch, now)
		all += n
		if err != nil || n < ripenBatch {
			return all, err
		}
	}
}

// wants tells whether a job is one of those that are looked for.
func (l Look) wants(w Waiting) bool {
	lane := w.lane()
	return !slices.Contains(l.Skip, lane) && !slices.Contains(l.Skip, store.Lane{UserKey: lane.UserKey}) &&
		!slices.Contains(l.SkipProviders, w.Provider) && (len(l.Providers) == 0 || slices.Contains(l.Providers, w.Provider))
}
