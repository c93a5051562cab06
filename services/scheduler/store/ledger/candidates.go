package ledger

import (
	"cmp"
	"context"
	"slices"
	"time"

	"github.com/sheetreel/sheetreel/services/scheduler/store"
)

// finder looks for what may start, without locks and outside of transactions.
type finder interface {
	// Ready reads the first that are ready, and up to WidestDue of those whose time has come: of all users and
	// providers, in any order.
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
)

// Look is a search of a store.
type Look struct {
	store.Search
	// SkipProviders are left out.
	SkipProviders []string
	// Widest is how many of a lane are wanted at most.
	Widest int
}

// Waiting is a video job that may start, and its place.
type Waiting struct {
	store.Candidate
	SortKey int64
	Due     bool // it has waited for a time, which has come
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
		found, err := b.db.Ready(ctx, look, now)
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
		return found[:min(len(found), look.Limit)], nil
	}
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
