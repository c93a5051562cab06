package report

import (
	"fmt"
	"path"
	"strings"

	ingestv1 "github.com/sheetreel/sheetreel/gen/sheetreel/ingest/v1"

	"github.com/sheetreel/sheetreel/cmd/sheetreel/columns"
)

// differenceRows is how many rows of each kind are shown.
const differenceRows = 5

// Difference says how a sheet differs from what was submitted of it before: one line, then some of the rows. It is
// empty when nothing was.
func Difference(r *ingestv1.ImportReport) []string {
	d := r.GetDifference()
	if d.GetChangedRowCount()+d.GetAgainRowCount()+d.GetUnchangedRowCount()+d.GetRemovedRowCount() == 0 {
		return nil
	}
	line := fmt.Sprintf("since the last time: %d new, %d changed, %d removed, %d unchanged (%d of them with their video)",
		d.GetNewRowCount(), d.GetChangedRowCount(), d.GetRemovedRowCount(), d.GetUnchangedRowCount(), d.GetRenderedRowCount())
	if n := d.GetAgainRowCount(); n > 0 {
		line += fmt.Sprintf(", %d tried again because there is no video", n)
	}
	lines := []string{line}
	if d.GetSubmittedRowCount() == 0 {
		lines = append(lines, "nothing is new, so nothing is rendered; to render all rows anew, add: --all")
	}
	shown := map[ingestv1.EarlierRow_Kind]int{}
	for _, row := range d.GetRows() {
		if row.GetKind() == ingestv1.EarlierRow_UNCHANGED {
			continue
		}
		if shown[row.GetKind()]++; shown[row.GetKind()] > differenceRows {
			continue
		}
		lines = append(lines, "  "+earlier(row))
	}
	return lines
}

// earlier tells of one row.
func earlier(row *ingestv1.EarlierRow) string {
	words := []string{strings.ToLower(row.GetKind().String()) + ":"}
	if row.GetRowNumber() > 0 {
		words = append(words, fmt.Sprintf("row %d", row.GetRowNumber()))
	}
	if title := columns.Clean(row.GetTitle()); title != "" {
		words = append(words, title)
	}
	if row.GetVideoJob() != "" {
		words = append(words, "(earlier video job "+path.Base(row.GetVideoJob())+")")
	}
	return strings.Join(words, " ")
}
