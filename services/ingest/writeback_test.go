package ingest

import (
	"context"
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
	if adjust != nil {
		adjust(b)
	}
	b.service = newWriting(t, emulatortest.Transport(e), &granting{}, nil, nil)
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
