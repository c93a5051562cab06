// Package enqueue is the process of a campaign that makes the work: it creates bulk jobs with request ids and appends
// their video jobs as ingest does, in a leased import. It keeps nothing: after it was killed the next one creates
// everything again by the same request ids, gets what is there, and goes on.
package enqueue

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/google/uuid"
	"google.golang.org/grpc"
	"google.golang.org/protobuf/types/known/durationpb"

	ingestv1 "github.com/sheetreel/sheetreel/gen/sheetreel/ingest/v1"
	schedulerv1 "github.com/sheetreel/sheetreel/gen/sheetreel/scheduler/v1"

	"github.com/sheetreel/sheetreel/cmd/sheetreel/torture/history"
	"github.com/sheetreel/sheetreel/cmd/sheetreel/torture/replicas"
)

// Config is how the work is made.
type Config struct {
	Plan
	Name  string // of the process
	Ahead int    // so many bulk jobs are unfinished at a time
}

// Enqueuer makes the work.
type Enqueuer struct {
	config  Config
	jobs    schedulerv1.SchedulerServiceClient
	imports schedulerv1.ImportServiceClient
	log     *history.Log

	// Of Run only; the readers share nothing.
	next int                                  // the bulk job to be created next
	open map[string]schedulerv1.BulkJob_State // unfinished bulk jobs, as they were when they were looked at
}

// New makes an enqueuer that calls over conn and writes down what it does.
func New(c Config, conn grpc.ClientConnInterface, log *history.Log) *Enqueuer {
	return &Enqueuer{
		config: c, jobs: schedulerv1.NewSchedulerServiceClient(conn), imports: schedulerv1.NewImportServiceClient(conn),
		log: log, open: map[string]schedulerv1.BulkJob_State{},
	}
}

// Run makes all work, and returns once every bulk job has all its video jobs, or when ctx ends.
func (e *Enqueuer) Run(ctx context.Context) error {
	ctx, cancel := context.WithCancel(ctx)
	var readers sync.WaitGroup
	failed := make(chan error, e.config.Ahead)
	defer func() { cancel(); readers.Wait() }()
	for range e.config.Ahead {
		readers.Go(func() {
			if err := e.read(ctx); err != nil {
				failed <- err
			}
		})
	}
	for {
		if err := e.keepAhead(ctx); err != nil || e.done() || ctx.Err() != nil {
			return stopped(ctx, err)
		}
		select {
		case err := <-failed:
			return err
		case <-time.After(lookEvery):
		case <-ctx.Done():
		}
	}
}

// lookEvery is how often the bulk jobs are looked at.
const lookEvery = 200 * time.Millisecond

// keepAhead looks at the unfinished bulk jobs, and creates further ones.
func (e *Enqueuer) keepAhead(ctx context.Context) error {
	if err := e.log.Err(); err != nil {
		return err
	}
	if err := e.refresh(ctx); err != nil {
		return err
	}
	for len(e.open) < e.config.Ahead && e.next < e.config.Batches() {
		if err := e.create(ctx); err != nil {
			return err
		}
	}
	return nil
}

// read appends the video jobs of bulk jobs that wait for them, one after the other, until ctx ends.
func (e *Enqueuer) read(ctx context.Context) error {
	for ctx.Err() == nil {
		if err := e.importOne(ctx); err != nil {
			return stopped(ctx, err)
		}
	}
	return nil
}

// stopped is no error when ctx has ended.
func stopped(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return nil
	}
	return err
}

// done tells whether every bulk job has all its video jobs.
func (e *Enqueuer) done() bool {
	if e.next < e.config.Batches() {
		return false
	}
	for _, state := range e.open {
		if state != schedulerv1.BulkJob_RUNNING {
			return false
		}
	}
	return true
}

// create creates the next bulk job, or gets it when an earlier process has.
func (e *Enqueuer) create(ctx context.Context) error {
	in := e.config.create(e.next)
	return replicas.Insist(ctx, func(ctx context.Context) error {
		call := e.log.Begin(history.Create, history.Subject{Request: in.GetRequestId()})
		b, err := e.jobs.CreateBulkJob(ctx, in)
		end := history.End{Batch: b.GetName()}
		end.Result, end.Error = replicas.Outcome(err)
		call.End(end)
		if err == nil {
			e.next++
			e.note(b)
		}
		return err
	})
}

