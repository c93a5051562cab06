package ledger

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"time"

	ingestv1 "github.com/sheetreel/sheetreel/gen/sheetreel/ingest/v1"
	"github.com/sheetreel/sheetreel/services/scheduler/order"
	"github.com/sheetreel/sheetreel/services/scheduler/store"
)

// sharer keeps the lanes of the policy fair. Nothing of it is used by another policy.
type sharer interface {
	// Lanes loads and locks what a user has been given so far, by priority, and reads the clock without a lock.
	Lanes(ctx context.Context, u store.UserKey) (map[ingestv1.Priority]*order.Lane, order.Clock, error)
}

// LaneKey names a lane.
type LaneKey struct {
	store.UserKey
	Priority ingestv1.Priority
}

func (k LaneKey) compare(o LaneKey) int {
	return cmp.Or(cmp.Compare(k.Project, o.Project), cmp.Compare(k.User, o.User), cmp.Compare(k.Priority, o.Priority))
}

// Lane is what a lane has to be moved to. What is stored and later stays.
type Lane struct {
	LaneKey
	order.Lane
}

// Govern implements store.Store.
func (b *Book) Govern(r store.Rules) { b.rules = r }

// queueing gives the new video jobs of a bulk job the time as which they count as queued.
type queueing struct {
	rules store.Rules
	now   time.Time
	user  store.UserKey
	lanes map[ingestv1.Priority]*order.Lane // nil unless the policy is fair
	clock order.Clock
}

func (w *work) queueing(ctx context.Context, b *Bulk) (*queueing, error) {
	q := &queueing{rules: w.book.rules, now: w.now, user: store.UserKey{Project: b.Project, User: b.User}}
	if !q.rules.Fair() {
		return q, nil
	}
	var err error
	q.lanes, q.clock, err = w.Lanes(ctx, q.user)
	return q, err
}

// place sets the place of a new video job.
func (q *queueing) place(b store.Bulk, v *store.NewVideo, place store.Place) (wanted int64) {
	queued := q.now
	if q.lanes != nil && v.Skip == nil {
		place(b, v, q.now) // for its priority
		lane := q.lanes[v.Priority]
		if lane == nil {
			lane = &order.Lane{}
			q.lanes[v.Priority] = lane
		}
		queued = lane.Next(&q.clock, q.now)
		lane.Charge(queued, q.rules.Share(q.user.Project, q.user.User, order.Cost(v.Idea)))
	}
	place(b, v, queued)
	if !v.Wanted.IsZero() {
		return q.clock.Key(v.Wanted, q.now)
	}
	return 0
}

// close stores the lanes.
func (q *queueing) close(w *work) {
	for _, p := range slices.Sorted(maps.Keys(q.lanes)) {
		w.out.Lanes = append(w.out.Lanes, Lane{LaneKey{q.user, p}, *q.lanes[p]})
	}
}

// advance moves the clock of the policy fair to the newest of the jobs that were claimed.
func (w *work) advance(jobs []*Job) {
	if !w.book.rules.Fair() {
		return
	}
	newest := map[LaneKey]time.Time{}
	for _, j := range jobs {
		k := LaneKey{store.UserKey{Project: j.Project, User: j.User}, j.Priority}
		if queued := w.book.rules.Queued(j.SortKey, j.Priority); queued.After(newest[k]) {
			newest[k] = queued
		}
	}
	for _, k := range slices.SortedFunc(maps.Keys(newest), LaneKey.compare) {
		w.out.Lanes = append(w.out.Lanes, Lane{k, order.Lane{Claimed: newest[k]}})
	}
}
