// Package sheetreel runs the work through our scheduler: its stores alone, and the whole service over gRPC.
//
// More is done for a job than the rivals do: an event of every change with a gap-free number, counters of its bulk job,
// the attempt, a fence; all of it is durable when a call answers.
package sheetreel

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"

	ingestv1 "github.com/sheetreel/sheetreel/gen/sheetreel/ingest/v1"
	schedulerv1 "github.com/sheetreel/sheetreel/gen/sheetreel/scheduler/v1"
	"github.com/sheetreel/sheetreel/services/scheduler/order"
	"github.com/sheetreel/sheetreel/services/scheduler/store"

	"github.com/sheetreel/sheetreel/bench/load"
	"github.com/sheetreel/sheetreel/bench/measure"
)

const (
	project = "bench"
	// appendChunk is what one AppendVideoJobs call may have.
	appendChunk = 1000
	// leaseTime is longer than any run.
	leaseTime = time.Hour
	// maxAttempts of a job.
	maxAttempts = 3
)

// bulk is a bulk job while its video jobs are appended.
type bulk struct {
	store.BulkKey
	lease string
	jobs  int
}

// appendBulk makes a bulk job of a user with n video jobs, numbered from first. The import stays open.
func appendBulk(ctx context.Context, s store.Store, user string, first, n int, place store.Place) (*bulk, error) {
	b := &bulk{BulkKey: store.BulkKey{Project: project, ID: newID()}, lease: newID()}
	made := store.Bulk{BulkKey: b.BulkKey, User: user, Spec: &schedulerv1.BulkJob{User: user}}
	if _, _, err := s.CreateBulkJob(ctx, store.Request{}, made, time.Now()); err != nil {
		return nil, err
	}
	got, err := s.LeaseImport(ctx, store.NewLease{ID: b.lease, Worker: "reader", Until: time.Now().Add(leaseTime)}, time.Now())
	if err != nil {
		return nil, err
	}
	if got.BulkKey != b.BulkKey {
		return nil, fmt.Errorf("the import of %s was leased instead of that of %s", got.Name(), b.Name())
	}
	return b, b.add(ctx, s, first, n, place)
}

// add appends n more video jobs.
func (b *bulk) add(ctx context.Context, s store.Store, first, n int, place store.Place) error {
	for from := first; from < first+n; from += appendChunk {
		to := min(from+appendChunk, first+n)
		jobs := make([]store.NewVideo, 0, to-from)
		for i := from; i < to; i++ {
			jobs = append(jobs, store.NewVideo{ID: newID(), Idea: idea(i)})
		}
		added, err := s.AppendVideoJobs(ctx, b.lease, jobs, place, time.Now())
		if err != nil {
			return err
		}
		b.jobs += added
	}
	return nil
}

// close ends the import.
func (b *bulk) close(ctx context.Context, s store.Store) error {
	return s.CompleteImport(ctx, b.lease, &ingestv1.ImportReport{}, time.Now())
}

// check fails unless all video jobs of the bulk job are completed.
func (b *bulk) check(ctx context.Context, s store.Store) error {
	stored, err := s.BulkJob(ctx, b.BulkKey)
	if err != nil {
		return err
	}
	if got := int(stored.Counts.Completed); got != b.jobs || stored.State != schedulerv1.BulkJob_COMPLETED {
		return fmt.Errorf("%s is %s with %d of %d video jobs completed", b.Name(), stored.State, got, b.jobs)
	}
	return nil
}

// idea is the payload of job i. Its row number tells i, and its priority is one of three in turn.
func idea(i int) *ingestv1.Idea {
	return &ingestv1.Idea{
		RowKey: fmt.Sprint(i), RowNumber: int32(i) + 1, Title: load.Title(i), Script: load.Script,
		Priority: []ingestv1.Priority{ingestv1.Priority_URGENT, ingestv1.Priority_NORMAL, ingestv1.Priority_LOW}[i%3],
	}
}

// number is the i of idea(i).
func number(i *ingestv1.Idea) int { return int(i.GetRowNumber()) - 1 }

// placed gives jobs their place by the service's rule: first in, first out within a priority, and the jobs of one call
// came at the same moment.
func placed(_ store.Bulk, v *store.NewVideo, queued time.Time) {
	offsets := order.Offsets{Normal: 4 * time.Hour, Low: 6 * time.Hour}
	v.Priority, v.MaxAttempts = v.Idea.GetPriority(), maxAttempts
	v.SortKey = offsets.Key(queued, v.Priority)
}

// apart gives each job a moment of its own, as the policy fair does.
func apart(b store.Bulk, v *store.NewVideo, queued time.Time) {
	placed(b, v, queued)
	v.SortKey += int64(number(v.Idea))
}

func newID() string { return uuid.Must(uuid.NewV7()).String() }

// Shape says how many video jobs there are, in how many bulk jobs, each of a user of its own, which are imported at the
// same time; and whether each job has a place of its own in the order, as under the policy fair.
type Shape struct {
	Jobs, Bulks int
	Apart       bool
}

// Store inserts the jobs into an empty database or file, and takes them from lease to completion.
func Store(ctx context.Context, name string, sh Shape, cpu func() time.Duration, settle func() error) (insert, work measure.Span, err error) {
	s, err := openStore(ctx, name)
	if err != nil {
		return insert, work, err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	clock := measure.Begin(cpu)
	bulks, err := sh.insert(ctx, s)
	if err != nil {
		return insert, work, err
	}
	insert = clock.End(sh.Jobs)
	if err := settle(); err != nil {
		return insert, work, err
	}
	if work, err = drain(ctx, s, sh.Jobs, cpu); err != nil {
		return insert, work, err
	}
	for _, b := range bulks {
		if err := b.check(ctx, s); err != nil {
			return insert, work, err
		}
	}
	return insert, work, nil
}

// insert appends all jobs, a call for each bulk job in turn.
func (sh Shape) insert(ctx context.Context, s store.Store) ([]*bulk, error) {
	place := placed
	if sh.Apart {
		place = apart
	}
	var bulks []*bulk
	each := sh.Jobs / sh.Bulks
	for done := 0; done < each; done += appendChunk {
		n := min(appendChunk, each-done)
		for i := range sh.Bulks {
			var err error
			if done == 0 {
				var b *bulk
				b, err = appendBulk(ctx, s, fmt.Sprint("user-", i), i*each, n, place)
				bulks = append(bulks, b)
			} else {
				err = bulks[i].add(ctx, s, i*each+done, n, place)
			}
			if err != nil {
				return nil, err
			}
		}
	}
	for _, b := range bulks {
		if err := b.close(ctx, s); err != nil {
			return nil, err
		}
	}
	return bulks, nil
}