// note remembers a bulk job while it is unfinished.
func (e *Enqueuer) note(b *schedulerv1.BulkJob) {
	if b.GetState() == schedulerv1.BulkJob_COMPLETED {
		delete(e.open, b.GetName())
		return
	}
	e.open[b.GetName()] = b.GetState()
}

// refresh looks at the unfinished bulk jobs. One whose readers were lost too often is read again.
func (e *Enqueuer) refresh(ctx context.Context) error {
	for name := range e.open {
		err := replicas.Insist(ctx, func(ctx context.Context) error {
			b, err := e.jobs.GetBulkJob(ctx, &schedulerv1.GetBulkJobRequest{Name: name})
			if err == nil && b.GetState() == schedulerv1.BulkJob_FAILED {
				b, err = e.jobs.RetryBulkJob(ctx, &schedulerv1.RetryBulkJobRequest{Name: name, RequestId: uuid.NewString()})
			}
			if err == nil {
				e.note(b)
			}
			return err
		})
		if err != nil {
			return err
		}
	}
	return nil
}

const (
	importWait  = time.Second
	importBound = 5 * time.Second
	importPause = 50 * time.Millisecond
)

// importOne appends the video jobs of one bulk job, if one waits for them. A lease that is lost ends this quietly: the
// import is leased again.
func (e *Enqueuer) importOne(ctx context.Context) error {
	call, cancel := context.WithTimeout(ctx, importBound)
	defer cancel()
	lease, err := e.imports.LeaseImport(call, &schedulerv1.LeaseImportRequest{Worker: e.config.Name, WaitDuration: durationpb.New(importWait)})
	if err != nil || lease.GetLeaseToken() == "" {
		replicas.Pause(ctx, importPause) // a lease whose answer was lost runs out
		return nil
	}
	i, err := e.config.Index(lease.GetBulkJob())
	if err != nil {
		return err
	}
	err = e.fill(ctx, lease, e.config.Rows(i))
	if result, _ := replicas.Outcome(err); result == history.Refused {
		return nil
	}
	if err != nil {
		return fmt.Errorf("import of %s: %w", lease.GetBulkJob().GetName(), err)
	}
	return nil
}

// perCall is how many video jobs a call appends: few, so that those of the bulk jobs that are read at the same time
// mix in the queue, as those of many users do.
const perCall = 25

// fill appends all rows of a leased import and ends it.
func (e *Enqueuer) fill(ctx context.Context, lease *schedulerv1.LeaseImportResponse, count int) error {
	renewed := time.Now()
	for first := 1; first <= count; first += perCall {
		if time.Since(renewed) > lease.GetLeaseDuration().AsDuration()/3 {
			renewed = time.Now()
			err := replicas.Insist(ctx, func(ctx context.Context) error {
				_, err := e.imports.RenewImport(ctx, &schedulerv1.RenewImportRequest{LeaseToken: lease.GetLeaseToken()})
				return err
			})
			if err != nil {
				return err
			}
		}
		if err := e.append(ctx, lease, first, min(first+perCall-1, count)); err != nil {
			return err
		}
	}
	return replicas.Insist(ctx, func(ctx context.Context) error {
		_, err := e.imports.CompleteImport(ctx, &schedulerv1.CompleteImportRequest{
			LeaseToken: lease.GetLeaseToken(), Report: &ingestv1.ImportReport{ValidRowCount: int32(count)},
		})
		return err
	})
}

func (e *Enqueuer) append(ctx context.Context, lease *schedulerv1.LeaseImportResponse, first, last int) error {
	subject := history.Subject{Batch: lease.GetBulkJob().GetName(), First: first, Last: last}
	in := &schedulerv1.AppendVideoJobsRequest{LeaseToken: lease.GetLeaseToken(), VideoJobs: rows(first, last)}
	return replicas.Insist(ctx, func(ctx context.Context) error {
		call := e.log.Begin(history.Append, subject)
		_, err := e.imports.AppendVideoJobs(ctx, in)
		end := history.End{}
		end.Result, end.Error = replicas.Outcome(err)
		call.End(end)
		return err
	})
}
