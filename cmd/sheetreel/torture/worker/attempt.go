package worker

import (
	"context"
	"time"

	statuspb "google.golang.org/genproto/googleapis/rpc/status"
	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/types/known/durationpb"

	schedulerv1 "github.com/sheetreel/sheetreel/gen/sheetreel/scheduler/v1"

	"github.com/sheetreel/sheetreel/cmd/sheetreel/torture/artifact"
	"github.com/sheetreel/sheetreel/cmd/sheetreel/torture/history"
	"github.com/sheetreel/sheetreel/cmd/sheetreel/torture/replicas"
)

// attempt is one try of a video job.
type attempt struct {
	worker       *Worker
	lease        *schedulerv1.Lease
	start        time.Time
	takes        time.Duration
	fails, hands bool
}

// progress is how far the attempt is.
func (a *attempt) progress(now time.Time) *schedulerv1.RenderProgress {
	return &schedulerv1.RenderProgress{Stage: "frames", Percent: min(99, 100*float64(now.Sub(a.start))/float64(a.takes))}
}

// reportBound is how long a report is repeated when no answer comes.
const reportBound = 15 * time.Second

// run makes the attempt and reports its end. When ctx ends it is handed back instead.
func (a *attempt) run(ctx context.Context) {
	done := replicas.Pause(ctx, a.takes)
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), reportBound)
	defer cancel()
	switch {
	case !done, a.hands:
		a.report(ctx, history.Release, a.handBack)
	case a.fails:
		a.report(ctx, history.Fail, a.fail)
	default:
		a.publish(ctx)
	}
}

// report repeats a report until there is an answer. Each call is written down.
func (a *attempt) report(ctx context.Context, kind history.Kind, call func(context.Context) error) {
	subject := history.Subject{Job: a.lease.GetVideoJob().GetName(), Lease: a.lease.GetLeaseToken()}
	_ = replicas.Insist(ctx, func(ctx context.Context) error { // the history has its error
		begun := a.worker.log.Begin(kind, subject)
		err := call(ctx)
		end := history.End{}
		end.Result, end.Error = replicas.Outcome(err)
		begun.End(end)
		return err
	})
}

func (a *attempt) handBack(ctx context.Context) error {
	_, err := a.worker.leases.ReleaseVideoJob(ctx, &schedulerv1.ReleaseVideoJobRequest{LeaseToken: a.lease.GetLeaseToken()})
	return err
}

func (a *attempt) fail(ctx context.Context) error {
	_, err := a.worker.leases.FailVideoJob(ctx, &schedulerv1.FailVideoJobRequest{
		LeaseToken: a.lease.GetLeaseToken(), FailureClass: schedulerv1.FailureClass_TRANSIENT,
		Error: &statuspb.Status{Code: int32(codes.Unavailable), Message: "this attempt fails on purpose"},
	})
	return err
}

// publish writes the artifact and completes.
func (a *attempt) publish(ctx context.Context) {
	job := a.lease.GetVideoJob()
	made, err := artifact.Write(a.worker.config.Artifacts, artifact.Content{
		Job: job.GetName(), Lease: a.lease.GetLeaseToken(), Attempt: job.GetAttempt(), Worker: a.worker.config.Name,
	})
	if err != nil {
		a.worker.stop(err)
		return
	}
	a.report(ctx, history.Complete, func(ctx context.Context) error {
		_, err := a.worker.leases.CompleteVideoJob(ctx, &schedulerv1.CompleteVideoJobRequest{
			LeaseToken: a.lease.GetLeaseToken(), Artifacts: []*schedulerv1.Artifact{made}, VideoDuration: durationpb.New(time.Second),
		})
		return err
	})
}
