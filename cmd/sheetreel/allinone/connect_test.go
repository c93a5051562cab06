package allinone

import (
	"context"
	"errors"
	"log/slog"
	"testing"
	"time"

	"github.com/alecthomas/kong"

	ingestv1 "github.com/sheetreel/sheetreel/gen/sheetreel/ingest/v1"
	schedulerv1 "github.com/sheetreel/sheetreel/gen/sheetreel/scheduler/v1"
	"github.com/sheetreel/sheetreel/services/ingest/emulator"
	"github.com/sheetreel/sheetreel/services/ingest/emulator/emulatortest"

	"github.com/sheetreel/sheetreel/cmd/sheetreel/client"
	"github.com/sheetreel/sheetreel/cmd/sheetreel/internal/paper"
)

// A connected sheet makes a bulk job of all its rows, and after an edit one of what is new, through all services.
func TestAConnectedSheetIsImportedWhenItChanges(t *testing.T) {
	t.Parallel() // most of it is waiting
	google := emulatortest.Start(t, emulator.Options{Spreadsheets: []emulator.Spreadsheet{{ID: "plan", Tabs: []emulator.Tab{{Title: "Ideas", Rows: [][]any{
		{"ID", "Title", "Script"}, {"a", "Tea", "Boil water."}, {"b", "Milk", "Foam it."},
	}}}}}})
	var cfg Config
	if err := kong.ApplyDefaults(&cfg); err != nil {
		t.Fatal(err)
	}
	cfg.Data, cfg.Ingest.Sheets.Endpoint, cfg.Ingest.ConnectInterval = t.TempDir(), google.URL, 300*time.Millisecond
	cfg.Gateway.HTTPListen, cfg.Gateway.GRPCListen = "127.0.0.1:0", "127.0.0.1:0"
	err := Run(t.Context(), cfg, Deps{
		Log: slog.New(slog.NewTextHandler(t.Output(), nil)), Provider: &paper.Provider{}, Probe: paper.Probe,
		Ready: func(ctx context.Context, a Addresses) error {
			c, err := client.Dial(a.GRPC)
			if err != nil {
				return err
			}
			defer c.Close()
			source := &ingestv1.Source{Kind: &ingestv1.Source_GoogleSheet{GoogleSheet: &ingestv1.GoogleSheet{Spreadsheet: "plan"}}}
			sheet, err := c.Sheets.CreateConnectedSheet(ctx, &schedulerv1.CreateConnectedSheetRequest{
				Parent: client.Project("default"), ConnectedSheet: &schedulerv1.ConnectedSheet{BulkJob: &schedulerv1.BulkJob{Source: source}},
			})
			if err != nil {
				return err
			}
			until := func(done func(*schedulerv1.ConnectedSheet) bool) error {
				tick := time.NewTicker(50 * time.Millisecond)
				defer tick.Stop()
				for {
					now, err := c.Sheets.GetConnectedSheet(ctx, &schedulerv1.GetConnectedSheetRequest{Name: sheet.GetName()})
					if err != nil {
						return err
					}
					if sheet = now; done(now) {
						return nil
					}
					select {
					case <-tick.C:
					case <-ctx.Done():
						return ctx.Err()
					}
				}
			}
			if err := until(func(s *schedulerv1.ConnectedSheet) bool { return s.GetLastBulkJob() != "" }); err != nil {
				return err
			}
			first := sheet.GetLastBulkJob()
			read := func(name string) (job *schedulerv1.BulkJob, err error) {
				gone := until(func(*schedulerv1.ConnectedSheet) bool {
					job, err = c.Scheduler.GetBulkJob(ctx, &schedulerv1.GetBulkJobRequest{Name: name})
					return err != nil || job.GetImportReport() != nil
				})
				return job, errors.Join(err, gone)
			}
			if _, err := read(first); err != nil {
				return err
			}
			err = google.Edit("plan", "Ideas", func(rows [][]any) [][]any { return append(rows, []any{"c", "Cake", "Bake it."}) })
			if err != nil {
				return err
			}
			if err := until(func(s *schedulerv1.ConnectedSheet) bool { return s.GetLastBulkJob() != first }); err != nil {
				return err
			}
			job, err := read(sheet.GetLastBulkJob())
			if err != nil {
				return err
			}
			if d := job.GetImportReport().GetDifference(); d.GetSubmittedRowCount() != 1 || d.GetNewRowCount() != 1 || d.GetUnchangedRowCount() != 2 {
				t.Errorf("the second bulk job differs by %v", d)
			}
			all, err := c.Scheduler.ListBulkJobs(ctx, &schedulerv1.ListBulkJobsRequest{Parent: client.Project("default")})
			if err == nil && len(all.GetBulkJobs()) != 2 {
				t.Errorf("%d bulk jobs, want 2", len(all.GetBulkJobs()))
			}
			return err
		},
	})
	if err != nil {
		t.Fatal(err)
	}
}
