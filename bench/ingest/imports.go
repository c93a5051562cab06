package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"strings"

	"gocloud.dev/blob/fileblob"
	"google.golang.org/grpc"

	ingestv1 "github.com/sheetreel/sheetreel/gen/sheetreel/ingest/v1"
	ratelimitv1 "github.com/sheetreel/sheetreel/gen/sheetreel/ratelimit/v1"
	schedulerv1 "github.com/sheetreel/sheetreel/gen/sheetreel/scheduler/v1"
	"github.com/sheetreel/sheetreel/kit/config"
	"github.com/sheetreel/sheetreel/kit/grpckit"
	"github.com/sheetreel/sheetreel/kit/pg"
	"github.com/sheetreel/sheetreel/kit/run"
	"github.com/sheetreel/sheetreel/services/ingest"
	"github.com/sheetreel/sheetreel/services/ingest/emulator"
	"github.com/sheetreel/sheetreel/services/ingest/source/sheets"
	"github.com/sheetreel/sheetreel/services/ratelimit"
	"github.com/sheetreel/sheetreel/services/scheduler"
	"github.com/sheetreel/sheetreel/services/scheduler/store/ledger"
	"github.com/sheetreel/sheetreel/services/scheduler/store/open"

	"github.com/sheetreel/sheetreel/bench/measure"
)

const upload = "projects/bench/uploads/ideas"

// settings are those that the scheduler's own process has by default.
type settings struct {
	config.File
	scheduler.Config
	Postgres pg.Config      `embed:""`
	Ledger   ledger.Options `embed:""`
}

// imports runs a scheduler on an empty database, a rate limiter, and ingest, and measures two imports.
func imports(ctx context.Context, rounds *measure.Rounds[outcome], kind, name, folder string, s sizes) error {
	log := slog.New(slog.DiscardHandler)
	google, err := serveSheet(s.sheet)
	if err != nil {
		return err
	}
	defer google.Close()
	bucket, err := fileblob.OpenBucket(folder, nil)
	if err != nil {
		return err
	}
	defer bucket.Close()
	var file bytes.Buffer
	if err := csvOf(&file, s.file); err != nil {
		return err
	}
	if err := bucket.Upload(ctx, strings.Replace(upload[len("projects/"):], "bench/uploads/", "uploads/bench/", 1), &file, contentType()); err != nil {
		return err
	}
	file = bytes.Buffer{}

	var c settings
	if err := config.Parse("bench", "The scheduler's default settings.", &c, nil, io.Discard); err != nil {
		return err
	}
	store, err := open.Store(ctx, name, c.Postgres, c.Ledger, log)
	if err != nil {
		return err
	}
	defer store.Close()
	server, err := grpckit.NewServer(log)
	if err != nil {
		return err
	}
	listener := grpckit.NewInProcess()
	conn, err := listener.Dial()
	if err != nil {
		return err
	}
	defer conn.Close()
	quota := ratelimitv1.NewQuotaServiceClient(conn)
	limiter, err := ratelimit.New(ratelimit.Config{}, ratelimit.Deps{Log: log})
	if err != nil {
		return err
	}
	schedule, err := scheduler.New(c.Config, scheduler.Deps{Store: store, Quota: quota, Log: log})
	if err != nil {
		return err
	}
	reader, err := ingest.New(ingest.Config{ImportWorkers: 1, Sheets: sheets.Config{Endpoint: google.URL}}, ingest.Deps{
		Imports: schedulerv1.NewImportServiceClient(conn), Quota: quota, Uploads: bucket, Log: log,
	})
	if err != nil {
		return err
	}
	var services run.Group
	for name, one := range map[string]interface {
		Register(grpc.ServiceRegistrar)
		Run(context.Context) error
	}{"ratelimit": limiter, "scheduler": schedule, "ingest": reader} {
		one.Register(server)
		services.Add(name, one.Run)
	}
	services.Add("server", func(ctx context.Context) error { return server.Serve(ctx, listener) })
	var failed error
	services.Add("caller", func(ctx context.Context) error { // when it returns the others stop
		failed = bothImports(ctx, rounds, kind, schedulerv1.NewSchedulerServiceClient(conn), google, s)
		return nil
	})
	return errors.Join(services.Run(ctx), failed)
}

func bothImports(ctx context.Context, rounds *measure.Rounds[outcome], kind string, jobs schedulerv1.SchedulerServiceClient, google *sheet, s sizes) error {
	for _, one := range []struct {
		name   string
		rows   int
		source *ingestv1.Source
	}{
		{"sheet", s.sheet, &ingestv1.Source{Kind: &ingestv1.Source_GoogleSheet{GoogleSheet: &ingestv1.GoogleSheet{Spreadsheet: "big"}}}},
		{"csv", s.file, &ingestv1.Source{Kind: &ingestv1.Source_File{File: &ingestv1.SheetFile{Content: &ingestv1.SheetFile_Upload{Upload: upload}}}}},
	} {
		before := len(google.Requests())
		o, err := measured(one.rows, func() (int, error) {
			err := importOne(ctx, jobs, one.source, one.rows)
			return len(google.Requests()) - before, err
		})
		if err != nil {
			return fmt.Errorf("%s: %w", one.name, err)
		}
		rounds.Add(one.name+", "+kind, o)
		fmt.Printf("  %-20s %s, peak of live heap %.0f MB, %d reads\n", one.name+", "+kind, o.span, heap(o), o.requests)
	}
	return nil
}

// importOne makes a bulk job, and returns when its sheet has been read. Every row must be a video job then.
func importOne(ctx context.Context, jobs schedulerv1.SchedulerServiceClient, source *ingestv1.Source, rows int) error {
	job, err := jobs.CreateBulkJob(ctx, &schedulerv1.CreateBulkJobRequest{Parent: "projects/bench", BulkJob: &schedulerv1.BulkJob{Source: source}})
	if err != nil {
		return err
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	watch, err := jobs.WatchProject(ctx, &schedulerv1.WatchProjectRequest{Parent: "projects/bench"})
	if err != nil {
		return err
	}
	for {
		if job, err = jobs.GetBulkJob(ctx, &schedulerv1.GetBulkJobRequest{Name: job.GetName()}); err != nil {
			return err
		}
		switch job.GetState() {
		case schedulerv1.BulkJob_RUNNING:
			if got := job.GetProgress().GetTotalCount(); int(got) != rows {
				return fmt.Errorf("%d of %d rows became video jobs: %v", got, rows, job.GetImportReport().GetFindings()[:1])
			}
			return nil
		case schedulerv1.BulkJob_FAILED:
			return fmt.Errorf("the import failed: %s", job.GetError().GetMessage())
		}
		if _, err := watch.Recv(); err != nil {
			return err
		}
	}
}

// sheet is an emulator with one spreadsheet, behind a port on loopback.
type sheet struct {
	*emulator.Emulator
	URL   string
	close func()
}

func (s *sheet) Close() { s.close() }
