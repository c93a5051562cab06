package ingest

import (
	"context"
	"slices"
	"strings"

	"github.com/sheetreel/sheetreel/services/ingest/mapping"
	"github.com/sheetreel/sheetreel/services/ingest/source"
)

// linkFields are the fields whose cells should hold links, and often show a name instead.
var linkFields = [...]mapping.Field{mapping.Images, mapping.Videos, mapping.Audio, mapping.Logo, mapping.Thumbnail}

// readLinks puts links where the cells of such fields only show texts, if the source can tell.
func readLinks(ctx context.Context, src source.Source, table *source.Table, header *mapping.Header) error {
	linked, ok := src.(source.Linked)
	columns := linkColumns(header)
	if !ok || len(columns) == 0 {
		return nil
	}
	return linked.ReadLinks(ctx, table, columns, header.Index+1)
}

// putLinks does the same in a piece whose source has told its links already. Links that stand in a cell stay.
func putLinks(piece *source.Table, header *mapping.Header) {
	if len(piece.Links) == 0 {
		return
	}
	columns := linkColumns(header)
	for number, links := range piece.Links {
		index := number - piece.FirstRow
		if number < header.Row+header.First()-header.Index || index < 0 || index >= len(piece.Rows) {
			continue
		}
		for _, column := range columns {
			row := piece.Rows[index]
			if link, ok := links[column]; ok && column < len(row) && !strings.Contains(row[column].String(), "://") {
				row[column] = source.Text(link)
			}
		}
	}
}

// linkColumns lists the columns whose cells should hold links.
func linkColumns(header *mapping.Header) []int {
	var columns []int
	for _, c := range header.Columns {
		if _, _, ofScene := c.Field.SceneAsset(); ofScene || slices.Contains(linkFields[:], c.Field) {
			columns = append(columns, c.Index)
		}
	}
	return columns
}
