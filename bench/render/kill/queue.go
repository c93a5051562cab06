package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"

	"google.golang.org/grpc"
	"google.golang.org/protobuf/types/known/durationpb"

	ingestv1 "github.com/sheetreel/sheetreel/gen/sheetreel/ingest/v1"
	ratelimitv1 "github.com/sheetreel/sheetreel/gen/sheetreel/ratelimit/v1"
	schedulerv1 "github.com/sheetreel/sheetreel/gen/sheetreel/scheduler/v1"
	"github.com/sheetreel/sheetreel/kit/config"
	"github.com/sheetreel/sheetreel/kit/grpckit"
	"github.com/sheetreel/sheetreel/kit/pg"
	"github.com/sheetreel/sheetreel/kit/run"
	"github.com/sheetreel/sheetreel/services/ratelimit"
	"github.com/sheetreel/sheetreel/services/scheduler"
	"github.com/sheetreel/sheetreel/services/scheduler/store"
	"github.com/sheetreel/sheetreel/services/scheduler/store/ledger"
	"github.com/sheetreel/sheetreel/services/scheduler/store/open"
)

// queue is a scheduler of this process, which is not killed, and a connection to it.
type queue struct {
	store    store.Store
	config   scheduler.Config
	address  string
	conn     *grpc.ClientConn
	listener net.Listener
	bulk     string
}

func openScheduler(ctx context.Context, file string) (*queue, error) {
	var settings struct {
		config.File
		scheduler.Config
		Postgres pg.Config      `embed:""`
		Ledger   ledger.Options `embed:""`
	}
	args := []string{"--lease-duration=3s"} // the shortest, so that what a dead worker held comes back soon
	if err := config.Parse("kill", "", &settings, args, io.Discard); err != nil {
		return nil, err
	}
	s, err := open.Store(ctx, file, settings.Postgres, settings.Ledger, slog.New(slog.DiscardHandler))
	if err != nil {
		return nil, err
	}
	q := &queue{store: s, config: settings.Config}
	if q.listener, err = net.Listen("tcp", "127.0.0.1:0"); err != nil {
		return nil, errors.Join(err, s.Close())
	}
	q.address = q.listener.Addr().String()
	return q, nil
}

// with serves while fn runs.
func (q *queue) with(ctx context.Context, fn func(context.Context) (*findings, error)) (found *findings, err error) {
	defer func() { err = errors.Join(err, q.store.Close()) }()
	log := slog.New(slog.DiscardHandler)
	server, err := grpckit.NewServer(log)
	if err != nil {
		return nil, err
	}
	if q.conn, err = grpckit.Dial(q.address); err != nil {
		return nil, err
	}
	defer q.conn.Close()
	limiter, err := ratelimit.New(ratelimit.Config{}, ratelimit.Deps{Log: log})
	if err != nil {
		return nil, err
	}
	schedule, err := scheduler.New(q.config, scheduler.Deps{Store: q.store, Quota: ratelimitv1.NewQuotaServiceClient(q.conn), Log: log})
	if err != nil {
		return nil, err
	}
	limiter.Register(server)
	schedule.Register(server)
	var g run.Group
	g.Add("server", func(ctx context.Context) error { return server.Serve(ctx, q.listener) })
	g.Add("ratelimit", limiter.Run)
	g.Add("scheduler", schedule.Run)
	var failed error
	g.Add("campaign", func(ctx context.Context) error { // when it returns the others stop
		found, failed = fn(ctx)
		return nil
	})
	err = g.Run(ctx)
	return found, errors.Join(failed, err)
}

func (q *queue) jobs() schedulerv1.SchedulerServiceClient {
	return schedulerv1.NewSchedulerServiceClient(q.conn)
}

// scenesEach is how many scenes a video has.
const scenesEach = 3

// enqueue makes a bulk job of small videos.
func (q *queue) enqueue(ctx context.Context, n int) error {
	const project = "projects/kill"
	bulk, err := q.jobs().CreateBulkJob(ctx, &schedulerv1.CreateBulkJobRequest{Parent: project, BulkJob: &schedulerv1.BulkJob{
		Source:        &ingestv1.Source{Kind: &ingestv1.Source_GoogleSheet{GoogleSheet: &ingestv1.GoogleSheet{Spreadsheet: "kill"}}},
		RenderOptions: &schedulerv1.RenderOptions{Resolution: 360, FrameRate: 10},
		RetryPolicy:   &schedulerv1.RetryPolicy{InitialBackoff: durationpb.New(1e8), MaxBackoff: durationpb.New(1e9), MaxAttempts: 20},
	}})
	if err != nil {
		return err
	}
	q.bulk = bulk.GetName()
	imports := schedulerv1.NewImportServiceClient(q.conn)
	lease, err := imports.LeaseImport(ctx, &schedulerv1.LeaseImportRequest{Worker: "kill"})
	if err != nil {
		return err
	}
	var rows []*schedulerv1.NewVideoJob
	for i := range n {
		rows = append(rows, &schedulerv1.NewVideoJob{Idea: &ingestv1.Idea{
			RowKey: fmt.Sprint("row-", i), RowNumber: int32(i + 2), Title: fmt.Sprintf("Number %d", i), Language: "en",
			Hook: fmt.Sprintf("This is number %d.", i), Script: fmt.Sprintf("It has %d friends, and none was lost.", i), CallToAction: fmt.Sprintf("Go on to %d.", i+1),
		}})
	}
	if _, err := imports.AppendVideoJobs(ctx, &schedulerv1.AppendVideoJobsRequest{LeaseToken: lease.GetLeaseToken(), VideoJobs: rows}); err != nil {
		return err
	}
	_, err = imports.CompleteImport(ctx, &schedulerv1.CompleteImportRequest{LeaseToken: lease.GetLeaseToken(), Report: &ingestv1.ImportReport{}})
	return err
}

// videos lists all video jobs.
func (q *queue) videos(ctx context.Context) (all []*schedulerv1.VideoJob, err error) {
	for page := ""; ; {
		out, err := q.jobs().ListVideoJobs(ctx, &schedulerv1.ListVideoJobsRequest{Parent: q.bulk, PageSize: 1000, PageToken: page})
		if err != nil {
			return nil, err
		}
		all = append(all, out.GetVideoJobs()...)
		if page = out.GetNextPageToken(); page == "" {
			return all, nil
		}
	}
}

// completions counts how often each video job was completed.
func (q *queue) completions(ctx context.Context) (map[string]int, error) {
	times := map[string]int{}
	for page := ""; ; {
		out, err := q.jobs().ListJobEvents(ctx, &schedulerv1.ListJobEventsRequest{Parent: q.bulk, PageSize: 1000, PageToken: page})
		if err != nil {
			return nil, err
		}
		for _, e := range out.GetEvents() {
			if e.GetType() == schedulerv1.JobEvent_VIDEO_JOB_STATE_CHANGED && e.GetVideoJobState() == schedulerv1.VideoJob_COMPLETED {
				times[e.GetVideoJob()]++
			}
		}
		if page = out.GetNextPageToken(); page == "" {
			return times, nil
		}
	}
}
