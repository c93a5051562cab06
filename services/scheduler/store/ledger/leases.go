package ledger

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"sync"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	errorsv1 "github.com/sheetreel/sheetreel/gen/sheetreel/errors/v1"
	schedulerv1 "github.com/sheetreel/sheetreel/gen/sheetreel/scheduler/v1"
	"github.com/sheetreel/sheetreel/kit/errs"
	"github.com/sheetreel/sheetreel/services/scheduler/state"
	"github.com/sheetreel/sheetreel/services/scheduler/store"
)

// progressEvery is the least time between two progress events of a video job.
const progressEvery = time.Second

// Claim implements store.Store.
func (b *Book) Claim(ctx context.Context, claims []store.Claim, worker string, until, now time.Time) (leased []store.Leased, err error) {
	if len(claims) == 0 {
		return nil, nil
	}
	var mu sync.Mutex
	err = b.lanes.split(len(claims), func(i int) store.BulkKey { return claims[i].BulkKey }, func(q *gathering, places []int) error {
		r := &report{now: now}
		for _, i := range places {
			r.claims = append(r.claims, Claim{Lease{claims[i].VideoKey, claims[i].Lease}, claims[i].Row, worker, until, now})
		}
		got, err := b.claimIn(ctx, q, r)
		mu.Lock()
		defer mu.Unlock()
		leased = append(leased, got...)
		return err
	})
	order := make(map[store.VideoKey]int, len(claims))
	for i, c := range slices.Backward(claims) { // the first place of one that is listed twice counts
		order[c.VideoKey] = i
	}
	slices.SortFunc(leased, func(a, b store.Leased) int { return order[a.Video.VideoKey] - order[b.Video.VideoKey] })
	return leased, err
}

// claimIn claims what is of one lane.
func (b *Book) claimIn(ctx context.Context, q *gathering, r *report) (leased []store.Leased, err error) {
	err = b.gather(ctx, q, r, func(ctx context.Context, w *work, jobs map[store.VideoKey]*Job) error {
		var got []*Job
		for _, c := range r.claims {
			if w.given[c.VideoKey] != c.ID { // somebody else was faster, or it is listed twice
				continue
			}
			mine, err := w.claim(ctx, jobs[c.VideoKey], c)
			if err != nil {
				return err
			}
			if mine {
				got = append(got, jobs[c.VideoKey])
			}
		}
		w.advance(got)
		leased, err = w.describe(ctx, got)
		return err
	})
	if err != nil {
		return nil, err
	}
	return leased, nil
}

// claim tells whether a job whose row Take has moved may start; if not it undoes that.
func (w *work) claim(ctx context.Context, j *Job, c Claim) (bool, error) {
	b := w.bulks[j.BulkKey]
	if b.State != state.BulkPaused && !b.overdue(w.now) {
		return true, w.claimed(j, c.ID, c.Worker, c.Until)
	}
	whole, err := w.unclaimed(ctx, j)
	if err != nil {
		return false, err
	}
	if b.State == state.BulkPaused {
		whole.Held = true
		w.put(whole)
		return false, nil
	}
	return false, w.move(whole, state.Cancelled, tooLate())
}

// unclaimed loads a job whose row Take has moved, as it was before.
func (w *work) unclaimed(ctx context.Context, j *Job) (*Job, error) {
	all, err := w.ShowJobs(ctx, []store.VideoKey{j.VideoKey})
	if err != nil {
		return nil, err
	}
	if len(all) != 1 || all[0].Stored != InRunning {
		return nil, fmt.Errorf("%s: its claim cannot be undone: its row is gone", j.Name())
	}
	whole := all[0]
	whole.State, whole.Due, whole.Attempt, whole.Idea, whole.Created = j.State, j.Due, j.Attempt, j.Idea, j.Created
	whole.Lease, whole.Worker, whole.Start, whole.Until = "", "", time.Time{}, time.Time{}
	return whole, nil
}

// claimed brings a job up to its row, which Take has moved.
func (w *work) claimed(j *Job, lease, worker string, until time.Time) error {
	j.Stored = InRunning
	j.Attempt++
	j.Lease, j.Worker, j.Until, j.Start, j.Progressed = lease, worker, until, w.now, time.UnixMilli(0)
	if b := w.bulks[j.BulkKey]; b.Started.IsZero() {
		b.Started = w.now
	}
	return w.follow(j, state.Dispatched, nil)
}

