package ingest

import (
	"context"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/sheetreel/sheetreel/services/ingest/mapping"
	"github.com/sheetreel/sheetreel/services/ingest/source"
)

// linkedSource notes what links it was asked for.
type linkedSource struct {
	source.Source
	columns []int
	first   int
}

func (s *linkedSource) ReadLinks(_ context.Context, _ *source.Table, columns []int, first int) error {
	s.columns, s.first = columns, first
	return nil
}

func TestLinksAreAskedForWhereTheyBelong(t *testing.T) {
	src := &linkedSource{}
	header := &mapping.Header{Index: 2, Columns: []mapping.Column{
		{Index: 0, Field: "title"}, {Index: 1, Field: "logo"}, {Index: 2, Variable: "logo"}, {Index: 3, Field: "images"},
	}}
	if err := readLinks(t.Context(), src, &source.Table{}, header); err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(src.columns, []int{1, 3}) || src.first != 3 {
		t.Errorf("asked for columns %v from row %d, want 1 and 3 from 3", src.columns, src.first)
	}
	*src = linkedSource{}
	header.Columns = header.Columns[:1]
	if err := readLinks(t.Context(), src, &source.Table{}, header); err != nil || src.columns != nil {
		t.Errorf("asked for %v, error %v; want nothing", src.columns, err)
	}
}

func TestToldLinksTakeThePlaceOfTexts(t *testing.T) {
	header := &mapping.Header{Row: 1, Columns: []mapping.Column{{Index: 0, Field: "title"}, {Index: 1, Field: "logo"}, {Index: 2, Field: "scene_2_images"}}}
	piece := &source.Table{
		FirstRow: 1, Links: map[int]map[int]string{1: {1: "https://a.example/head"}, 2: {0: "https://a.example/title", 1: "https://a.example/b.png", 2: "https://a.example/c.png"}, 9: {1: "https://a.example/9"}},
		Rows: [][]source.Cell{
			{source.Text("Title"), source.Text("Logo"), source.Text("Scene 2 image")},
			{source.Text("Tea"), source.Text("our logo"), source.Text("https://b.example/own.png")},
		},
	}
	putLinks(piece, header)
	want := [][]source.Cell{
		{source.Text("Title"), source.Text("Logo"), source.Text("Scene 2 image")},
		{source.Text("Tea"), source.Text("https://a.example/b.png"), source.Text("https://b.example/own.png")},
	}
	if diff := cmp.Diff(want, piece.Rows); diff != "" {
		t.Errorf("rows (-want +got):\n%s", diff)
	}
}
