package ingest

import (
	ingestv1 "github.com/sheetreel/sheetreel/gen/sheetreel/ingest/v1"
	"github.com/sheetreel/sheetreel/kit/errs"
)

// checkOptions refuses what this version cannot do, instead of doing something else.
func checkOptions(o *ingestv1.ImportOptions) error {
	const description = "this version cannot do that; leave it out"
	var wrong []errs.Violation
	refuse := func(field string) {
		wrong = append(wrong, errs.Violation{Field: "source.options." + field, Description: description})
	}
	if o.GetColumnFormat() > ingestv1.ImportOptions_DETECT {
		refuse("column_format")
	}
	if o.GetHeaderRow() != 0 {
		refuse("header_row")
	}
	if o.GetValidationLevel() == ingestv1.ImportOptions_LENIENT {
		refuse("validation_level")
	}
	if o.GetGateColumn() != "" {
		refuse("gate_column")
	}
	if len(wrong) == 0 {
		return nil
	}
	return errs.Invalid(wrong...)
}
