package ingest

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	ingestv1 "github.com/sheetreel/sheetreel/gen/sheetreel/ingest/v1"
	schedulerv1 "github.com/sheetreel/sheetreel/gen/sheetreel/scheduler/v1"
	"github.com/sheetreel/sheetreel/services/ingest/emulator"
	"github.com/sheetreel/sheetreel/services/ingest/emulator/emulatortest"
	"github.com/sheetreel/sheetreel/services/ingest/validate"
)

// writing is a spreadsheet with a service that writes results into it, in fake time.
type writing struct {
	*testing.T
	sheet   *emulator.Emulator
	service *Service
	fake    *resultsFake
	source  *ingestv1.Source
	end     func()

	transport http.RoundTripper
}

// startWriting imports a sheet and begins to write results into it.
func startWriting(t *testing.T, options emulator.Options, adjust func(*writing)) *writing {
	t.Helper()
	e, err := emulator.New(options)
	if err != nil {
		t.Fatal(err)
	}
	b := &writing{T: t, sheet: e, source: googleSheet("demo", "")}
	b.source.Options = &ingestv1.ImportOptions{WriteBack: true}
	b.transport = emulatortest.Transport(e)
	if adjust != nil {
		adjust(b)
	}
	b.service = newWriting(t, b.transport, &granting{}, nil, nil)
	var rows []*schedulerv1.NewVideoJob
	found, err := b.service.reader.read(t.Context(), request{source: b.source, project: "demo"}, func(_ context.Context, valid []validate.Row) error {
		for _, row := range valid {
			rows = append(rows, newVideoJob(row))
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	b.fake = newResults("projects/demo/bulkJobs/b1", b.source, rows, found.report)
	b.service.deps.WriteBacks = b.fake
	ctx, cancel := context.WithCancel(t.Context())
	var running sync.WaitGroup
	running.Go(func() { b.service.writeBack(ctx) })
	b.end = func() {
		cancel()
		running.Wait()
	}
	return b
}

// settle waits until all that is known is reported as written.
func (b *writing) settle() {
	b.Helper()
	for range 600 {
		if b.fake.done() {
			return
		}
		wait(b.Context(), time.Second)
	}
	b.Fatalf("after ten minutes not all is written; the last report: %v", b.fake.report)
}

// table gives the tab by header: one map for each row.
func (b *writing) table() []map[string]any {
	b.Helper()
	values, err := b.sheet.Values("demo", "Ideas")
	if err != nil {
		b.Fatal(err)
	}
	var all []map[string]any
	for _, row := range values[1:] {
		named := map[string]any{}
		for i, value := range row {
			if value != nil && values[0][i] != nil {
				named[values[0][i].(string)] = value
			}
		}
		if len(named) > 0 {
			all = append(all, named)
		}
	}
	return all
}

func book(lines ...string) emulator.Options {
	return emulator.Options{Spreadsheets: []emulator.Spreadsheet{{ID: "demo", Tabs: []emulator.Tab{{Title: "Ideas", Rows: rows(lines...)}}}}}
}

func TestResultsStandOnTheirRows(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := startWriting(t, book("ID|Title|Script|Note", "a|Tea|Boil water.|mine", "b|No script", "|Cake|Bake it.|=1+1", "|Cake|Bake it."), nil)
		b.fake.finish()
		b.settle()
		b.end()
		done := func(id, video string) map[string]any {
			return map[string]any{
				"Sheetreel status": "completed", "Sheetreel link": "https://videos.example/v1/projects/demo/bulkJobs/b1/videoJobs/" + video + "/artifacts/video.mp4",
				"Sheetreel duration (s)": 12.5, "Sheetreel cost": "1.25 EUR", "Sheetreel job": "projects/demo/bulkJobs/b1/videoJobs/" + video,
				"Sheetreel updated": "2000-01-01 00:00:00 UTC", "ID": id,
			}
		}
		tea, cake := done("a", "0000"), done("", "0001")
		tea["Title"], tea["Script"], tea["Note"] = "Tea", "Boil water.", "mine"
		cake["Title"], cake["Script"], cake["Note"] = "Cake", "Bake it.", "=1+1"
		delete(cake, "ID")
		want := []map[string]any{
			tea,
			{"ID": "b", "Title": "No script", "Sheetreel status": "invalid", "Sheetreel error": "The row has neither a script nor a description, so there is nothing to say."},
			cake,
			{
				"Title": "Cake", "Script": "Bake it.", "Sheetreel status": "skipped", "Sheetreel job": "projects/demo/bulkJobs/b1/videoJobs/0002",
				"Sheetreel error": "title: row 4 has the same title and script", "Sheetreel updated": "2000-01-01 00:00:00 UTC",
			},
		}
		if diff := cmp.Diff(want, b.table()); diff != "" {
			t.Errorf("sheet (-want +got):\n%s", diff)
		}
		if r := b.fake.report; r.GetWrittenRowCount() != 3 || r.GetProblemCount() != 0 {
			t.Errorf("report: %v", r)
		}
		writes := 0
		for _, r := range b.sheet.Requests() {
			if r.Method == "POST" {
				writes++
				if !strings.Contains(r.Body, `"valueInputOption":"RAW"`) {
					t.Errorf("a write that is not RAW: %s", r.Body)
				}
			}
		}
		if writes != 2 { // the headers, then all results
			t.Errorf("%d writes, want 2", writes)
		}
	})
}

func TestResultsThatHaveNoRow(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := startWriting(t, book("ID|Title|Script", "a|Tea|Boil water.", "b|Cake|Bake it.", "c|Soup|Cook it."), nil)
		synctest.Wait()
		if err := b.sheet.Edit("demo", "Ideas", func(rows [][]any) [][]any {
			rows[1][0] = "c" // the id of another row
			return append(rows[:2], rows[3:]...)
		}); err != nil {
			t.Fatal(err)
		}
		b.fake.finish()
		b.settle()
		b.end()
		got := map[string]string{}
		for _, p := range b.fake.report.GetProblems() {
			got[p.GetVideoJob()[len(p.GetVideoJob())-1:]] = p.GetReason().String()
		}
		if diff := cmp.Diff(map[string]string{"0": "ROW_MOVED", "1": "ROW_MOVED", "2": "ROW_DUPLICATE"}, got); diff != "" {
			t.Errorf("problems (-want +got):\n%s", diff)
		}
		for _, row := range b.table() {
			if row["Sheetreel status"] == "completed" {
				t.Errorf("a result stands on %v", row)
			}
		}
	})
}

