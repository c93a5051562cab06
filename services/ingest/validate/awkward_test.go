package validate_test

import (
	"encoding/csv"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/protobuf/types/known/timestamppb"

	ingestv1 "github.com/sheetreel/sheetreel/gen/sheetreel/ingest/v1"
	"github.com/sheetreel/sheetreel/services/ingest/mapping"
	"github.com/sheetreel/sheetreel/services/ingest/source"
	"github.com/sheetreel/sheetreel/services/ingest/validate"
)

var update = flag.Bool("update", false, "write the golden files anew")

// awkward is what is special about reading some of the sheets.
var awkward = map[string]struct {
	mapping  mapping.Options
	validate validate.Options
	frozen   int
	locale   string
	timeZone string
}{
	"gate":               {validate: validate.Options{Gate: "Approved"}},
	"gate-by-letter":     {validate: validate.Options{Gate: "c"}},
	"lenient":            {validate: validate.Options{Level: validate.Lenient}},
	"strict":             {validate: validate.Options{Level: validate.Strict}},
	"custom-columns":     {mapping: mapping.Options{Format: mapping.FormatCustom, Custom: map[string]string{"Thema": "title", "B": "script", "Farbe": "var:color"}}},
	"minimal-format":     {mapping: mapping.Options{Format: mapping.FormatMinimal}},
	"chosen-header-row":  {mapping: mapping.Options{HeaderRow: 3}},
	"missing-gate":       {validate: validate.Options{Gate: "Freigabe"}},
	"frozen-second-row":  {frozen: 2},
	"missing-custom":     {mapping: mapping.Options{Format: mapping.FormatCustom, Custom: map[string]string{"Thema": "title"}}},
	"header-row-outside": {mapping: mapping.Options{HeaderRow: 99}},
	"dates":              {locale: "de_DE", timeZone: "Europe/Berlin", validate: validate.Options{Now: time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)}},
	"dates-american":     {locale: "en_US", timeZone: "America/New_York"},
	"dates-lenient":      {validate: validate.Options{Level: validate.Lenient}},
	"assets-lenient":     {validate: validate.Options{Level: validate.Lenient}},
}

// cellOf reads a cell of a test file: `number:0.5` and `checkbox:true` are what a sheet gives for these.
func cellOf(t *testing.T, text string) source.Cell {
	t.Helper()
	if n, ok := strings.CutPrefix(text, "number:"); ok {
		f, err := strconv.ParseFloat(n, 64)
		if err != nil {
			t.Fatal(err)
		}
		return source.Number(f)
	}
	if b, ok := strings.CutPrefix(text, "checkbox:"); ok {
		return source.Bool(b == "true")
	}
	return source.Text(text)
}

func readSheet(t *testing.T, text string) *source.Table {
	t.Helper()
	reader := csv.NewReader(strings.NewReader(text))
	reader.FieldsPerRecord = -1
	records, err := reader.ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	table := &source.Table{FirstRow: 1}
	for _, record := range records {
		var row []source.Cell
		for _, text := range record {
			row = append(row, cellOf(t, text))
		}
		table.Rows = append(table.Rows, row)
	}
	return table
}

