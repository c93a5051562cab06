package ingest

import (
	"context"

	"github.com/sheetreel/sheetreel/services/ingest/mapping"
	"github.com/sheetreel/sheetreel/services/ingest/source"
)

// readForms lets template variables read as the sheet shows them, 15% and 2026-11-24, if the source can tell. Fields know themselves
// what their numbers mean.
func readForms(ctx context.Context, src source.Source, table *source.Table, header *mapping.Header) error {
	formed, ok := src.(source.Formed)
	if !ok {
		return nil
	}
	var columns []int
	for _, c := range header.Columns {
		if c.Field == "" && c.Variable != "" {
			columns = append(columns, c.Index)
		}
	}
	if len(columns) == 0 {
		return nil
	}
	return formed.ReadForms(ctx, table, columns, header.Index+1)
}
