// Package campaign runs a kill campaign against real processes on this machine: schedulers over PostgreSQL or SQLite,
// a rate limit service, workers and an enqueuer, all of this program. While they work, processes are killed, stopped
// and told to end, and the database is restarted, at moments drawn from a seed. Afterwards package check finds out
// whether a job was lost or made twice. Everything that was started is gone when Run returns.
package campaign

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"sync"
	"time"

	"github.com/sheetreel/sheetreel/cmd/sheetreel/torture/enqueue"
	"github.com/sheetreel/sheetreel/cmd/sheetreel/torture/faults"
	"github.com/sheetreel/sheetreel/cmd/sheetreel/torture/nursery"
	"github.com/sheetreel/sheetreel/cmd/sheetreel/torture/watch"
)

// campaign is a running campaign.
type campaign struct {
	*cluster
	watcher *watch.Watcher
	faults  []faults.Fault
	say     func(format string, args ...any)
}

const (
	project = "torture"
	batches = 50 // bulk jobs, as far as each has at least leastBatch video jobs
	ahead   = 8  // so many bulk jobs are unfinished at a time

	leastBatch = 50
)

// Run runs a campaign and reports what was found. progress is told what happens.
func Run(ctx context.Context, c Config, progress io.Writer) (report *Report, err error) {
	if err := c.validate(); err != nil {
		return nil, err
	}
	if c.Seed == 0 {
		c.Seed = 1 + rand.Uint64N(1_000_000_000)
	}
	program, err := os.Executable()
	if err != nil {
		return nil, err
	}
	f, err := newFolder()
	if err != nil {
		return nil, err
	}
	defer func() {
		if !c.Keep {
			err = errors.Join(err, os.RemoveAll(string(f)))
		}
	}()
	all := &campaign{
		cluster: &cluster{
			config: c, folder: f, program: program, nursery: nursery.New(),
			plan: enqueue.Plan{Project: project, Jobs: c.Jobs, PerBatch: max(leastBatch, (c.Jobs+batches-1)/batches)},
		},
		say: func(format string, args ...any) { fmt.Fprintf(progress, format+"\n", args...) },
	}
	defer func() { err = errors.Join(err, all.close()) }()
	return all.run(ctx)
}

func (c *campaign) run(ctx context.Context) (*Report, error) {
	c.say("torture: seed %d, folder %s", c.config.Seed, c.folder)
	start := time.Now()
	if err := c.begin(ctx); err != nil {
		return nil, err
	}
	c.faults = faults.Plan(c.faultConfig())
	c.watcher = watch.New(c.conn, c.plan.Parent())
	finished, err := c.torment(ctx)
	if err != nil {
		return nil, err
	}
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	worked := time.Since(start)
	c.say("torture: %d of %d jobs completed after %v; checking", c.watcher.Completed(), c.config.Jobs, worked.Round(time.Second))
	report, err := c.verify(ctx)
	if err != nil {
		return nil, err
	}
	c.end()
	report.Duration, report.CheckDuration = seconds(worked), seconds(time.Since(start)-worked)
	report.Finished = finished
	c.conclude(report)
	return report, nil
}

// faultConfig says what goes wrong. On SQLite the one scheduler is what a kill must not hurt, so it is hit more often.
func (c *campaign) faultConfig() faults.Config {
	share := 0.12
	if c.config.Database == OnSQLite {
		share = 0.4
	}
	return faults.Config{
		Seed: c.config.Seed, Kills: c.config.Kills, Stops: c.config.Stops, Terms: c.config.Terms, Restarts: c.config.DBRestarts,
		Schedulers: c.config.Schedulers, Workers: c.config.Workers, Lease: c.config.Lease, SchedulerShare: share,
	}
}

// torment lets everybody work while things go wrong, until all is done or nothing happens any more. It tells whether
// all was done.
func (c *campaign) torment(ctx context.Context) (finished bool, err error) {
	ctx, cancel := context.WithCancel(ctx)
	var owner sync.WaitGroup
	errs := make([]error, 2)
	defer func() {
		cancel()
		owner.Wait()
		err = errors.Join(append(errs, err)...)
	}()
	owner.Go(func() { errs[0] = c.watcher.Run(ctx) })
	if err := c.work(); err != nil {
		return false, err
	}
	var wrong sync.WaitGroup // apart, because the workers must all run before they are told to end
	wrong.Go(func() { errs[1] = c.goWrong(ctx) })
	finished = c.wait(ctx)
	if !finished {
		cancel()
	}
	wrong.Wait()
	c.rest()
	return finished, nil
}

const lookEvery = 100 * time.Millisecond

// wait waits until every bulk job was seen to its end, or until no job has completed for too long.
func (c *campaign) wait(ctx context.Context) bool {
	ticker := time.NewTicker(lookEvery)
	defer ticker.Stop()
	last, since, told := 0, time.Now(), time.Now()
	for {
		select {
		case <-ctx.Done():
			return false
		case <-ticker.C:
		}
		if c.watcher.Finished() == c.plan.Batches() {
			return true
		}
		if n := c.watcher.Completed(); n != last {
			last, since = n, time.Now()
		}
		if time.Since(since) > c.config.Patience {
			c.say("torture: no job completed for %v", c.config.Patience)
			return false
		}
		if time.Since(told) > 10*time.Second {
			told = time.Now()
			c.say("torture: %d of %d jobs completed", last, c.config.Jobs)
		}
	}
}
