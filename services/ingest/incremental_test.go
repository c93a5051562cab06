package ingest

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/protobuf/testing/protocmp"

	ingestv1 "github.com/sheetreel/sheetreel/gen/sheetreel/ingest/v1"
	"github.com/sheetreel/sheetreel/services/ingest/emulator"
	"github.com/sheetreel/sheetreel/services/ingest/emulator/emulatortest"
	"github.com/sheetreel/sheetreel/services/ingest/source/sheets"
)

// again is an ingest service with a scheduler that remembers, in front of a spreadsheet with two tabs.
type again struct {
	*testing.T
	scheduler *fakeScheduler
	server    *emulatortest.Server
}

func newAgain(t *testing.T) *again {
	scheduler := newFakeScheduler()
	return &again{t, scheduler, run(t, scheduler, emulator.Options{Spreadsheets: []emulator.Spreadsheet{{ID: "book", Tabs: []emulator.Tab{
		{Title: "Ideas", Rows: rows("ID|Title|Script", "a|Tea|Boil water.", "b|Milk|Foam it.", "c|Cake|Bake it.")},
		{Title: "Other", Rows: rows("ID|Title|Script", "a|Tea|Boil water.")},
	}}}})}
}

// edit replaces the rows of the first tab below its header.
func (a *again) edit(lines ...string) {
	a.Helper()
	err := a.server.Edit("book", "Ideas", func(before [][]any) [][]any { return append(before[:1:1], rows(lines...)...) })
	if err != nil {
		a.Fatal(err)
	}
}

// imports imports and gives what was submitted, and how the report tells of the difference.
func (a *again) imports(spreadsheet, area string, change ...func(*ingestv1.ImportOptions)) (titles string, report *ingestv1.ImportReport) {
	a.Helper()
	source := googleSheet(spreadsheet, area)
	source.Options = &ingestv1.ImportOptions{}
	for _, c := range change {
		c(source.Options)
	}
	a.scheduler.addSource(source)
	job := <-a.scheduler.ended
	if job.failed != nil {
		a.Fatalf("import failed: %v", job.failed.GetError())
	}
	var all []string
	for _, v := range job.videoJobs {
		all = append(all, v.GetIdea().GetTitle())
	}
	return strings.Join(all, ", "), job.completed.GetReport()
}

func counts(d *ingestv1.ImportDifference) string {
	return fmt.Sprintf("%d new, %d changed, %d unchanged, %d removed, %d submitted",
		d.GetNewRowCount(), d.GetChangedRowCount(), d.GetUnchangedRowCount(), d.GetRemovedRowCount(), d.GetSubmittedRowCount())
}

func (a *again) want(what, titles string, report *ingestv1.ImportReport, wantTitles, wantCounts string) {
	a.Helper()
	if diff := cmp.Diff([]string{wantTitles, wantCounts}, []string{titles, counts(report.GetDifference())}); diff != "" {
		a.Errorf("%s (-want +got):\n%s", what, diff)
	}
	if got, want := report.GetEstimate().GetVideoCount(), report.GetDifference().GetSubmittedRowCount(); got != want {
		a.Errorf("%s: the estimate is of %d videos, want %d", what, got, want)
	}
}

func TestASecondImportBringsWhatIsNew(t *testing.T) {
	a := newAgain(t)
	titles, report := a.imports("book", "")
	a.want("first", titles, report, "Tea, Milk, Cake", "3 new, 0 changed, 0 unchanged, 0 removed, 3 submitted")

	titles, report = a.imports("https://docs.google.com/spreadsheets/d/book/edit#gid=0", "Ideas!A1:Z")
	a.want("nothing new, by its link", titles, report, "", "0 new, 0 changed, 3 unchanged, 0 removed, 0 submitted")

	// Sorted, one changed, one removed, one new, and one that only repeats another row.
	a.edit("d|Bread|Knead it.", "b|Milk|Warm it.", "a|Tea|Boil water.", "x|Tea|Boil water.")
	titles, report = a.imports("book", "Ideas")
	a.want("edited", titles, report, "Bread, Milk, Tea", "1 new, 1 changed, 1 unchanged, 1 removed, 2 submitted")
	want := []*ingestv1.EarlierRow{
		{Kind: ingestv1.EarlierRow_CHANGED, RowNumber: 3, Title: "Milk", VideoJob: "video of Milk"},
		{Kind: ingestv1.EarlierRow_UNCHANGED, RowNumber: 4, Title: "Tea", VideoJob: "video of Tea"},
		{Kind: ingestv1.EarlierRow_REMOVED, VideoJob: "video of Cake"},
	}
	if diff := cmp.Diff(want, report.GetDifference().GetRows(), protocmp.Transform()); diff != "" {
		t.Errorf("rows (-want +got):\n%s", diff)
	}
	titles, report = a.imports("book", "Ideas")
	a.want("edited, once more", titles, report, "", "0 new, 0 changed, 3 unchanged, 0 removed, 0 submitted")

	titles, report = a.imports("book", "Ideas!A1:C2")
	a.want("a part of the tab", titles, report, "", "0 new, 0 changed, 1 unchanged, 0 removed, 0 submitted")
	titles, report = a.imports("book", "", func(o *ingestv1.ImportOptions) { o.RepeatedRows = ingestv1.ImportOptions_ALL })
	a.want("all rows", titles, report, "Bread, Milk, Tea, Tea", "0 new, 0 changed, 3 unchanged, 0 removed, 3 submitted")
	titles, report = a.imports("book", "", func(o *ingestv1.ImportOptions) { o.ValidationLevel = ingestv1.ImportOptions_STRICT })
	a.want("strict", titles, report, "", "0 new, 0 changed, 3 unchanged, 0 removed, 0 submitted")
	titles, report = a.imports("book", "Other")
	a.want("another tab", titles, report, "Tea", "1 new, 0 changed, 0 unchanged, 0 removed, 1 submitted")
}

