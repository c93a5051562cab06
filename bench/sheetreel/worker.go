package sheetreel

import (
	"context"
	"errors"
	"fmt"
	"time"

	"golang.org/x/sync/errgroup"
	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/types/known/durationpb"

	schedulerv1 "github.com/sheetreel/sheetreel/gen/sheetreel/scheduler/v1"
	"github.com/sheetreel/sheetreel/kit/grpckit"
)

// leaseWait is how long a worker's call waits for work.
const leaseWait = 10 * time.Second

// worker plays a render worker on a connection of its own. It leases up to a batch, and while it waits for the next one
// it tells the progress of all leases in one heartbeat, and completes all of them in one call.
type worker struct {
	address, name string
	started       func(number int) // when the lease of a video job arrives
	completed     func(number int) // when its completion is acknowledged
}

// run works until stop ends, and then finishes what it has.
func (w worker) run(ctx, stop context.Context) error {
	conn, err := grpckit.Dial(w.address)
	if err != nil {
		return err
	}
	defer conn.Close()
	client := schedulerv1.NewLeaseServiceClient(conn)
	rendering, ctx := errgroup.WithContext(ctx)
	rendering.SetLimit(1)
	leasing, cancel := context.WithCancel(stop)
	defer cancel()
	defer context.AfterFunc(ctx, cancel)() // nothing new once something has failed
	for {
		out, err := client.LeaseVideoJobs(leasing, &schedulerv1.LeaseVideoJobsRequest{
			Worker: w.name, MaxCount: claimBatch, WaitDuration: durationpb.New(leaseWait),
		})
		if leasing.Err() != nil {
			return rendering.Wait()
		}
		if err != nil {
			return errors.Join(fmt.Errorf("lease: %w", err), rendering.Wait())
		}
		for _, l := range out.GetLeases() {
			w.started(number(l.GetVideoJob().GetIdea()))
		}
		if len(out.GetLeases()) > 0 {
			rendering.Go(func() error { return w.render(ctx, client, out.GetLeases()) })
		}
	}
}

func (w worker) render(ctx context.Context, client schedulerv1.LeaseServiceClient, leases []*schedulerv1.Lease) error {
	if err := report(ctx, client, w.name, leases); err != nil {
		return err
	}
	if err := publish(ctx, client, leases); err != nil {
		return err
	}
	for _, l := range leases {
		w.completed(number(l.GetVideoJob().GetIdea()))
	}
	return nil
}

// report tells the progress of leases.
func report(ctx context.Context, client schedulerv1.LeaseServiceClient, name string, leases []*schedulerv1.Lease) error {
	in := &schedulerv1.HeartbeatRequest{Worker: name}
	for _, l := range leases {
		in.Leases = append(in.Leases, &schedulerv1.LeaseReport{
			LeaseToken: l.GetLeaseToken(), Progress: &schedulerv1.RenderProgress{Percent: 50, Stage: "encode"},
		})
	}
	out, err := client.Heartbeat(ctx, in)
	if err != nil {
		return fmt.Errorf("heartbeat: %w", err)
	}
	for _, s := range out.GetLeases() {
		if s.GetVerdict() != schedulerv1.LeaseStatus_OK {
			return fmt.Errorf("heartbeat: a lease is %s", s.GetVerdict())
		}
	}
	return nil
}

// publish completes leases.
func publish(ctx context.Context, client schedulerv1.LeaseServiceClient, leases []*schedulerv1.Lease) error {
	in := &schedulerv1.CompleteVideoJobsRequest{}
	made := result()
	for _, l := range leases {
		in.Requests = append(in.Requests, &schedulerv1.CompleteVideoJobRequest{
			LeaseToken: l.GetLeaseToken(), Artifacts: made.Artifacts, VideoDuration: durationpb.New(made.VideoDuration),
		})
	}
	out, err := client.CompleteVideoJobs(ctx, in)
	if err != nil {
		return fmt.Errorf("complete: %w", err)
	}
	if len(out.GetStatuses()) != len(leases) {
		return fmt.Errorf("complete: %d answers to %d reports", len(out.GetStatuses()), len(leases))
	}
	for _, s := range out.GetStatuses() {
		if codes.Code(s.GetCode()) != codes.OK {
			return fmt.Errorf("complete: %s", s.GetMessage())
		}
	}
	return nil
}
