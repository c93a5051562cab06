package ingest

import (
	"errors"
	"fmt"
	"time"

	ingestv1 "github.com/sheetreel/sheetreel/gen/sheetreel/ingest/v1"
	"github.com/sheetreel/sheetreel/kit/errs"
	"github.com/sheetreel/sheetreel/services/ingest/mapping"
	"github.com/sheetreel/sheetreel/services/ingest/validate"
)

// formats are the formats by their numbers in the API.
func formats() map[ingestv1.ImportOptions_ColumnFormat]mapping.Format {
	return map[ingestv1.ImportOptions_ColumnFormat]mapping.Format{
		ingestv1.ImportOptions_STANDARD:      mapping.FormatStandard,
		ingestv1.ImportOptions_COMPREHENSIVE: mapping.FormatComprehensive,
		ingestv1.ImportOptions_MINIMAL:       mapping.FormatMinimal,
		ingestv1.ImportOptions_CUSTOM:        mapping.FormatCustom,
	}
}

// formatOf gives the number of a format in the API.
func formatOf(format mapping.Format) ingestv1.ImportOptions_ColumnFormat {
	for number, f := range formats() {
		if f == format {
			return number
		}
	}
	return ingestv1.ImportOptions_COLUMN_FORMAT_UNSPECIFIED
}

// mappingOptions says how the header is to be read.
func mappingOptions(o *ingestv1.ImportOptions) (mapping.Options, error) {
	options := mapping.Options{Format: formats()[o.GetColumnFormat()], HeaderRow: int(o.GetHeaderRow())}
	for i, column := range o.GetColumns() {
		if options.Custom == nil {
			options.Custom = map[string]string{}
		}
		if _, taken := options.Custom[column.GetColumn()]; taken {
			return options, errs.Invalid(errs.Violation{
				Field: fmt.Sprintf("source.options.columns[%d].column", i), Description: "is named twice; name each column once",
			})
		}
		options.Custom[column.GetColumn()] = column.GetField()
	}
	return options, nil
}

// validateOptions says how the rows are to be checked.
func validateOptions(req request) validate.Options {
	options := validate.Options{Gate: req.source.GetOptions().GetGateColumn(), Findings: req.findings, Now: time.Now()}
	switch level(req.source) {
	case ingestv1.ImportOptions_STRICT:
		options.Level = validate.Strict
	case ingestv1.ImportOptions_LENIENT:
		options.Level = validate.Lenient
	}
	return options
}

// misfit explains options that do not fit the sheet; other errors stay as they are.
func misfit(err error) error {
	var mapped *mapping.OptionsError
	var gate *validate.GateError
	switch {
	case errors.As(err, &mapped):
		field := mapped.Option
		switch field {
		case "custom":
			field = "columns"
		case "format":
			field = "column_format"
		}
		return errs.Invalid(errs.Violation{Field: "source.options." + field, Description: mapped.Description})
	case errors.As(err, &gate):
		return errs.Invalid(errs.Violation{Field: "source.options.gate_column", Description: gate.Error()})
	}
	return err
}
