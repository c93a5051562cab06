package ingest

import (
	"context"
	"slices"

	"github.com/sheetreel/sheetreel/services/ingest/mapping"
	"github.com/sheetreel/sheetreel/services/ingest/source"
)

// linkFields are the fields whose cells should hold links, and often show a name instead.
var linkFields = [...]mapping.Field{mapping.Images, mapping.Videos, mapping.Audio, mapping.Logo, mapping.Thumbnail}

// readLinks puts links where the cells of such fields only show texts, if the source can tell.
func readLinks(ctx context.Context, src source.Source, table *source.Table, header *mapping.Header) error {
	linked, ok := src.(source.Linked)
	if !ok {
		return nil
	}
	var columns []int
	for _, c := range header.Columns {
		if _, _, ofScene := c.Field.SceneAsset(); ofScene || slices.Contains(linkFields[:], c.Field) {
			columns = append(columns, c.Index)
		}
	}
	if len(columns) == 0 {
		return nil
	}
	return linked.ReadLinks(ctx, table, columns, header.Index+1)
}
