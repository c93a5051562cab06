package ledger

import (
	"context"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/durationpb"

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
	keys := make([]store.VideoKey, len(claims))
	for i, c := range claims {
		keys[i] = c.VideoKey
	}
	err = b.write(ctx, now, func(ctx context.Context, w *work) error {
		leased = nil
		jobs, err := w.jobs(ctx, keys)
		if err != nil {
			return err
		}
		var got []*Job
		for _, c := range claims {
			j := jobs[c.VideoKey]
			if j == nil || !state.Waiting(j.State) || j.Held || j.Due.After(now) {
				continue
			}
			if err := w.claim(j, c.Lease, worker, until); err != nil {
				return err
			}
			got = append(got, j)
		}
		leased, err = w.describe(ctx, got)
		return err
	})
	return leased, err
}

func (w *work) claim(j *Job, lease, worker string, until time.Time) error {
	j.Attempt++
	j.Lease, j.Until, j.Start, j.Progressed = lease, until, w.now, time.UnixMilli(0)
	if b := w.bulks[j.BulkKey]; b.Started.IsZero() {
		b.Started = w.now
	}
	w.out.Begun = append(w.out.Begun, Begun{j.VideoKey, j.Attempt, worker, w.now})
	return w.move(j, state.Dispatched, nil)
}

// describe gives jobs that were just leased with what is needed to render them.
func (w *work) describe(ctx context.Context, jobs []*Job) ([]store.Leased, error) {
	if len(jobs) == 0 {
		return nil, nil
	}
	var keys []store.VideoKey
	var bulks []store.BulkKey
	for _, j := range jobs {
		keys = append(keys, j.VideoKey)
	}
	for k := range w.bulks {
		bulks = append(bulks, k)
	}
	specs, err := w.Specs(ctx, bulks)
	if err != nil {
		return nil, err
	}
	videos, err := w.ShowVideos(ctx, keys)
	if err != nil {
		return nil, err
	}
	shown := make(map[store.VideoKey]store.Video, len(videos))
	for _, v := range videos {
		shown[v.VideoKey] = v
	}
	leased := make([]store.Leased, 0, len(jobs))
	for _, j := range jobs {
		v := shown[j.VideoKey]
		j.overlay(&v)
		leased = append(leased, store.Leased{Lease: j.Lease, Video: v, RenderOptions: specs[j.BulkKey].GetRenderOptions()})
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

// Renew implements store.Store.
func (b *Book) Renew(ctx context.Context, renewals []store.Renewal, until, now time.Time) ([]schedulerv1.LeaseStatus_Verdict, error) {
	leases := make([]string, len(renewals))
	for i, r := range renewals {
		leases[i] = r.Lease
	}
	answers := make([]schedulerv1.LeaseStatus_Verdict, len(renewals))
	err := b.gather(ctx, now, leases, func(w *work, jobs map[string]*Job) error {
		for i, r := range renewals {
			j := jobs[r.Lease]
			switch {
			case j != nil && j.runs(now):
				answers[i] = schedulerv1.LeaseStatus_OK
				j.Until = until
				if err := w.renew(j, r.Progress); err != nil {
					return err
				}
			case j != nil && j.State == state.Cancelled:
				answers[i] = schedulerv1.LeaseStatus_CANCEL
			default:
				answers[i] = schedulerv1.LeaseStatus_LOST
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return answers, nil
}

// renew stores a lease's new end and progress; an event tells of it when a second has passed or the stage changed.
func (w *work) renew(j *Job, p *schedulerv1.RenderProgress) error {
	stageChanged := p.GetStage() != j.Stage
	moved := stageChanged || p.GetPercent() > j.Percent
	if p != nil {
		j.Percent, j.Stage, j.ETA = max(p.GetPercent(), j.Percent), p.GetStage(), p.GetEta().AsDuration()
	}
	if j.State == state.Dispatched {
		j.Progressed = w.now
		return w.move(j, state.InProgress, nil)
	}
	w.put(j)
	if !moved || !stageChanged && w.now.Sub(j.Progressed) < progressEvery {
		return nil
	}
	j.Progressed = w.now
	return w.record(w.bulks[j.BulkKey], j.event(schedulerv1.JobEvent_VIDEO_JOB_PROGRESS), store.Counts{})
}

// Complete implements store.Store.
func (b *Book) Complete(ctx context.Context, lease string, result store.Result, now time.Time) error {
	raw, err := proto.Marshal(&schedulerv1.VideoJob{Artifacts: result.Artifacts, VideoDuration: durationpb.New(result.VideoDuration)})
	if err != nil {
		return err
	}
	return b.gather(ctx, now, []string{lease}, func(w *work, jobs map[string]*Job) error {
		j := jobs[lease]
		if j != nil && j.State == state.Completed {
			return nil // the same report once more: its first answer was lost
		}
		if j == nil || !j.runs(now) {
			return store.ErrLeaseLost
		}
		if err := j.mayBecome(state.Completed); err != nil {
			return err
		}
		b := w.bulks[j.BulkKey]
		b.RenderTime += now.Sub(j.Start)
		w.outcome(j).Result = raw
		j.Percent, j.Stage, j.ETA = 100, "", 0
		if err := w.move(j, state.Completed, nil); err != nil {
			return err
		}
		return w.settle(b)
	})
}

// Release implements store.Store.
func (b *Book) Release(ctx context.Context, lease string, now time.Time) error {
	return b.gather(ctx, now, []string{lease}, func(w *work, jobs map[string]*Job) error {
		j := jobs[lease]
		if j == nil || !j.runs(now) {
			return store.ErrLeaseLost
		}
		return w.move(j, state.Queued, nil)
	})
}

// Fail implements store.Store.
func (b *Book) Fail(ctx context.Context, lease string, f store.Failure, retry store.Retry, now time.Time) (to schedulerv1.VideoJob_State, err error) {
	err = b.write(ctx, now, func(ctx context.Context, w *work) error {
		jobs, err := w.leased(ctx, []string{lease})
		if err != nil {
			return err
		}
		j := jobs[lease]
		if j == nil || !j.runs(now) {
			return store.ErrLeaseLost
		}
		specs, err := w.Specs(ctx, []store.BulkKey{j.BulkKey})
		if err != nil {
			return err
		}
		videos, err := w.ShowVideos(ctx, []store.VideoKey{j.VideoKey})
		if err != nil {
			return err
		}
		j.Failures++
		to = state.Failed
		if at, ok := retry(videos[0], specs[j.BulkKey].GetRetryPolicy(), j.Failures); ok {
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
		w.out.Letters = append(w.out.Letters, Letter{j.VideoKey, f.Class})
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
