package mapping

import (
	_ "embed"
	"fmt"
	"slices"

	"go.yaml.in/yaml/v3"
)

// Format says which fields are read from a sheet.
type Format string

// The formats. The zero value reads every field that the header names.
const (
	FormatDetect        Format = ""
	FormatMinimal       Format = "minimal"
	FormatStandard      Format = "standard"
	FormatComprehensive Format = "comprehensive"
	// FormatCustom reads the columns that [Options] name, and no others.
	FormatCustom Format = "custom"
)

//go:embed formats-2026-11.yaml
var formatFile []byte

// loadFormats reads which fields belong to each format.
func loadFormats() (map[Format]map[Field]bool, error) {
	lists := map[Format][]Field{}
	if err := yaml.Unmarshal(formatFile, &lists); err != nil {
		return nil, fmt.Errorf("formats: %w", err)
	}
	formats := map[Format]map[Field]bool{}
	for _, format := range []Format{FormatMinimal, FormatStandard, FormatComprehensive} {
		fields, ok := lists[format]
		if !ok {
			return nil, fmt.Errorf("formats: %s is missing", format)
		}
		formats[format] = map[Field]bool{}
		for _, field := range fields {
			if !slices.Contains(Fields(), field) {
				return nil, fmt.Errorf("formats: %s: %q is no field", format, field)
			}
			formats[format][field] = true
		}
		delete(lists, format)
	}
	for format := range lists {
		return nil, fmt.Errorf("formats: %q is no format", format)
	}
	return formats, nil
}

// has tells whether a field belongs to a format.
func (c *Catalog) has(format Format, field Field) bool {
	if _, ok := field.Scene(); ok {
		field = Scenes
	}
	if _, kind, ok := field.SceneAsset(); ok {
		field = kind
	}
	return c.formats[format][field]
}

// formatOf gives the smallest format that has all fields of a header.
func (c *Catalog) formatOf(h *Header) Format {
	for _, format := range []Format{FormatMinimal, FormatStandard} {
		if !slices.ContainsFunc(h.Columns, func(column Column) bool { return column.Field != "" && !c.has(format, column.Field) }) {
			return format
		}
	}
	return FormatComprehensive
}

// restrict keeps columns for fields outside of a format as template variables.
func (c *Catalog) restrict(h *Header, format Format) {
	owners := h.owners()
	for i := range h.Columns {
		column := &h.Columns[i]
		if column.Field == "" || c.has(format, column.Field) {
			continue
		}
		delete(owners, column.Target())
		column.Field, column.Variable = "", column.Header
		if owner, taken := owners[column.Target()]; taken {
			column.RepeatOf, column.Variable = owner, ""
			continue
		}
		owners[column.Target()] = column.Letter
	}
	h.Format = format
}

// owners says which column feeds what.
func (h *Header) owners() map[string]string {
	owners := map[string]string{}
	for _, column := range h.Columns {
		if target := column.Target(); target != "" {
			owners[target] = column.Letter
		}
	}
	return owners
}
