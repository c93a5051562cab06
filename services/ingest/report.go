package ingest

import (
	"fmt"

	ingestv1 "github.com/sheetreel/sheetreel/gen/sheetreel/ingest/v1"
	"github.com/sheetreel/sheetreel/kit/errs"
	"github.com/sheetreel/sheetreel/services/ingest/mapping"
	"github.com/sheetreel/sheetreel/services/ingest/source"
	"github.com/sheetreel/sheetreel/services/ingest/validate"
)

// report says what was found in a sheet.
func report(table *source.Table, header *mapping.Header, result *validate.Result) *ingestv1.ImportReport {
	r := &ingestv1.ImportReport{
		SpreadsheetTitle:  table.Title,
		Locale:            table.Locale,
		TimeZone:          table.TimeZone,
		Range:             table.Range,
		HeaderRow:         int32(header.Row),
		HeaderConfidence:  header.Confidence,
		RowCount:          int32(result.RowCount),
		ValidRowCount:     int32(result.ValidCount),
		InvalidRowCount:   int32(result.InvalidCount),
		DuplicateRowCount: int32(result.DuplicateCount),

		ColumnFormat:          formatOf(header.Format),
		GateColumn:            result.GateColumn,
		GatedRowCount:         int32(result.SkippedCount),
		NearDuplicateRowCount: int32(result.NearCount),
		FixedCount:            int32(result.FixCount),
		HiddenRowCount:        int32(result.HiddenCount),
		AverageQuality:        result.Score,

		Findings:     result.Findings,
		FindingCount: int32(result.FindingCount),
	}
	for _, column := range header.Columns {
		if column.Header == "" {
			continue
		}
		r.Columns = append(r.Columns, &ingestv1.ColumnMapping{
			Column: column.Letter, Header: column.Header, Field: column.Target(), Suggestion: string(column.Suggestion),
		})
	}
	return r
}

// noValidRow says why a sheet gives nothing to do. It is nil when there is at least one valid row.
func noValidRow(r *ingestv1.ImportReport) error {
	if r.GetValidRowCount() > 0 {
		return nil
	}
	description := fmt.Sprintf("%s has a header in row %d, but no ideas below it", r.GetRange(), r.GetHeaderRow())
	if r.GetRowCount() > 0 {
		description = fmt.Sprintf("none of the %d rows of %s can be used", r.GetRowCount(), r.GetRange())
	}
	if gated := r.GetGatedRowCount(); gated > 0 {
		description += fmt.Sprintf("; %d wait because column %q does not say yes", gated, r.GetGateColumn())
	}
	description += firstProblem(r)
	return errs.Invalid(errs.Violation{Field: "source", Description: description})
}

// firstProblem tells of the first error that was found, if any.
func firstProblem(r *ingestv1.ImportReport) string {
	for _, f := range r.GetFindings() {
		if f.GetSeverity() == ingestv1.Finding_ERROR {
			return fmt.Sprintf("; the first problem is in %s: %s", where(f), f.GetMessage())
		}
	}
	return ""
}

// where names the place of a finding.
func where(f *ingestv1.Finding) string {
	if f.GetCell() != "" {
		return "cell " + f.GetCell()
	}
	return fmt.Sprintf("row %d", f.GetRowNumber())
}
