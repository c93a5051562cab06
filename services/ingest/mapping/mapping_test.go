package mapping_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/sheetreel/sheetreel/services/ingest/mapping"
	"github.com/sheetreel/sheetreel/services/ingest/source"
)

func load(t testing.TB) *mapping.Catalog {
	t.Helper()
	catalog, err := mapping.Load()
	if err != nil {
		t.Fatal(err)
	}
	return catalog
}

// table makes a table of texts; cells are separated by "|".
func table(rows ...string) *source.Table {
	t := &source.Table{FirstRow: 1}
	for _, row := range rows {
		var cells []source.Cell
		for text := range strings.SplitSeq(row, "|") {
			cells = append(cells, source.Text(text))
		}
		t.Rows = append(t.Rows, cells)
	}
	return t
}

func TestMatch(t *testing.T) {
	catalog := load(t)
	for header, want := range map[string]mapping.Field{
		"title":                mapping.Title,
		"  Idea Title \n":      mapping.Title,
		"IDEA_TITLE":           mapping.Title,
		"Ti\u200btle":          mapping.Title,
		"Ｔｉｔｌｅ":                mapping.Title,
		"Title *":              mapping.Title,
		"Script:":              mapping.Script,
		"Call-to-Action":       mapping.CallToAction,
		"callToAction":         mapping.CallToAction,
		"CTA":                  mapping.CallToAction,
		"aspect.ratio":         mapping.AspectRatio,
		"duration_seconds":     mapping.Duration,
		"Duration (seconds)":   mapping.Duration,
		"Platform":             mapping.Platforms,
		"platform_preferences": mapping.Platforms,
		"Hashtags":             mapping.Tags,
		"target audience":      mapping.TargetAudience,
		"PRIO":                 mapping.Priority,
		"Título":               mapping.Title,
		"Ti\u0301tulo":         mapping.Title,
		"Scene 3 image":        mapping.SceneAsset(3, mapping.Images),
		"scene_12_video":       mapping.SceneAsset(12, mapping.Videos),
		"Shot 1 music":         mapping.SceneAsset(1, mapping.Audio),
		"Image of scene 2":     mapping.SceneAsset(2, mapping.Images),
		"Video scene 2":        mapping.SceneAsset(2, mapping.Videos),
		"Deadline":             mapping.DueTime,
		"publish_at":           mapping.PublishTime,
		"Start after":          mapping.NotBeforeTime,
	} {
		if got, ok := catalog.Match(header); !ok || got != want {
			t.Errorf("Match(%q) = %q, %v, want %q", header, got, ok, want)
		}
	}
	for _, header := range []string{"", " ", "Campaign", "Titel der Kampagne", "*", "Scrpt", "duration (min)", "Scene 101 image", "Scene 0 image", "Scene 2 logo", "Scene 2 notes", "Video"} {
		if got, ok := catalog.Match(header); ok {
			t.Errorf("Match(%q) = %q, want no match", header, got)
		}
	}
	for _, field := range mapping.Fields() {
		if got, ok := catalog.Match(string(field)); !ok || got != field {
			t.Errorf("Match(%q) = %q, %v, want the field itself", field, got, ok)
		}
	}
}

func TestSuggest(t *testing.T) {
	catalog := load(t)
	for header, want := range map[string]mapping.Field{
		"Scrpt":     mapping.Script,
		"Scripts":   mapping.Script,
		"Durration": mapping.Duration,
		"Tilte":     mapping.Title,
		"Prioity":   mapping.Priority,
		"Languge":   mapping.Language,
		"Title":     "", // matches, so there is nothing to suggest
		"ids":       "", // too short to guess
		"Done":      "",
		"Campaign":  "",
		"Scrpit x":  "",
	} {
		if got, _ := catalog.Suggest(header); got != want {
			t.Errorf("Suggest(%q) = %q, want %q", header, got, want)
		}
	}
}

func TestNear(t *testing.T) {
	for _, c := range []struct {
		a, b string
		want bool
	}{
		{"script", "script", false},
		{"script", "scrip", true},
		{"scrip", "script", true},
		{"script", "xcript", true},
		{"script", "srcipt", true},
		{"script", "sprict", false},
		{"", "a", true},
		{"", "", false},
		{"ab", "ba", true},
		{"título", "titulo", true},
		{"abc", "a", false},
	} {
		if got := mapping.Near(c.a, c.b); got != c.want {
			t.Errorf("Near(%q, %q) = %v, want %v", c.a, c.b, got, c.want)
		}
	}
}