func TestRowsThatCannotBeUsedAreNotRemoved(t *testing.T) {
	scheduler := newFakeScheduler()
	tab := emulator.Tab{Title: "Ideas", Rows: rows("ID|Title|Script|Approved", "a|Tea|Boil water.|yes", "b|Milk|Foam it.|yes", "c|Cake|Bake it.|yes"), HiddenRows: []int{4}}
	a := &again{t, scheduler, run(t, scheduler, emulator.Options{Spreadsheets: []emulator.Spreadsheet{{ID: "book", Tabs: []emulator.Tab{tab}}}})}
	a.imports("book", "")
	a.edit("a||Boil water.|yes", "b|Milk|Foam it.|no", "c|Cake|Bake it.|yes")
	titles, report := a.imports("book", "", func(o *ingestv1.ImportOptions) { o.GateColumn = "Approved" })
	a.want("one with an error, one held back", titles, report, "", "0 new, 0 changed, 1 unchanged, 0 removed, 0 submitted")

	a.edit("a|Tea|Boil water.|yes", "b|Milk|Foam it.|yes", "c|Cake|Bake it.|yes")
	titles, report = a.imports("book", "", func(o *ingestv1.ImportOptions) { o.HiddenRows = ingestv1.ImportOptions_SKIP })
	a.want("one is hidden", titles, report, "", "0 new, 0 changed, 2 unchanged, 0 removed, 0 submitted")
}

func TestAPreviewTellsWhatIsNew(t *testing.T) {
	a := newAgain(t)
	service, err := New(Config{Sheets: sheets.Config{Endpoint: a.server.URL}}, Deps{Imports: inProcess{a.scheduler}, Quota: &granting{}, Log: testLog(t)})
	if err != nil {
		t.Fatal(err)
	}
	check := func(source *ingestv1.Source) *ingestv1.ImportReport {
		t.Helper()
		reply, err := service.CheckIdeas(t.Context(), &ingestv1.CheckIdeasRequest{Parent: "projects/demo", Source: source, User: "ada"})
		if err != nil {
			t.Fatal(err)
		}
		return reply.GetReport()
	}
	for range 2 { // a preview is remembered nowhere
		a.want("before", "", check(googleSheet("book", "")), "", "3 new, 0 changed, 0 unchanged, 0 removed, 3 submitted")
	}
	a.imports("book", "")
	a.edit("b|Milk|Warm it.", "a|Tea|Boil water.", "x|Tea|Boil water.", "d|Bread|Knead it.")
	preview := check(googleSheet("book", ""))
	a.want("after", "", preview, "", "1 new, 1 changed, 1 unchanged, 1 removed, 2 submitted")
	_, report := a.imports("book", "")
	if diff := cmp.Diff(preview.GetDifference(), report.GetDifference(), protocmp.Transform()); diff != "" {
		t.Errorf("the import differs from its preview (-preview +import):\n%s", diff)
	}
	csv := &ingestv1.Source{Kind: &ingestv1.Source_File{File: &ingestv1.SheetFile{Content: &ingestv1.SheetFile_Data{Data: []byte("Title,Script\nTea,Boil water.\n")}}}}
	if d := check(csv).GetDifference(); d != nil {
		t.Errorf("a file has a difference: %v", d)
	}
}

func TestManyEarlierRowsAreCountedAndSomeNamed(t *testing.T) {
	a := newAgain(t)
	var lines []string
	for i := range 1200 {
		lines = append(lines, fmt.Sprintf("r%d|Title %d|Text %d", i, i, i))
	}
	a.edit(lines...)
	a.imports("book", "")
	slices.Reverse(lines)
	lines[0] = "new|New|New."
	a.edit(lines...)
	titles, report := a.imports("book", "")
	a.want("turned around", titles, report, "New", "1 new, 0 changed, 1199 unchanged, 1 removed, 1 submitted")
	if n := len(report.GetDifference().GetRows()); n != earlierRows+1 {
		t.Errorf("%d rows are named, want %d unchanged and the removed one", n, earlierRows)
	}
}
