package scheduler

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	ratelimitv1 "github.com/sheetreel/sheetreel/gen/sheetreel/ratelimit/v1"
	"github.com/sheetreel/sheetreel/kit/errs"
	"github.com/sheetreel/sheetreel/services/scheduler/store"
)

// dispatchAction is what a dispatch is called in the rate limits.
const dispatchAction = "render.dispatch"

// dispatcher decides what starts next: the first candidates in order whose user and project have quota. A user
// without quota is set aside until the limiter's exact time and holds up nobody else.
type dispatcher struct {
	store    store.Store
	quota    ratelimitv1.QuotaServiceClient
	duration time.Duration

	mu     sync.Mutex // one dispatch at a time in this process, so that permits are not taken in vain
	parked map[store.UserKey]time.Time
}

func newDispatcher(s store.Store, quota ratelimitv1.QuotaServiceClient, duration time.Duration) *dispatcher {
	return &dispatcher{store: s, quota: quota, duration: duration, parked: map[store.UserKey]time.Time{}}
}

// lease leases up to count video jobs to a worker; none is no error.
func (d *dispatcher) lease(ctx context.Context, worker string, count int, now time.Time) ([]store.Leased, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	var leased []store.Leased
	for len(leased) < count {
		candidates, err := d.store.Candidates(ctx, d.skip(now), count-len(leased), now)
		if err != nil || len(candidates) == 0 {
			return leased, err
		}
		permits, err := d.permits(ctx, candidates, now)
		if err != nil {
			return leased, err
		}
		got, err := d.claim(ctx, permits, worker, now)
		leased = append(leased, got...)
		if err != nil {
			return leased, err
		}
	}
	return leased, nil
}

// skip lists the users that are set aside, and forgets those whose time has come.
func (d *dispatcher) skip(now time.Time) []store.UserKey {
	var users []store.UserKey
	for u, until := range d.parked {
		if now.Before(until) {
			users = append(users, u)
		} else {
			delete(d.parked, u)
		}
	}
	return users
}

// permit is the quota for one dispatch.
type permit struct {
	job store.VideoKey
	id  string // empty when no limit matched
}

// permits asks for quota, candidate by candidate; those without are parked, with their user.
func (d *dispatcher) permits(ctx context.Context, candidates []store.Candidate, now time.Time) ([]permit, error) {
	var permits []permit
	for _, c := range candidates {
		user := store.UserKey{Project: c.Project, User: c.User}
		until, refused := d.parked[user]
		if !refused {
			answer, err := d.quota.Acquire(ctx, &ratelimitv1.AcquireRequest{Descriptors: map[string]string{
				"action": dispatchAction, "project": c.Project, "user": c.User,
			}})
			if err == nil {
				permits = append(permits, permit{c.VideoKey, answer.GetPermit()})
				continue
			}
			wait, ok := errs.RetryDelay(err)
			if status.Code(err) != codes.ResourceExhausted || !ok {
				d.cancel(ctx, permits)
				return nil, fmt.Errorf("quota of user %s in project %s: %w", c.User, c.Project, err)
			}
			// Stored times are whole milliseconds: round up, so that nobody comes too early.
			until = now.Add(wait).Truncate(time.Millisecond).Add(time.Millisecond)
			d.parked[user] = until
		}
		if err := d.store.Park(ctx, []store.VideoKey{c.VideoKey}, until, now); err != nil {
			d.cancel(ctx, permits)
			return nil, err
		}
	}
	return permits, nil
}

// claim leases what has a permit; permits of jobs that went elsewhere in the meantime are given back.
func (d *dispatcher) claim(ctx context.Context, permits []permit, worker string, now time.Time) ([]store.Leased, error) {
	var claims []store.Claim
	for _, p := range permits {
		claims = append(claims, store.Claim{VideoKey: p.job, Lease: newLease()})
	}
	if len(claims) == 0 {
		return nil, nil
	}
	got, err := d.store.Claim(ctx, claims, worker, now.Add(d.duration), now)
	d.cancel(ctx, slices.DeleteFunc(permits, func(p permit) bool {
		return err == nil && slices.ContainsFunc(got, func(l store.Leased) bool { return l.Video.VideoKey == p.job })
	}))
	return got, err
}

// cancel gives permits back. A permit that cannot be given back runs out by itself.
func (d *dispatcher) cancel(ctx context.Context, permits []permit) {
	ctx, stop := context.WithTimeout(context.WithoutCancel(ctx), time.Second)
	defer stop()
	for _, p := range permits {
		if p.id != "" {
			_, _ = d.quota.Cancel(ctx, &ratelimitv1.CancelRequest{Permit: p.id})
		}
	}
}
