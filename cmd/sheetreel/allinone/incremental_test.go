package allinone

import (
	"context"
	"os"
	"testing"

	ingestv1 "github.com/sheetreel/sheetreel/gen/sheetreel/ingest/v1"
	schedulerv1 "github.com/sheetreel/sheetreel/gen/sheetreel/scheduler/v1"

	"github.com/sheetreel/sheetreel/cmd/sheetreel/client"
	"github.com/sheetreel/sheetreel/cmd/sheetreel/internal/paper"
)

func TestAnEditedSheetRendersWhatIsNew(t *testing.T) {
	p := &paper.Provider{}
	data, csv := t.TempDir(), t.TempDir()+"/ideas.csv"
	importAgain := func(content, wantMade string, want *ingestv1.ImportDifference) {
		t.Helper()
		if err := os.WriteFile(csv, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		startOn(t, data, csv, p, func(ctx context.Context, c *client.Client, _ client.Links) {
			job, videos := finish(t, ctx, c, create(t, ctx, c).GetName())
			d := job.GetImportReport().GetDifference()
			if job.GetState() != schedulerv1.BulkJob_COMPLETED || len(videos) != int(want.GetSubmittedRowCount()) {
				t.Errorf("bulk job %v with %d video jobs, want it completed with %d", job.GetState(), len(videos), want.GetSubmittedRowCount())
			}
			d.Rows = nil
			if d.String() != want.String() {
				t.Errorf("difference %v, want %v", d, want)
			}
		})
		if got := p.Made(); len(got) == 0 || got[len(got)-1] != wantMade {
			t.Errorf("rendered %q, want %q at last", got, wantMade)
		}
	}
	importAgain("ID,Title,Script\na,Tea,Boil water.\n", "Tea", &ingestv1.ImportDifference{NewRowCount: 1, SubmittedRowCount: 1})
	importAgain("ID,Title,Script\na,Tea,Boil water.\n", "Tea", &ingestv1.ImportDifference{UnchangedRowCount: 1, RenderedRowCount: 1})
	importAgain("ID,Title,Script\nb,Milk,Foam it.\na,Tea,Boil water.\n", "Milk", &ingestv1.ImportDifference{NewRowCount: 1, UnchangedRowCount: 1, RenderedRowCount: 1, SubmittedRowCount: 1})
	importAgain("ID,Title,Script\nb,Milk with honey,Foam it.\n", "Milk with honey", &ingestv1.ImportDifference{ChangedRowCount: 1, RemovedRowCount: 1, SubmittedRowCount: 1})
}
