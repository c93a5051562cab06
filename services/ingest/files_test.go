package ingest

import (
	"strings"
	"testing"

	ingestv1 "github.com/sheetreel/sheetreel/gen/sheetreel/ingest/v1"
	"github.com/sheetreel/sheetreel/services/ingest/emulator"
)

// A file and inline ideas take the same way as a Google sheet.
func TestChecksOfOtherSources(t *testing.T) {
	ideas, quota := client(t, emulator.Options{Files: map[string][]string{"demo": {demo}}})
	file := func(text string) *ingestv1.Source {
		return &ingestv1.Source{Kind: &ingestv1.Source_File{File: &ingestv1.SheetFile{
			Content: &ingestv1.SheetFile_Data{Data: []byte(text)}, FileName: "ideas.csv",
		}}}
	}
	inlined := &ingestv1.Source{Kind: &ingestv1.Source_InlineIdeas{InlineIdeas: &ingestv1.InlineIdeas{
		Ideas: []*ingestv1.Idea{{Title: "Tea", Script: "Text"}, {Title: "Tea", Script: "text"}, {Script: "Text"}},
	}}}
	for name, c := range map[string]struct {
		source                    *ingestv1.Source
		valid, invalid, duplicate int32
		rules                     string
	}{
		"file":   {file("Title;Script;Seite\nTea;\"Green, \"hot\" tea\";1\n;x;2\nTea;Green, \"hot\" tea;3\n"), 1, 1, 1, "quote.stray quote.stray title.required row.duplicate"},
		"inline": {inlined, 1, 1, 1, "row.duplicate title.required"},
	} {
		t.Run(name, func(t *testing.T) {
			reply, err := ideas.CheckIdeas(t.Context(), &ingestv1.CheckIdeasRequest{Parent: "projects/demo", Source: c.source})
			if err != nil {
				t.Fatal(err)
			}
			r := reply.GetReport()
			if r.GetValidRowCount() != c.valid || r.GetInvalidRowCount() != c.invalid || r.GetDuplicateRowCount() != c.duplicate {
				t.Errorf("report is %v", r)
			}
			var rules []string
			for _, f := range r.GetFindings() {
				rules = append(rules, f.GetRule())
			}
			if got := strings.Join(rules, " "); got != c.rules {
				t.Errorf("rules are %q, want %q", got, c.rules)
			}
		})
	}
	if len(quota.granted) != 0 {
		t.Errorf("quota was taken: %v", quota.granted)
	}
}