// describe gives jobs that were just leased with what is needed to render them.
func (w *work) describe(ctx context.Context, jobs []*Job) ([]store.Leased, error) {
	if len(jobs) == 0 {
		return nil, nil
	}
	specs, err := w.book.specsOf(ctx, w, slices.Collect(maps.Keys(w.bulks)))
	if err != nil {
		return nil, err
	}
	leased := make([]store.Leased, len(jobs))
	for i, j := range jobs {
		v, err := j.video()
		if err != nil {
			return nil, err
		}
		leased[i] = store.Leased{Lease: store.LeaseToken(j.VideoKey, j.Lease), Video: v, RenderOptions: specs[j.BulkKey].GetRenderOptions()}
	}
	return leased, nil
}

// Park implements store.Store.
func (b *Book) Park(ctx context.Context, keys []store.VideoKey, until, now time.Time) error {
	return b.write(ctx, now, func(ctx context.Context, w *work) error {
		jobs, err := w.jobs(ctx, keys)
		if err != nil {
			return err
		}
		for _, k := range keys {
			j := jobs[k]
			if j == nil || !state.Waiting(j.State) || j.Held {
				continue
			}
			j.Due = until
			if err := w.move(j, state.RateLimited, nil); err != nil {
				return err
			}
		}
		return nil
	})
}

// parseLeases reads leases as workers name them; what names nothing stays zero.
func parseLeases(tokens ...string) []Lease {
	leases := make([]Lease, len(tokens))
	for i, t := range tokens {
		leases[i].VideoKey, leases[i].ID, _ = store.ParseLease(t)
	}
	return leases
}

// holder gives the job whose lease this was or is; nil when the job has another one by now.
func (b *Book) holder(jobs map[store.VideoKey]*Job, l Lease) *Job {
	j := jobs[l.VideoKey]
	if j == nil || l.ID == "" || j.Lease != l.ID && !b.options.NoFence {
		return nil
	}
	return j
}

// running tells whether a job's lease is in force.
func (b *Book) running(j *Job, now time.Time) bool {
	return j != nil && (j.runs(now) || b.options.NoFence && state.Running(j.State))
}

// Renew implements store.Store.
func (b *Book) Renew(ctx context.Context, renewals []store.Renewal, until, now time.Time) ([]schedulerv1.LeaseStatus_Verdict, error) {
	tokens := make([]string, len(renewals))
	for i, r := range renewals {
		tokens[i] = r.Lease
	}
	leases := parseLeases(tokens...)
	answers := make([]schedulerv1.LeaseStatus_Verdict, len(renewals))
	err := b.lanes.split(len(leases), func(i int) store.BulkKey { return leases[i].BulkKey }, func(q *gathering, places []int) error {
		r := &report{now: now}
		for _, i := range places {
			r.leases = append(r.leases, leases[i])
		}
		return b.gather(ctx, q, r, func(_ context.Context, w *work, jobs map[store.VideoKey]*Job) error {
			for _, i := range places {
				verdict, err := w.renewed(b.holder(jobs, leases[i]), renewals[i].Progress, until)
				if err != nil {
					return err
				}
				answers[i] = verdict
			}
			return nil
		})
	})
	if err != nil {
		return nil, err
	}
	return answers, nil
}

// renewed extends the lease of a job that its worker holds, if any.
func (w *work) renewed(j *Job, p *schedulerv1.RenderProgress, until time.Time) (schedulerv1.LeaseStatus_Verdict, error) {
	switch {
	case w.book.running(j, w.now):
		j.Until = until
		return schedulerv1.LeaseStatus_OK, w.renew(j, p)
	case j != nil && j.State == state.Cancelled:
		return schedulerv1.LeaseStatus_CANCEL, nil
	}
	return schedulerv1.LeaseStatus_LOST, nil
}

