package sheetreel

import (
	"context"
	"errors"
	"fmt"
	"time"

	ingestv1 "github.com/sheetreel/sheetreel/gen/sheetreel/ingest/v1"
	"github.com/sheetreel/sheetreel/services/scheduler/store"
)

// queueUsers is how many users have the waiting jobs, each in a bulk job.
const queueUsers = 10

// Queue is a store with a number of waiting video jobs, which stays the same: what is claimed is completed, and as many
// new ones are appended.
type Queue struct {
	store  store.Store
	bulks  []*bulk
	first  time.Time
	turn   int
	unpaid []store.Lane // users without quota
}

// OpenQueue fills an empty database or file with so many video jobs of several users and, before all of them, so many of
// a user without quota. The caller closes the queue.
func OpenQueue(ctx context.Context, name string, waiting, unpaid int) (q *Queue, err error) {
	s, err := openStore(ctx, name)
	if err != nil {
		return nil, err
	}
	q = &Queue{store: s, first: time.Now()}
	defer func() {
		if err != nil {
			err = errors.Join(err, s.Close())
		}
	}()
	if unpaid > 0 {
		const user = "unpaid"
		if _, err := appendBulk(ctx, s, user, 0, unpaid, place(q.first.Add(-24*time.Hour))); err != nil {
			return nil, err
		}
		q.unpaid = []store.Lane{{UserKey: store.UserKey{Project: project, User: user}}}
	}
	for i := range queueUsers {
		b, err := appendBulk(ctx, s, fmt.Sprint("user-", i), 0, waiting/queueUsers, place(q.first))
		if err != nil {
			return nil, err
		}
		q.bulks = append(q.bulks, b)
	}
	return q, nil
}

// Close closes the store.
func (q *Queue) Close() error { return q.store.Close() }

// place puts the jobs of each bulk job behind each other, one each millisecond, so that the bulk jobs mix.
func place(at time.Time) store.Place {
	return func(_ store.Bulk, v *store.NewVideo, _ time.Time) {
		v.Priority, v.MaxAttempts = ingestv1.Priority_NORMAL, maxAttempts
		v.SortKey = at.UnixMilli() + int64(number(v.Idea))
	}
}

// Claim finds and claims a batch, which is what it takes the time of; then it completes the batch and appends another.
func (q *Queue) Claim(ctx context.Context) (time.Duration, error) {
	start := time.Now()
	candidates, err := q.store.Candidates(ctx, store.Search{Limit: claimBatch, Skip: q.unpaid}, start)
	if err != nil {
		return 0, err
	}
	leased, err := q.store.Claim(ctx, claims(candidates), "worker", start.Add(leaseTime), start)
	took := time.Since(start)
	if err != nil {
		return 0, err
	}
	if len(leased) != claimBatch {
		return 0, fmt.Errorf("%d jobs were claimed instead of %d", len(leased), claimBatch)
	}
	for _, l := range leased {
		if len(q.unpaid) > 0 && l.Video.User == q.unpaid[0].User {
			return 0, fmt.Errorf("%s was claimed although its user has no quota", l.Video.Name())
		}
	}
	if err := complete(ctx, q.store, leased, nil); err != nil {
		return 0, err
	}
	b := q.bulks[q.turn%len(q.bulks)]
	q.turn++
	return took, b.add(ctx, q.store, b.jobs, claimBatch, place(q.first))
}

// Race claims in turn from two queues, so many times from each, and returns the times. Each begins every other turn.
func Race(ctx context.Context, a, b *Queue, times int) (ofA, ofB []time.Duration, err error) {
	for i := range times {
		pair := []*Queue{a, b}
		if i%2 == 1 {
			pair = []*Queue{b, a}
		}
		for _, q := range pair {
			took, err := q.Claim(ctx)
			if err != nil {
				return nil, nil, err
			}
			if q == a {
				ofA = append(ofA, took)
			} else {
				ofB = append(ofB, took)
			}
		}
	}
	return ofA, ofB, nil
}
