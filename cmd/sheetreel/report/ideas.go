package report

import (
	"fmt"
	"strings"

	ingestv1 "github.com/sheetreel/sheetreel/gen/sheetreel/ingest/v1"

	"github.com/sheetreel/sheetreel/cmd/sheetreel/columns"
)

// Ideas tells what a check found: counts, columns, ideas, findings.
func Ideas(check *ingestv1.CheckIdeasResponse, width, limit int) []string {
	r := check.GetReport()
	lines := []string{fmt.Sprintf("%s, %s: header in row %d", orUnnamed(columns.Clean(r.GetSpreadsheetTitle())), columns.Clean(r.GetRange()), r.GetHeaderRow())}
	lines = append(lines, Counts(r))
	lines = append(lines, Difference(r)...)
	if q := r.GetAverageQuality(); q > 0 {
		lines = append(lines, fmt.Sprintf("quality: %.1f of 10 on average", q))
	}
	if e := r.GetEstimate(); e.GetVideoCount() > 0 {
		lines = append(lines, estimate(e)...)
	}
	lines = append(lines, "")
	lines = append(lines, mapping(r)...)
	if len(check.GetIdeas()) > 0 {
		lines = append(lines, "")
		lines = append(lines, ideas(check.GetIdeas(), width)...)
	}
	if findings := Findings(r, true, limit); len(findings) > 0 {
		lines = append(lines, "")
		lines = append(lines, findings...)
	}
	return lines
}

// Counts says in one line what became of the rows.
func Counts(r *ingestv1.ImportReport) string {
	text := fmt.Sprintf("%d of %d rows are fine", r.GetValidRowCount(), r.GetRowCount())
	if n := r.GetInvalidRowCount(); n > 0 {
		text += fmt.Sprintf(", %d left out with errors", n)
	}
	if n := r.GetDuplicateRowCount(); n > 0 {
		text += fmt.Sprintf(", %d repeat an earlier row", n)
	}
	if n := r.GetGatedRowCount(); n > 0 {
		text += fmt.Sprintf(", %d not approved", n)
	}
	return text
}

// estimate says what the videos will cost and how long they take, and why.
func estimate(e *ingestv1.ImportEstimate) []string {
	line := fmt.Sprintf("estimate: %d videos, %s in all, about %s of one worker's time", e.GetVideoCount(),
		clock(e.GetVideoDuration().AsDuration()), clock(e.GetRenderDuration().AsDuration()))
	if e.GetCurrencyCode() != "" {
		line += fmt.Sprintf(", %.2f %s", float64(e.GetCostMicros())/1e6, e.GetCurrencyCode())
	}
	lines := []string{line}
	for _, why := range e.GetExplanations() {
		lines = append(lines, "  "+columns.Clean(why))
	}
	return lines
}

func mapping(r *ingestv1.ImportReport) []string {
	var known, unknown, unread []string
	var lines []string
	for _, c := range r.GetColumns() {
		header := fmt.Sprintf("%s %q", columns.Clean(c.GetColumn()), columns.Clean(c.GetHeader()))
		switch field := c.GetField(); {
		case field == "":
			unread = append(unread, header)
		case strings.HasPrefix(field, "var:"):
			unknown = append(unknown, header)
		default:
			known = append(known, header+" = "+field)
		}
		if c.GetSuggestion() != "" {
			lines = append(lines, fmt.Sprintf("column %s: did you mean %s?", header, c.GetSuggestion()))
		}
	}
	if len(known) > 0 {
		lines = append(lines, "columns: "+strings.Join(known, ", "))
	}
	if len(unknown) > 0 {
		lines = append(lines, "kept as variables: "+strings.Join(unknown, ", "))
	}
	if len(unread) > 0 {
		lines = append(lines, "not read: "+strings.Join(unread, ", "))
	}
	return lines
}

func ideas(list []*ingestv1.Idea, width int) []string {
	head := []columns.Column{{Title: "row", Right: true}, {Title: "title", Flex: true}, {Title: "language"}, {Title: "format"}, {Title: "style"}, {Title: "priority"}}
	rows := make([][]string, len(list))
	for i, idea := range list {
		rows[i] = []string{
			fmt.Sprint(idea.GetRowNumber()), columns.Clean(idea.GetTitle()), columns.Clean(idea.GetLanguage()), idea.GetAspectRatio(),
			columns.Clean(idea.GetStyle()), strings.ToLower(strings.TrimPrefix(idea.GetPriority().String(), "PRIORITY_UNSPECIFIED")),
		}
	}
	return columns.Table(head, rows, width)
}

func orUnnamed(name string) string {
	if name == "" {
		return "untitled sheet"
	}
	return name
}
