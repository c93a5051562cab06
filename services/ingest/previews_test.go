package ingest

import (
	"strings"
	"testing"
	"time"

	ingestv1 "github.com/sheetreel/sheetreel/gen/sheetreel/ingest/v1"
	"github.com/sheetreel/sheetreel/services/ingest/emulator"
	"github.com/sheetreel/sheetreel/services/ingest/validate"
)

func TestPagesOfACheckCostOneReading(t *testing.T) {
	ideas, quota := client(t, emulator.Options{Spreadsheets: []emulator.Spreadsheet{
		{ID: "big", Tabs: []emulator.Tab{{Title: "Ideas", Rows: rows(ledger(900)...)}}},
	}})
	pages := func(user string) (tokens []string) {
		req := &ingestv1.CheckIdeasRequest{Parent: "projects/demo", Source: googleSheet("big", ""), PageSize: 100, User: user}
		for {
			reply, err := ideas.CheckIdeas(t.Context(), req)
			if err != nil {
				t.Fatal(err)
			}
			if req.PageToken = reply.GetNextPageToken(); req.PageToken == "" {
				return tokens
			}
			tokens = append(tokens, req.PageToken)
		}
	}
	tokens := pages("ada")
	if len(tokens) != 5 || len(quota.granted) != 2 {
		t.Errorf("6 pages took %d requests and %d tokens, want 2 and 5", len(quota.granted), len(tokens))
	}
	if pages("ada"); len(quota.granted) != 4 {
		t.Errorf("a second check took %d requests more, want 2: a first page is read anew", len(quota.granted)-2)
	}
	_, err := ideas.CheckIdeas(t.Context(), &ingestv1.CheckIdeasRequest{
		Parent: "projects/demo", Source: googleSheet("big", ""), PageSize: 100, User: "bob", PageToken: tokens[2],
	})
	if err != nil || len(quota.granted) != 6 {
		t.Errorf("another user's page took %d requests, %v; want 2: he may see another sheet", len(quota.granted)-4, err)
	}
}

func TestPreviewsAreBounded(t *testing.T) {
	idea := func(size int) validate.Row {
		return validate.Row{Idea: &ingestv1.Idea{Script: strings.Repeat("x", size)}}
	}
	read := func(rows ...validate.Row) *preview {
		p := &preview{}
		for _, row := range rows {
			p.addRow(row)
		}
		return p
	}
	key := func(name string) previewKey { return previewKeyOf([]string{name}, "ada", "r") }
	now := time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)
	kept := &previews{}
	const seven = 7 << 20 // 21 MiB in memory: three of them are kept
	for i, name := range []string{"a", "b", "c", "d"} {
		kept.put(key(name), read(idea(seven)), now.Add(time.Duration(i)*time.Second))
	}
	for name, want := range map[string]bool{"a": false, "b": true, "c": true, "d": true} {
		if got := kept.get(key(name), now.Add(10*time.Second)); (got != nil) != want {
			t.Errorf("%s is kept: %t, want %t", name, got != nil, want)
		}
	}
	kept.put(key("b"), read(idea(4<<20), idea(4<<20), idea(1)), now.Add(11*time.Second))
	if kept.get(key("b"), now.Add(12*time.Second)) != nil {
		t.Error("a reading of more than its bound is kept")
	}
	kept.put(key("c"), read(idea(1)), now.Add(20*time.Second))
	if kept.size > 22<<20 {
		t.Errorf("%d bytes count as kept, want those of one large reading and a small one", kept.size)
	}
	if kept.get(key("d"), now.Add(3*time.Second+previewLife)) != nil || kept.get(key("c"), now.Add(3*time.Second+previewLife)) == nil {
		t.Error("readings are not kept for as long as they should")
	}
	if kept.get(key("c"), now.Add(time.Hour)) != nil || kept.size != 0 || len(kept.kept) != 0 {
		t.Errorf("after an hour %d bytes are left", kept.size)
	}
}