// renew stores a lease's new end and progress; an event tells of it when a second has passed or the stage changed.
func (w *work) renew(j *Job, p *schedulerv1.RenderProgress) error {
	stageChanged := p != nil && p.GetStage() != j.Stage
	moved := stageChanged || p.GetPercent() > j.Percent
	if p != nil {
		j.Percent, j.Stage, j.ETA = max(p.GetPercent(), j.Percent), p.GetStage(), p.GetEta().AsDuration()
	}
	if j.State == state.Dispatched {
		j.Progressed = w.now
		return w.move(j, state.InProgress, nil)
	}
	w.put(j)
	since := w.now.Sub(j.Progressed)
	if !moved || !stageChanged && since >= 0 && since < progressEvery {
		return nil
	}
	j.Progressed = w.now
	return w.record(w.bulks[j.BulkKey], j.event(schedulerv1.JobEvent_VIDEO_JOB_PROGRESS), store.Counts{})
}

// Release implements store.Store.
func (b *Book) Release(ctx context.Context, lease string, now time.Time) error {
	held := parseLeases(lease)
	r := &report{now: now, leases: held}
	return b.gather(ctx, &b.lanes[b.lanes.of(r.bulk())], r, func(_ context.Context, w *work, jobs map[store.VideoKey]*Job) error {
		j := b.holder(jobs, held[0])
		if !b.running(j, now) {
			return store.ErrLeaseLost
		}
		return w.move(j, state.Queued, nil)
	})
}

// Fail implements store.Store.
func (b *Book) Fail(ctx context.Context, lease string, f store.Failure, retry store.Retry, now time.Time) (to schedulerv1.VideoJob_State, err error) {
	if err := b.rates.Check(f.Usage); err != nil {
		return to, err
	}
	held := parseLeases(lease)
	err = b.write(ctx, now, func(ctx context.Context, w *work) error {
		jobs, err := b.holding(ctx, w, []*report{{leases: held}})
		if err != nil {
			return err
		}
		j := b.holder(jobs, held[0])
		if !b.running(j, now) {
			return store.ErrLeaseLost
		}
		specs, err := b.specsOf(ctx, w, []store.BulkKey{j.BulkKey})
		if err != nil {
			return err
		}
		v, err := j.video()
		if err != nil {
			return err
		}
		j.Failures++
		j.Used = f.Usage
		to = state.Failed
		if at, ok := retry(v, specs[j.BulkKey].GetRetryPolicy(), j.Failures); ok {
			to, j.Due = state.Retrying, at
		}
		return w.giveBack(j, to, f)
	})
	return to, err
}

// giveBack ends an attempt with a failure; a job that gives up becomes a dead letter.
func (w *work) giveBack(j *Job, to state.Video, f store.Failure) error {
	if err := w.move(j, to, f.Error); err != nil {
		return err
	}
	if to == state.Failed {
		w.out.Letters = append(w.out.Letters, Letter{VideoKey: j.VideoKey, Class: f.Class})
	}
	return w.settle(w.bulks[j.BulkKey])
}

// Expire implements store.Store.
func (b *Book) Expire(ctx context.Context, limit int, now time.Time) (n int, err error) {
	err = b.write(ctx, now, func(ctx context.Context, w *work) error {
		n = 0
		keys, err := w.Overdue(ctx, limit, now)
		if err != nil || len(keys) == 0 {
			return err
		}
		jobs, err := w.jobs(ctx, keys)
		if err != nil {
			return err
		}
		for _, k := range keys {
			// Another replica may have been faster, or the worker's report was.
			if j := jobs[k]; j != nil && state.Running(j.State) && !j.runs(now) {
				if err := w.expire(j); err != nil {
					return err
				}
				n++
			}
		}
		return nil
	})
	return n, err
}

func (w *work) expire(j *Job) error {
	j.Crashes++
	lost := errs.New(codes.Unavailable, errorsv1.ErrorReason_WORKER_LOST, "the worker did not report in time")
	to := state.Queued
	if j.Crashes >= store.MaxCrashes {
		to = state.Failed
		lost = errs.New(codes.Aborted, errorsv1.ErrorReason_WORKER_LOST, "three workers were lost with this video job; it is set aside")
	}
	return w.giveBack(j, to, store.Failure{Class: schedulerv1.FailureClass_POISON, Error: status.Convert(lost).Proto()})
}
