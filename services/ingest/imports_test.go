package ingest

import (
	"context"
	"fmt"
	"log/slog"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	errorsv1 "github.com/sheetreel/sheetreel/gen/sheetreel/errors/v1"
	schedulerv1 "github.com/sheetreel/sheetreel/gen/sheetreel/scheduler/v1"
	"github.com/sheetreel/sheetreel/kit/errs"
	"github.com/sheetreel/sheetreel/services/ingest/emulator"
	"github.com/sheetreel/sheetreel/services/ingest/emulator/emulatortest"
	"github.com/sheetreel/sheetreel/services/ingest/source/sheets"
)

var demo = filepath.Join("..", "..", "examples", "ideas.csv")

func testLog(t *testing.T) *slog.Logger {
	t.Helper()
	return slog.New(slog.NewTextHandler(t.Output(), nil))
}

// run starts the service against the fake scheduler, over gRPC, and the emulator. It stops when the test ends.
func run(t *testing.T, scheduler *fakeScheduler, options emulator.Options) *emulatortest.Server {
	t.Helper()
	server := emulatortest.Start(t, options)
	conn := serve(t, func(r grpc.ServiceRegistrar) { schedulerv1.RegisterImportServiceServer(r, scheduler) })
	service, err := New(Config{Sheets: sheets.Config{Endpoint: server.URL, APIKey: "key"}}, Deps{
		Imports: schedulerv1.NewImportServiceClient(conn), Quota: &granting{}, Log: testLog(t),
	})
	if err != nil {
		t.Fatal(err)
	}
	start(t, service.Run)
	return server
}

// start runs fn until the test ends, and waits for it.
func start(t *testing.T, fn func(context.Context) error) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- fn(ctx) }()
	t.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
}

func TestImportOfTheExample(t *testing.T) {
	scheduler := newFakeScheduler()
	run(t, scheduler, emulator.Options{Files: map[string][]string{"demo": {demo}}})
	scheduler.add("demo", "")
	job := <-scheduler.ended
	if job.failed != nil {
		t.Fatalf("import failed: %v", job.failed.GetError())
	}
	var keys []string
	for _, v := range job.videoJobs {
		keys = append(keys, v.GetIdea().GetRowKey())
	}
	want := []string{"vid-001", "vid-002", "vid-003", "vid-004", "vid-006", "vid-007", "vid-008", "vid-009", "vid-010", "vid-012"}
	if diff := cmp.Diff(want, keys); diff != "" {
		t.Errorf("row keys (-want +got):\n%s", diff)
	}
	var found []string
	for _, f := range job.completed.GetReport().GetFindings() {
		found = append(found, f.GetCell()+" "+f.GetRule())
	}
	if diff := cmp.Diff([]string{"B6 title.required", "I12 duration.format"}, found); diff != "" {
		t.Errorf("findings (-want +got):\n%s", diff)
	}
}

func TestLostLeaseIsTakenOverWithoutRepeatingARow(t *testing.T) {
	lines := []string{"ID|Title|Script"}
	for i := range 1200 {
		lines = append(lines, fmt.Sprintf("row-%d|Title %d|Text %d", i, i, i))
	}
	scheduler := newFakeScheduler()
	var appends atomic.Int32
	scheduler.before = func(call string) error {
		if call == "append" && appends.Add(1) == 2 {
			scheduler.steal()
		}
		return nil
	}
	run(t, scheduler, emulator.Options{Spreadsheets: []emulator.Spreadsheet{{ID: "big", Tabs: []emulator.Tab{{Title: "Ideas", Rows: rows(lines...)}}}}})
	scheduler.add("big", "Ideas")
	job := <-scheduler.ended
	if job.failed != nil {
		t.Fatalf("import failed: %v", job.failed.GetError())
	}
	if len(job.videoJobs) != 1200 {
		t.Fatalf("%d video jobs, want 1200", len(job.videoJobs))
	}
	for i, v := range job.videoJobs {
		if want := fmt.Sprint("row-", i); v.GetIdea().GetRowKey() != want {
			t.Fatalf("video job %d is %s, want %s", i, v.GetIdea().GetRowKey(), want)
		}
	}
	if diff := cmp.Diff([]int{500, 500, 500, 200}, job.batches); diff != "" {
		t.Errorf("batches (-want +got):\n%s", diff)
	}
	if scheduler.leases != 2 || job.completed == nil {
		t.Errorf("%d leases, completed %v, want a second lease that completes", scheduler.leases, job.completed)
	}
}

func TestPassingTroubleIsSatOut(t *testing.T) {
	scheduler := newFakeScheduler()
	failed := map[string]int{}
	scheduler.before = func(call string) error {
		if failed[call]++; call != "renew" && failed[call] == 1 {
			return unavailable()
		}
		return nil
	}
	run(t, scheduler, emulator.Options{Files: map[string][]string{"demo": {demo}}})
	scheduler.add("demo", "")
	job := <-scheduler.ended
	if job.completed == nil || len(job.videoJobs) != 10 || scheduler.leases != 1 {
		t.Errorf("completed %v, %d video jobs, %d leases, want one lease that brings ten", job.completed, len(job.videoJobs), scheduler.leases)
	}
}