// TestAwkwardSheets compares the reports of sheets as people have them with texts that were read and found good.
func TestAwkwardSheets(t *testing.T) {
	files, err := filepath.Glob(filepath.Join("testdata", "awkward", "*.csv"))
	if err != nil || len(files) == 0 {
		t.Fatalf("%d sheets, %v", len(files), err)
	}
	sheets := map[string]string{
		"thousand-columns": thousandColumns(),
		"beyond-a-cell": "Title,Script,Scenes,Images,Tags,Notes\nTea,,\"" + strings.Repeat("word word word\n", 3500) + "\",,,\n" +
			"Milk,Warm the milk slowly.,," + strings.Repeat("https://example.com/a.jpg ", 2000) + ",,\n" +
			"Coffee,Grind the beans.,,,\"" + strings.Repeat("tag,", 12501) + "\"," + strings.Repeat("x", 60000) + "\n" +
			"Cake,,\"" + strings.Repeat("word word word\n", 400) + "\",,,\n",
		"longest-cell": "Title,Script,Notes\nTea," + strings.Repeat("word ", 10000) + ",\nMilk,Warm the milk slowly.," + strings.Repeat("x", 50000) + "\n",
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		sheets[strings.TrimSuffix(filepath.Base(file), ".csv")] = string(text)
	}
	for name := range awkward {
		if _, ok := sheets[name]; !ok {
			t.Errorf("there is no sheet %s", name)
		}
	}
	for name, text := range sheets {
		t.Run(name, func(t *testing.T) {
			got := reportOf(t, name, readSheet(t, text))
			path := filepath.Join("testdata", "awkward", name+".golden.txt")
			if *update {
				if err := os.WriteFile(path, []byte(got), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(string(want), got); diff != "" {
				t.Errorf("%s (-want +got); run with -update when the change is meant:\n%s", path, diff)
			}
		})
	}
}

func thousandColumns() string {
	var header, row []string
	for i := range 1000 {
		header, row = append(header, fmt.Sprintf("Column %d", i)), append(row, fmt.Sprintf("value %d", i))
	}
	header[500], row[500] = "Title", "Tea"
	header[999], row[999] = "Script", "Boil fresh water."
	return strings.Join(header, ",") + "\n" + strings.Join(row, ",") + "\n"
}

// reportOf writes what was found as a person would read it.
func reportOf(t *testing.T, name string, table *source.Table) string {
	t.Helper()
	options := awkward[name]
	table.FrozenRows, table.Locale, table.TimeZone = options.frozen, options.locale, options.timeZone
	catalog, err := mapping.Load()
	if err != nil {
		t.Fatal(err)
	}
	header, err := catalog.Map(table, options.mapping)
	if err != nil {
		return "refused: " + err.Error() + "\n"
	}
	run, err := rules(t).Start(table, header, options.validate)
	if err != nil {
		return "refused: " + err.Error() + "\n"
	}
	rows, err := run.Add(t.Context(), table)
	if err != nil {
		t.Fatal(err)
	}
	result := run.Result()
	var b strings.Builder
	fmt.Fprintf(&b, "header in row %d, format %s\n", header.Row, header.Format)
	for i, c := range header.Columns {
		if i == 12 {
			fmt.Fprintf(&b, "  and %d columns more\n", len(header.Columns)-i)
			break
		}
		if c.Target() != "" {
			fmt.Fprintf(&b, "  %s %q is %s\n", c.Letter, c.Header, c.Target())
		}
	}
	fmt.Fprintf(&b, "rows %d: valid %d, invalid %d, repeated %d, waiting %d; nearly the same %d, mended %d, stopped %v\n",
		result.RowCount, result.ValidCount, result.InvalidCount, result.DuplicateCount, result.SkippedCount, result.NearCount, result.FixCount, result.Stopped)
	fmt.Fprintf(&b, "average score %.1f, videos of %s\n", result.Score, result.VideoTime.Round(time.Second))
	for _, row := range rows {
		if row.DuplicateOf != 0 {
			continue
		}
		fmt.Fprintf(&b, "row %d “%s”: score %.1f, %s\n", row.Idea.GetRowNumber(), row.Idea.GetTitle(), row.Score.Points, row.Length)
		b.WriteString(valuesOf(row.Idea))
		for _, reason := range row.Score.Reasons {
			fmt.Fprintf(&b, "    %s\n", reason)
		}
	}
	for i, f := range result.Findings {
		if i == 12 {
			fmt.Fprintf(&b, "and %d findings more\n", result.FindingCount-i)
			break
		}
		where := f.GetCell()
		if where == "" {
			where = fmt.Sprintf("row %d", f.GetRowNumber())
		}
		fmt.Fprintf(&b, "%s %s (%s): %s", f.GetSeverity(), where, f.GetRule(), f.GetMessage())
		if f.GetSuggestion() != "" {
			fmt.Fprintf(&b, " -> %s", f.GetSuggestion())
		}
		b.WriteByte('\n')
	}
	return b.String()
}

// valuesOf shows what an idea has besides texts, one on a line.
func valuesOf(idea *ingestv1.Idea) string {
	var b strings.Builder
	for _, one := range []struct {
		name string
		time *timestamppb.Timestamp
	}{{"not before", idea.GetNotBeforeTime()}, {"due", idea.GetDueTime()}, {"publish", idea.GetPublishTime()}} {
		if one.time != nil {
			fmt.Fprintf(&b, "    %s %s\n", one.name, one.time.AsTime().Format(time.RFC3339Nano))
		}
	}
	for _, a := range idea.GetAssets() {
		fmt.Fprintf(&b, "    %s %s", a.GetKind(), a.GetUri())
		if a.GetScene() != 0 {
			fmt.Fprintf(&b, " in scene %d", a.GetScene())
		}
		b.WriteByte('\n')
	}
	if idea.GetVoice() != "" {
		fmt.Fprintf(&b, "    voice %s\n", idea.GetVoice())
	}
	return b.String()
}
