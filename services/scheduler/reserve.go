package scheduler

import (
	"cmp"
	"context"
	"crypto/rand"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"time"

	ratelimitv1 "github.com/sheetreel/sheetreel/gen/sheetreel/ratelimit/v1"
	"github.com/sheetreel/sheetreel/services/scheduler/store"
)

const (
	// dispatchAction is what a dispatch is called in the rate limits.
	dispatchAction = "render.dispatch"
	// builtInProvider is the provider of a video job that names none.
	builtInProvider = "studio"
	// maxLanes bounds what is remembered of the limiter's answers. Beyond it the limiter is asked again.
	maxLanes = 10_000
	// rejectedWait is when to ask again about what the limiter says it will never grant: its rules may change.
	rejectedWait = time.Minute
)

// reserver reserves quota for candidates, in one call for all of them, and remembers who has none and who needs none.
// It belongs to one round at a time.
type reserver struct {
	quota  ratelimitv1.QuotaServiceClient
	series string // makes keys that no other process uses
	last   uint64
	aside  map[store.Lane]time.Time // no quota until then
	free   map[store.Lane]time.Time // no limit counts it until then
}

func newReserver(quota ratelimitv1.QuotaServiceClient) *reserver {
	return &reserver{quota: quota, series: rand.Text(), aside: map[store.Lane]time.Time{}, free: map[store.Lane]time.Time{}}
}

// parked is a candidate without quota, and when it has some.
type parked struct {
	job   store.VideoKey
	until time.Time
}

// without tells which lanes to leave out. It forgets what is over.
func (r *reserver) without(now time.Time) []store.Lane {
	maps.DeleteFunc(r.aside, func(_ store.Lane, until time.Time) bool { return !now.Before(until) })
	return slices.Collect(maps.Keys(r.aside))
}

// split takes those out that are known to have no quota.
func (r *reserver) split(all []store.Candidate, now time.Time) (rest []store.Candidate, without []parked) {
	for _, c := range all {
		l := laneOf(c)
		until := r.aside[l]
		if whole := r.aside[store.Lane{UserKey: l.UserKey}]; whole.After(until) {
			until = whole
		}
		if now.Before(until) {
			without = append(without, parked{c.VideoKey, until})
		} else {
			rest = append(rest, c)
		}
	}
	return rest, without
}

// reserve asks for quota, and returns permits in the order of the candidates and those that have to wait. Their users
// are set aside until then.
func (r *reserver) reserve(ctx context.Context, candidates []store.Candidate, clock func() time.Time) ([]permit, []parked, error) {
	before := clock()
	in := &ratelimitv1.ReserveRequest{}
	entry := make([]int, len(candidates)) // its place in the request, or -1
	for i, c := range candidates {
		entry[i] = -1
		if l := laneOf(c); !before.Before(r.free[l]) {
			entry[i] = len(in.Entries)
			in.Entries = append(in.Entries, r.entry(l))
		}
	}
	results, err := r.ask(ctx, in)
	if err != nil {
		return nil, nil, err
	}
	after := clock()
	permits := make([]permit, 0, len(candidates))
	var without []parked
	for i, c := range candidates {
		if entry[i] < 0 {
			permits = append(permits, permit{job: c.VideoKey, row: c.Row})
			continue
		}
		switch out := results[entry[i]].GetOutcome().(type) {
		case *ratelimitv1.ReserveResult_Granted:
			permits = append(permits, permit{c.VideoKey, c.Row, out.Granted.GetReservation()})
			if d := out.Granted.GetUnlimitedDuration().AsDuration(); d > 0 {
				r.setFree(laneOf(c), before.Add(d))
			}
		case *ratelimitv1.ReserveResult_Deferred:
			until := wholeMillis(after.Add(out.Deferred.GetRetryDuration().AsDuration()))
			r.setAside(refused(laneOf(c), out.Deferred.GetLimits()), until)
			without = append(without, parked{c.VideoKey, until})
		default:
			until := wholeMillis(after.Add(rejectedWait))
			r.setAside(laneOf(c), until)
			without = append(without, parked{c.VideoKey, until})
		}
	}
	return permits, without, nil
}

// ask makes the call, unless it would be about nothing.
func (r *reserver) ask(ctx context.Context, in *ratelimitv1.ReserveRequest) ([]*ratelimitv1.ReserveResult, error) {
	if len(in.GetEntries()) == 0 {
		return nil, nil
	}
	out, err := r.quota.Reserve(ctx, in)
	if err != nil {
		return nil, fmt.Errorf("quota for %d video jobs: %w", len(in.GetEntries()), err)
	}
	if len(out.GetResults()) != len(in.GetEntries()) {
		return nil, fmt.Errorf("quota for %d video jobs: %d answers", len(in.GetEntries()), len(out.GetResults()))
	}
	return out.GetResults(), nil
}

// entry is a request for a lane's quota. Its key is new: two processes that want the same video job must not share a
// reservation, or the one that does not get the job would cancel what the other one uses.
func (r *reserver) entry(l store.Lane) *ratelimitv1.ReserveEntry {
	r.last++
	return &ratelimitv1.ReserveEntry{
		Key: r.series + "-" + strconv.FormatUint(r.last, 36),
		Descriptors: map[string]string{
			"action": dispatchAction, "project": l.Project, "user": l.User, "provider": l.Provider,
		},
	}
}

func laneOf(c store.Candidate) store.Lane {
	return store.Lane{UserKey: store.UserKey{Project: c.Project, User: c.User}, Provider: cmp.Or(c.Provider, builtInProvider)}
}

// refused is what limits refuse: the whole user, unless one of them looks at the provider; then another provider of
// the same user may have quota.
func refused(l store.Lane, limits []*ratelimitv1.LimitStatus) store.Lane {
	for _, limit := range limits {
		if slices.Contains(limit.GetDescriptors(), "provider") {
			return l
		}
	}
	return store.Lane{UserKey: l.UserKey}
}

// setAside remembers that a lane has no quota. Without room for it, it is asked about again.
func (r *reserver) setAside(l store.Lane, until time.Time) {
	if old, ok := r.aside[l]; ok && old.After(until) || !ok && len(r.aside) >= maxLanes {
		return
	}
	r.aside[l] = until
}

// setFree remembers that no limit counts a lane.
func (r *reserver) setFree(l store.Lane, until time.Time) {
	if len(r.free) >= maxLanes {
		clear(r.free) // most of it is over
	}
	r.free[l] = until
}

// wholeMillis rounds up, so that nobody comes too early: stored times are whole milliseconds.
func wholeMillis(t time.Time) time.Time {
	if down := t.Truncate(time.Millisecond); down.Before(t) {
		return down.Add(time.Millisecond)
	}
	return t
}

// byTime groups those that wait for the same time, so that the store parks them at once.
func byTime(without []parked) map[time.Time][]store.VideoKey {
	groups := map[time.Time][]store.VideoKey{}
	for _, p := range without {
		groups[p.until] = append(groups[p.until], p.job)
	}
	return groups
}

// reservations are those of permits that have one.
func reservations(permits []permit) []string {
	var ids []string
	for _, p := range permits {
		if p.reservation != "" {
			ids = append(ids, p.reservation)
		}
	}
	return ids
}
