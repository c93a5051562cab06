package ledger

import (
	"context"

	"github.com/sheetreel/sheetreel/services/scheduler/store"
)

// limiter guards the limits on what runs at once. Nothing of it is used without limits.
type limiter interface {
	// Occupied counts what runs, and reads the lanes of waiting video jobs. Until its end no other transaction that asks
	// counts, so what this one starts is within the limits. It comes before all other locks.
	Occupied(ctx context.Context, claims []Claim) (busy map[store.Lane]int, lanes map[store.VideoKey]store.Lane, err error)
}

// room is how many more may run.
type room struct {
	limits    store.Limits
	users     map[store.UserKey]int // what runs
	providers map[string]int
}

func newRoom(limits store.Limits, busy map[store.Lane]int) *room {
	r := &room{limits, map[store.UserKey]int{}, map[string]int{}}
	for l, n := range busy {
		r.users[l.UserKey] += n
		r.providers[l.Provider] += n
	}
	return r
}

func (r *room) userFull(u store.UserKey) bool {
	return r.limits.PerUser > 0 && r.users[u] >= r.limits.PerUser
}

func (r *room) providerFull(p string) bool {
	return r.limits.PerProvider > 0 && r.providers[p] >= r.limits.PerProvider
}

// any tells whether a lane has room.
func (r *room) any(l store.Lane) bool { return !r.userFull(l.UserKey) && !r.providerFull(l.Provider) }

// take takes room for one, if there is any.
func (r *room) take(l store.Lane) bool {
	if !r.any(l) {
		return false
	}
	r.users[l.UserKey]++
	r.providers[l.Provider]++
	return true
}

// fill takes room for the first ones, up to a limit, and gives those that have some, with the room that is left.
func (r *room) fill(found []Waiting, limit int) (fits []Waiting, left *room) {
	for _, w := range found {
		if len(fits) == limit {
			break
		}
		if r.take(w.lane()) {
			fits = append(fits, w)
		}
	}
	return fits, r
}

func (r *room) fullUsers() []store.Lane {
	var full []store.Lane
	for u := range r.users {
		if r.userFull(u) {
			full = append(full, store.Lane{UserKey: u})
		}
	}
	return full
}

func (r *room) fullProviders() []string {
	var full []string
	for p := range r.providers {
		if r.providerFull(p) {
			full = append(full, p)
		}
	}
	return full
}

// withinLimits leaves out the claims that have no room.
func (w *work) withinLimits(ctx context.Context, claims []Claim) ([]Claim, error) {
	if !w.book.rules.Any() {
		return claims, nil
	}
	busy, lanes, err := w.Occupied(ctx, claims)
	if err != nil {
		return nil, err
	}
	r := newRoom(w.book.rules.Limits, busy)
	var fit []Claim
	for _, c := range claims {
		if lane, ok := lanes[c.VideoKey]; ok && r.take(lane) {
			fit = append(fit, c)
		}
	}
	return fit, nil
}