func TestColumnsOfOthersAreLeftAlone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := startWriting(t, book("ID|Title|Script|Sheetreel status|Far", "a|Tea|Boil water.|my own words", "b|Cake|Bake it.||x"), nil)
		b.fake.finish()
		b.settle()
		b.end()
		table := b.table()
		if table[0]["Sheetreel status"] != "my own words" || table[0]["Sheetreel status (2)"] != "completed" || table[1]["Far"] != "x" || table[1]["Sheetreel status"] != nil {
			t.Errorf("sheet: %v", table)
		}
	})
}

func TestWhatKeepsResultsOut(t *testing.T) {
	tests := []struct {
		name string
		edit func(rows [][]any) [][]any
		want string
	}{
		{
			name: "the header was changed",
			edit: func(rows [][]any) [][]any { rows[0][1] = "Headline words"; return rows },
			want: `the column "Title", which it had when the ideas were read, is not there any more`,
		},
		{
			name: "rows are named by something else",
			edit: func(rows [][]any) [][]any { rows[0][0] = "My id"; return rows },
			want: `the column "ID", which it had`,
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				b := startWriting(t, book("ID|Title|Script|Hook", "a|Tea|Boil water.|Now"), nil)
				synctest.Wait()
				if err := b.sheet.Edit("demo", "Ideas", tt.edit); err != nil {
					t.Fatal(err)
				}
				b.fake.finish()
				wait(t.Context(), time.Minute)
				b.end()
				if got := b.fake.report.GetError().GetMessage(); !strings.Contains(got, tt.want) {
					t.Errorf("error = %q, want %q", got, tt.want)
				}
				requests := len(b.sheet.Requests())
				if requests > 8 {
					t.Errorf("%d requests in a minute to a sheet that cannot be written", requests)
				}
			})
		})
	}
}

func TestAThousandResultsTakeFewWrites(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		lines := []string{"ID|Title|Script"}
		for i := range 1000 {
			lines = append(lines, fmt.Sprintf("v%04d|Video %d|This is number %d.", i, i, i))
		}
		b := startWriting(t, book(lines...), nil)
		start := time.Now()
		for i := range 1000 { // twenty end each second
			b.fake.move(i)
			b.fake.move(i)
			wait(t.Context(), 50*time.Millisecond)
		}
		b.fake.finish()
		b.settle()
		b.end()
		reads, writes := 0, 0
		for _, r := range b.sheet.Requests() {
			if r.Method == http.MethodPost {
				writes++
			} else {
				reads++
			}
		}
		took := time.Since(start)
		perMinute := float64(writes) / took.Minutes()
		t.Logf("%d writes and %d reads in %v: %.1f writes a minute", writes, reads, took, perMinute)
		if perMinute > 60 {
			t.Errorf("%.1f writes a minute, want at most 60", perMinute)
		}
		for _, row := range b.table() {
			if row["Sheetreel status"] != "completed" || !strings.HasSuffix(row["Sheetreel job"].(string), row["ID"].(string)[1:]) {
				t.Fatalf("row %v", row)
			}
		}
	})
}