func TestDetect(t *testing.T) {
	catalog := load(t)
	frozen := func(n int, t *source.Table) *source.Table { t.FrozenRows = n; return t }
	at := func(row int, t *source.Table) *source.Table { t.FirstRow = row; return t }
	for name, c := range map[string]struct {
		table *source.Table
		row   int // 0: refused
	}{
		"first row":                  {table("Title|Script", "A|B"), 1},
		"below notes":                {table("Content plan 2026|", "|", "Please fill in every column|", "Title|Script|Mood board", "A|B|C"), 4},
		"first of two":               {table("Title|Script", "title|script"), 1},
		"frozen row wins":            {frozen(2, table("Title|Script|Notes", "Title|Script|Style|Priority", "A|B|C|D")), 2},
		"frozen row is no header":    {frozen(1, table("Content plan|", "Title|Script", "A|B")), 2},
		"frozen rows above range":    {frozen(1, at(5, table("Title|Script", "A|B"))), 5},
		"one match only":             {table("Title|Inhalt", "A|B"), 0},
		"same field twice":           {table("Title|Headline", "A|B"), 0},
		"near misses are no matches": {table("Tilte|Scrpt|Durration|Priorty", "A|B|C|D"), 0},
		"beyond ten rows":            {table("a", "b", "c", "d", "e", "f", "g", "h", "i", "j", "Title|Script"), 0},
		"tenth row":                  {table("a", "b", "c", "d", "e", "f", "g", "h", "i", "Title|Script"), 10},
		"many unknown columns":       {table("Campaign|Owner|Title|Due|Script|Pillar|Asset|Status", "1|2|3|4|5|6|7|8"), 1},
		"no rows":                    {table(), 0},
		"blank rows":                 {table("|", "|"), 0},
	} {
		t.Run(name, func(t *testing.T) {
			header, err := catalog.Detect(c.table)
			if c.row == 0 {
				var refused *mapping.NoHeaderError
				if !errors.As(err, &refused) {
					t.Fatalf("Detect = %v, %v, want a NoHeaderError", header, err)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if header.Row != c.row || c.table.FirstRow+header.Index != c.row {
				t.Errorf("header is row %d (index %d), want row %d", header.Row, header.Index, c.row)
			}
			if header.Confidence < 0.6 || header.Confidence > 1 {
				t.Errorf("confidence is %v, want 0.6 to 1", header.Confidence)
			}
		})
	}
}

func TestDetectColumns(t *testing.T) {
	header, err := load(t).Detect(&source.Table{FirstRow: 3, FirstColumn: 1, Rows: [][]source.Cell{{
		source.Text("Title"), source.Text("Headline"), source.Text("Script"),
		{},
		source.Text("Campaign"),
		source.Text("campaign"), source.Text("Durration"), source.Text("Title"), source.Text("Campaign"),
	}}})
	if err != nil {
		t.Fatal(err)
	}
	want := []mapping.Column{
		{Index: 0, Letter: "B", Header: "Title", Field: mapping.Title},
		{Index: 1, Letter: "C", Header: "Headline", Variable: "Headline", RepeatOf: "B"},
		{Index: 2, Letter: "D", Header: "Script", Field: mapping.Script},
		{Index: 3, Letter: "E"},
		{Index: 4, Letter: "F", Header: "Campaign", Variable: "Campaign"},
		{Index: 5, Letter: "G", Header: "campaign", Variable: "campaign"},
		{Index: 6, Letter: "H", Header: "Durration", Variable: "Durration", Suggestion: mapping.Duration},
		{Index: 7, Letter: "I", Header: "Title", Variable: "Title", RepeatOf: "B"},
		{Index: 8, Letter: "J", Header: "Campaign", RepeatOf: "F"},
	}
	if diff := cmp.Diff(want, header.Columns); diff != "" {
		t.Errorf("columns (-want +got):\n%s", diff)
	}
	if column, ok := header.Column(mapping.Script); !ok || column.Letter != "D" {
		t.Errorf("Column(script) = %+v, %v", column, ok)
	}
	if column, ok := header.Column(mapping.Voice); ok {
		t.Errorf("Column(voice) = %+v, want none", column)
	}
}

func TestGuessIsShown(t *testing.T) {
	_, err := load(t).Detect(table("Content plan|", "Title|Scrpt", "A|B"))
	const want = `no row looks like a header; the best guess is row 2: A "Title" (title), B "Scrpt" (script?)`
	if err == nil || err.Error() != want {
		t.Errorf("error is %v, want %s", err, want)
	}
}

func FuzzDetect(f *testing.F) {
	for _, s := range []string{"Title|Script\nA|B", "Tilte|Scrpt", "", "|\n|", "Title|Title|Title", "\xff|\u200b"} {
		f.Add(s, 1)
	}
	catalog := load(f)
	f.Fuzz(func(t *testing.T, text string, frozen int) {
		in := table(strings.Split(text, "\n")...)
		in.FrozenRows = frozen
		header, err := catalog.Detect(in)
		if err != nil {
			if err.Error() == "" {
				t.Error("an error without a text")
			}
			return
		}
		if header.Confidence < 0 || header.Confidence > 1 || header.Index >= len(in.Rows) {
			t.Errorf("header %+v is out of bounds", header)
		}
		targets := map[string]bool{}
		for _, column := range header.Columns {
			if target := column.Target(); target != "" && targets[target] {
				t.Errorf("two columns feed %q", target)
			} else {
				targets[target] = true
			}
			if column.Field != "" && column.Suggestion != "" {
				t.Errorf("column %+v matches and guesses", column)
			}
		}
	})
}
