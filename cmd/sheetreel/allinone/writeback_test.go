package allinone

import (
	"context"
	"log/slog"
	"strings"
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

// The results of a bulk job stand in its sheet in the end, through all services.
func TestResultsStandInTheSheet(t *testing.T) {
	t.Parallel() // most of it is waiting
	google := emulatortest.Start(t, emulator.Options{Spreadsheets: []emulator.Spreadsheet{{ID: "plan", Tabs: []emulator.Tab{{Title: "Ideas", Rows: [][]any{
		{"ID", "Title", "Script"}, {"a", "Why cats purr", "Cats purr when they feel safe."}, {"b", "", "No title"},
	}}}}}})
	var cfg Config
	if err := kong.ApplyDefaults(&cfg); err != nil {
		t.Fatal(err)
	}
	cfg.Data, cfg.Ingest.Sheets.Endpoint = t.TempDir(), google.URL
	cfg.Gateway.HTTPListen, cfg.Gateway.GRPCListen = "127.0.0.1:0", "127.0.0.1:0"
	err := Run(t.Context(), cfg, Deps{
		Log: slog.New(slog.NewTextHandler(t.Output(), nil)), Provider: &paper.Provider{}, Probe: paper.Probe,
		Ready: func(ctx context.Context, a Addresses) error {
			c, err := client.Dial(a.GRPC)
			if err != nil {
				return err
			}
			defer c.Close()
			source := &ingestv1.Source{
				Kind:    &ingestv1.Source_GoogleSheet{GoogleSheet: &ingestv1.GoogleSheet{Spreadsheet: "plan"}},
				Options: &ingestv1.ImportOptions{WriteBack: true},
			}
			job, err := c.Scheduler.CreateBulkJob(ctx, &schedulerv1.CreateBulkJobRequest{Parent: client.Project("default"), BulkJob: &schedulerv1.BulkJob{Source: source}})
			if err != nil {
				return err
			}
			tick := time.NewTicker(100 * time.Millisecond)
			defer tick.Stop()
			for !strings.Contains(cells(t, google), "completed http://"+a.HTTP+"/v1/"+job.GetName()+"/videoJobs/") {
				select {
				case <-tick.C:
				case <-ctx.Done():
					return ctx.Err()
				}
			}
			if got := cells(t, google); !strings.Contains(got, "invalid") || !strings.Contains(got, "The row has no title.") {
				t.Errorf("the row without a title says nothing of it: %s", got)
			}
			job, err = c.Scheduler.GetBulkJob(ctx, &schedulerv1.GetBulkJobRequest{Name: job.GetName()})
			if err == nil && job.GetWriteBack() == nil {
				t.Error("the bulk job says nothing of its results in the sheet")
			}
			return err
		},
	})
	if err != nil {
		t.Fatal(err)
	}
}

// cells are the texts of the sheet.
func cells(t *testing.T, google *emulatortest.Server) string {
	t.Helper()
	values, err := google.Values("plan", "Ideas")
	if err != nil {
		t.Fatal(err)
	}
	var texts []string
	for _, row := range values {
		for _, value := range row {
			if text, ok := value.(string); ok {
				texts = append(texts, text)
			}
		}
	}
	return strings.Join(texts, " ")
}
