package allinone

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"testing"
	"time"

	"github.com/alecthomas/kong"
	"google.golang.org/grpc"

	ingestv1 "github.com/sheetreel/sheetreel/gen/sheetreel/ingest/v1"
	ratelimitv1 "github.com/sheetreel/sheetreel/gen/sheetreel/ratelimit/v1"
	schedulerv1 "github.com/sheetreel/sheetreel/gen/sheetreel/scheduler/v1"
	"github.com/sheetreel/sheetreel/services/ingest"
	"github.com/sheetreel/sheetreel/services/ingest/emulator"
	"github.com/sheetreel/sheetreel/services/ingest/emulator/emulatortest"
	"github.com/sheetreel/sheetreel/services/scheduler"
	"github.com/sheetreel/sheetreel/services/scheduler/store/ledger"
	"github.com/sheetreel/sheetreel/services/scheduler/store/sqlite"

	"github.com/sheetreel/sheetreel/cmd/sheetreel/client"
)

// dying is what an ingest service sees that is lost in the middle of a sheet: a batch is stored, but its answer does not come, and
// nothing that it says afterwards is heard.
type dying struct {
	schedulerv1.ImportServiceClient
	left int // batches before the last one
	die  context.CancelFunc
}

func (d *dying) AppendVideoJobs(ctx context.Context, in *schedulerv1.AppendVideoJobsRequest, o ...grpc.CallOption) (*schedulerv1.AppendVideoJobsResponse, error) {
	out, err := d.ImportServiceClient.AppendVideoJobs(ctx, in, o...)
	if d.left--; d.left < 0 {
		d.die()
		return nil, context.Canceled
	}
	return out, err
}

// Two ingest services share the work: what one leaves half done when it is lost, the other finishes, each row once and in order.
func TestAnotherServiceFinishesAHalfReadSheet(t *testing.T) {
	t.Parallel() // most of it is waiting for the end of the lost one's lease
	const rows = 3000
	table := [][]any{{"ID", "Title", "Script"}}
	for i := range rows {
		table = append(table, []any{fmt.Sprintf("row-%d", i), fmt.Sprintf("Idea %d", i), fmt.Sprintf("What idea %d says.", i)})
	}
	google := emulatortest.Start(t, emulator.Options{Spreadsheets: []emulator.Spreadsheet{{ID: "plan", Tabs: []emulator.Tab{{Title: "Ideas", Rows: table}}}}})

	var cfg Config
	if err := kong.ApplyDefaults(&cfg); err != nil {
		t.Fatal(err)
	}
	cfg.Data, cfg.Ingest.Sheets.Endpoint, cfg.Scheduler.LeaseDuration = t.TempDir(), google.URL, 3*time.Second
	b := &builder{cfg: cfg, deps: Deps{Log: slog.New(slog.NewTextHandler(t.Output(), nil))}}
	t.Cleanup(func() {
		if err := b.close(); err != nil {
			t.Error(err)
		}
	})
	check := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	check(b.serve())
	store, err := sqlite.Open(t.Context(), cfg.database(), ledger.Options{})
	check(err)
	b.closers = append(b.closers, store.Close)
	check(b.limits(t.Context()))
	quota := ratelimitv1.NewQuotaServiceClient(b.conn)
	schedule, err := scheduler.New(cfg.Scheduler, scheduler.Deps{Store: store, Quota: quota, Log: b.named("scheduler")})
	check(err)
	b.add("scheduler", schedule)

	imports := schedulerv1.NewImportServiceClient(b.conn)
	replica := func(name string, imports schedulerv1.ImportServiceClient) *ingest.Service {
		s, err := ingest.New(cfg.Ingest, ingest.Deps{Imports: imports, Quota: quota, Log: b.named(name)})
		check(err)
		return s
	}
	first, die := context.WithCancel(t.Context())
	defer die()
	one, other := replica("ingest-1", &dying{ImportServiceClient: imports, left: 2, die: die}), replica("ingest-2", imports)
	b.Add("test", func(ctx context.Context) error {
		c := schedulerv1.NewSchedulerServiceClient(b.conn)
		job, err := c.CreateBulkJob(ctx, &schedulerv1.CreateBulkJobRequest{Parent: client.Project("default"), BulkJob: &schedulerv1.BulkJob{
			Source: &ingestv1.Source{Kind: &ingestv1.Source_GoogleSheet{GoogleSheet: &ingestv1.GoogleSheet{Spreadsheet: "plan"}}},
		}})
		if err != nil {
			return err
		}
		if err := one.Run(first); err != nil {
			return err
		}
		half, err := c.GetBulkJob(ctx, &schedulerv1.GetBulkJobRequest{Name: job.GetName()})
		if err != nil {
			return err
		}
		if n := half.GetProgress().GetTotalCount(); half.GetState() != schedulerv1.BulkJob_INGESTING || n == 0 || n == rows {
			t.Errorf("the first service was lost with the bulk job %v and %d of its rows stored, want some of them", half.GetState(), n)
		}
		second, stop := context.WithCancel(ctx)
		defer stop()
		done := make(chan error, 1)
		go func() { done <- other.Run(second) }()
		err = imported(ctx, c, job.GetName())
		stop()
		if err := errors.Join(err, <-done); err != nil {
			return err
		}
		return compareRows(ctx, c, job.GetName(), rows)
	})
	check(b.Run(t.Context()))
}

// imported waits until the sheet of a bulk job has been read.
func imported(ctx context.Context, c schedulerv1.SchedulerServiceClient, name string) error {
	watch, err := c.WatchBulkJob(ctx, &schedulerv1.WatchBulkJobRequest{Name: name})
	if err != nil {
		return err
	}
	for {
		if _, err := watch.Recv(); err != nil {
			return err
		}
		job, err := c.GetBulkJob(ctx, &schedulerv1.GetBulkJobRequest{Name: name})
		if err != nil || job.GetImportReport() != nil {
			return err
		}
	}
}

// compareRows says how the video jobs differ from so many rows, each once and in order.
func compareRows(ctx context.Context, c schedulerv1.SchedulerServiceClient, name string, rows int) error {
	job, err := c.GetBulkJob(ctx, &schedulerv1.GetBulkJobRequest{Name: name})
	if err != nil {
		return err
	}
	if r := job.GetImportReport(); job.GetState() != schedulerv1.BulkJob_RUNNING || int(r.GetValidRowCount()) != rows || int(job.GetProgress().GetTotalCount()) != rows {
		return fmt.Errorf("bulk job %v with %d valid rows and %d video jobs, want it RUNNING with %d", job.GetState(), r.GetValidRowCount(), job.GetProgress().GetTotalCount(), rows)
	}
	n := 0
	for token := ""; ; {
		page, err := c.ListVideoJobs(ctx, &schedulerv1.ListVideoJobsRequest{Parent: name, PageSize: 1000, PageToken: token})
		if err != nil {
			return err
		}
		for _, v := range page.GetVideoJobs() {
			if want := fmt.Sprintf("Idea %d", n); v.GetIdea().GetTitle() != want {
				return fmt.Errorf("video job %d is %q, want %q", n, v.GetIdea().GetTitle(), want)
			}
			n++
		}
		if token = page.GetNextPageToken(); token == "" {
			break
		}
	}
	if n != rows {
		return fmt.Errorf("%d video jobs, want %d", n, rows)
	}
	return nil
}