func TestDuplicatesAreSkippedFromTheStart(t *testing.T) {
	scheduler := newFakeScheduler()
	run(t, scheduler, emulator.Options{Spreadsheets: []emulator.Spreadsheet{{ID: "twice", Tabs: []emulator.Tab{
		{Title: "Ideas", Rows: rows("Title|Script", "Tea|Boil water.", "Milk|Foam it.", "TEA|Boil  water.")},
	}}}})
	scheduler.add("twice", "")
	job := <-scheduler.ended
	var got []string
	for _, v := range job.videoJobs {
		got = append(got, v.GetIdea().GetTitle()+": "+v.GetSkipReason().GetMessage())
	}
	want := []string{"Tea: ", "Milk: ", "TEA: title: row 2 has the same title and script"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("video jobs and why they are skipped (-want +got):\n%s", diff)
	}
	if got := job.completed.GetReport(); got.GetValidRowCount() != 2 || got.GetDuplicateRowCount() != 1 || got.GetRowCount() != 3 {
		t.Errorf("report %v, want two valid rows and a duplicate", got)
	}
}

func TestUnusableSheetsFailWithTheReason(t *testing.T) {
	options := emulator.Options{Spreadsheets: []emulator.Spreadsheet{
		{ID: "plain", Tabs: []emulator.Tab{
			{Title: "No header", Rows: rows("Tilte|Scrpt", "Tea|Text")},
			{Title: "Empty"},
			{Title: "Header only", Rows: rows("Title|Script")},
			{Title: "All wrong", Rows: rows("Title|Script", "|Text", "Tea|")},
		}},
		{ID: "private", Tabs: []emulator.Tab{{Title: "Ideas", Rows: rows("Title|Script")}}, Sharing: map[string]emulator.Role{"somebody@else.example": emulator.Reader}},
	}}
	for _, c := range []struct {
		name, spreadsheet, area string
		code                    codes.Code
		reason                  errorsv1.ErrorReason
		message                 string
		report                  bool
	}{
		{"no such spreadsheet", "missing", "", codes.NotFound, errorsv1.ErrorReason_SHEET_NOT_FOUND, "missing", false},
		{"no such tab", "plain", "Nope", codes.InvalidArgument, errorsv1.ErrorReason_SHEET_RANGE_INVALID, "No header", false},
		{"not shared", "private", "", codes.FailedPrecondition, errorsv1.ErrorReason_SHEET_NOT_SHARED, "", false},
		{"no header", "plain", "No header", codes.FailedPrecondition, errorsv1.ErrorReason_HEADER_NOT_FOUND, `row 1: A "Tilte" (title?), B "Scrpt" (script?)`, false},
		{"empty", "plain", "Empty", codes.FailedPrecondition, errorsv1.ErrorReason_HEADER_NOT_FOUND, "is empty", false},
		{"header only", "plain", "Header only", codes.InvalidArgument, errorsv1.ErrorReason_VALIDATION_FAILED, "no ideas below it", true},
		{"no valid row", "plain", "All wrong", codes.InvalidArgument, errorsv1.ErrorReason_VALIDATION_FAILED, "none of the 2 rows of 'All wrong'!", true},
	} {
		t.Run(c.name, func(t *testing.T) {
			scheduler := newFakeScheduler()
			run(t, scheduler, options)
			scheduler.add(c.spreadsheet, c.area)
			job := <-scheduler.ended
			if job.failed == nil {
				t.Fatalf("import completed: %v", job.completed)
			}
			err := status.FromProto(job.failed.GetError()).Err()
			if status.Code(err) != c.code || errs.ReasonOf(err) != c.reason || !strings.Contains(err.Error(), c.message) {
				t.Errorf("error is %v (%s), want %s, %s, with %q", err, errs.ReasonOf(err), c.code, c.reason, c.message)
			}
			if got := job.failed.GetReport() != nil; got != c.report {
				t.Errorf("report %v, want one: %v", job.failed.GetReport(), c.report)
			}
			if len(job.videoJobs) != 0 {
				t.Errorf("%d video jobs of a sheet that cannot be used", len(job.videoJobs))
			}
		})
	}
}

func TestRefusedAppendFailsTheImport(t *testing.T) {
	scheduler := newFakeScheduler()
	scheduler.before = func(call string) error {
		if call == "append" {
			return internal()
		}
		return nil
	}
	run(t, scheduler, emulator.Options{Files: map[string][]string{"demo": {demo}}})
	scheduler.add("demo", "")
	job := <-scheduler.ended
	if job.failed.GetError().GetCode() != int32(codes.Internal) || job.failed.GetReport().GetValidRowCount() != 10 {
		t.Errorf("failed with %v, want INTERNAL with the report", job.failed)
	}
}
