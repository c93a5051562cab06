package validate_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/protobuf/testing/protocmp"
	"google.golang.org/protobuf/types/known/durationpb"

	ingestv1 "github.com/sheetreel/sheetreel/gen/sheetreel/ingest/v1"
	"github.com/sheetreel/sheetreel/services/ingest/mapping"
	"github.com/sheetreel/sheetreel/services/ingest/source"
	"github.com/sheetreel/sheetreel/services/ingest/validate"
)

// run validates rows of text cells below a header of column names; cells are separated by "|".
func run(t testing.TB, header string, rows ...string) *validate.Result {
	t.Helper()
	var cells [][]source.Cell
	for _, row := range rows {
		var line []source.Cell
		for text := range strings.SplitSeq(row, "|") {
			line = append(line, source.Text(text))
		}
		cells = append(cells, line)
	}
	return runCells(t, header, cells...)
}

func runCells(t testing.TB, header string, rows ...[]source.Cell) *validate.Result {
	t.Helper()
	table := &source.Table{FirstRow: 1, Rows: [][]source.Cell{nil}}
	for name := range strings.SplitSeq(header, "|") {
		table.Rows[0] = append(table.Rows[0], source.Text(name))
	}
	table.Rows = append(table.Rows, rows...)
	catalog, err := mapping.Load()
	if err != nil {
		t.Fatal(err)
	}
	found, err := catalog.Detect(table)
	if err != nil {
		t.Fatal(err)
	}
	return validated(t, rules(t), table, found)
}

func validated(t testing.TB, r *validate.Rules, table *source.Table, header *mapping.Header) *validate.Result {
	t.Helper()
	result, err := r.Validate(t.Context(), table, header)
	if err != nil {
		t.Fatal(err)
	}
	return result
}

func rules(t testing.TB) *validate.Rules {
	t.Helper()
	r, err := validate.Load()
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// brief writes findings as "C2 duration.format ERROR", in order.
func brief(findings []*ingestv1.Finding) []string {
	var out []string
	for _, f := range findings {
		out = append(out, fmt.Sprintf("%s %s %s", f.GetCell(), f.GetRule(), f.GetSeverity()))
	}
	return out
}

func TestAFullRow(t *testing.T) {
	result := run(t, "ID|Title|Script|Description|Hook|CTA|Language|Voice|Style|Aspect ratio|Duration|Platforms|Tags|Audience|Tone|Priority|Campaign",
		" a1 |  Tea <b>time</b> |One.\n\n\nTwo &amp; three.|About tea|Hot!|Follow|pt_br|pt-br+f2|BOLD|16x9|0:45|YouTube; tik tok|#tea, calm,tea|Adults|warm|1|Spring")
	if len(result.Rows) != 1 {
		t.Fatalf("rows %v, findings %v", result.Rows, result.Findings)
	}
	want := &ingestv1.Idea{
		RowKey: "a1", RowNumber: 2, Title: "Tea time", Script: "One.\n\nTwo & three.", Description: "About tea", Hook: "Hot!",
		CallToAction: "Follow", Language: "pt-BR", Voice: "pt-br+f2", Style: "bold", AspectRatio: "16:9",
		Duration: durationpb.New(45 * time.Second), Platforms: []string{"youtube", "tiktok"}, Tags: []string{"tea", "calm"},
		TargetAudience: "Adults", Tone: "warm", Priority: ingestv1.Priority_URGENT, Variables: map[string]string{"Campaign": "Spring"},
	}
	if diff := cmp.Diff(want, result.Rows[0].Idea, protocmp.Transform()); diff != "" {
		t.Errorf("idea (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"B2 title.html WARNING"}, brief(result.Findings)); diff != "" {
		t.Errorf("findings (-want +got):\n%s", diff)
	}
}

func TestDefaultsOfABareRow(t *testing.T) {
	result := run(t, "Title|Description", "Tea|About tea")
	want := &ingestv1.Idea{
		RowNumber: 2, Title: "Tea", Description: "About tea", Language: "en", Style: "modern", AspectRatio: "9:16",
	}
	if diff := cmp.Diff(want, result.Rows[0].Idea, protocmp.Transform(), protocmp.IgnoreFields(&ingestv1.Idea{}, "row_key")); diff != "" {
		t.Errorf("idea (-want +got):\n%s", diff)
	}
	if key := result.Rows[0].Idea.GetRowKey(); !strings.HasPrefix(key, "content-") {
		t.Errorf("row key %q, want a content hash", key)
	}
}

func TestFindings(t *testing.T) {
	long := strings.Repeat("x", 101)
	for name, c := range map[string]struct {
		header, row string
		want        []string
	}{
		"title missing":            {"Title|Script", "|Text", []string{"A2 title.required ERROR"}},
		"title only markup":        {"Title|Script", "<b></b>|Text", []string{"A2 title.html WARNING", "A2 title.required ERROR"}},
		"title of spaces":          {"Title|Script", " \u200b |Text", []string{"A2 title.required ERROR"}},
		"title too long":           {"Title|Script", long + "|Text", []string{"A2 title.length ERROR"}},
		"title of 100":             {"Title|Script", long[:100] + "|Text", nil},
		"title of 100 wide":        {"Title|Script", strings.Repeat("é", 100) + "|Text", nil},
		"title with brackets":      {"Title|Script", "a > b|Text", []string{"A2 title.characters ERROR"}},
		"no script":                {"Title|Script", "Tea|", []string{"B2 script.required ERROR"}},
		"no description":           {"Title|Description", "Tea|", []string{"B2 script.required ERROR"}},
		"script too long":          {"Title|Script", "Tea|" + strings.Repeat("x", 5001), []string{"B2 script.length ERROR"}},
		"script of 5000":           {"Title|Script", "Tea|" + strings.Repeat("x", 5000), nil},
		"short row":                {"Title|Script|Style", "Tea|Text", nil},
		"failed formula":           {"Title|Script", "#REF!|Text", []string{"A2 cell.error ERROR"}},
		"failed formula elsewhere": {"Title|Script|Campaign", "Tea|Text|#N/A", []string{"C2 cell.error WARNING"}},
		"duration unreadable":      {"Title|Script|Duration", "Tea|Text|soon", []string{"C2 duration.format ERROR"}},
		"duration zero":            {"Title|Script|Duration", "Tea|Text|0", []string{"C2 duration.range ERROR"}},
		"duration too long":        {"Title|Script|Duration", "Tea|Text|1:30:45", []string{"C2 duration.range ERROR"}},
		"duration longest":         {"Title|Script|Duration", "Tea|Text|10 min", nil},
		"duration blank":           {"Title|Script|Duration", "Tea|Text| ", nil},
		"language by name":         {"Title|Script|Language", "Tea|Text|German", nil},
		"language by own name":     {"Title|Script|Language", "Tea|Text|Français", nil},
		"language unknown":         {"Title|Script|Language", "Tea|Text|klingonese", []string{"C2 language.unknown ERROR"}},
		"language und":             {"Title|Script|Language", "Tea|Text|und", []string{"C2 language.unknown ERROR"}},
		"language guessed":         {"Title|Script", "चाय|चाय कैसे बनाएं", []string{" language.guessed WARNING"}},
		"style unknown":            {"Title|Script|Style", "Tea|Text|retro", []string{"C2 style.unknown WARNING"}},
		"ratio unknown":            {"Title|Script|Aspect ratio", "Tea|Text|3:2", []string{"C2 aspect_ratio.unknown ERROR"}},
		"ratio of zero":            {"Title|Script|Aspect ratio", "Tea|Text|0:0", []string{"C2 aspect_ratio.unknown ERROR"}},
		"ratio odd for platform":   {"Title|Script|Aspect ratio|Platform", "Tea|Text|16:9|Shorts", []string{"C2 aspect_ratio.platform WARNING"}},
		"duration odd for shorts":  {"Title|Script|Duration|Platform", "Tea|Text|4 min|Shorts", []string{"C2 duration.platform WARNING"}},
		"priority unknown":         {"Title|Script|Priority", "Tea|Text|7", []string{"C2 priority.unknown WARNING"}},
		"platform unknown":         {"Title|Script|Platform", "Tea|Text|Myspace", []string{"C2 platforms.unknown WARNING"}},
		"tag too long":             {"Title|Script|Tags", "Tea|Text|a," + long, []string{"C2 tags.length WARNING"}},
		"too many tags":            {"Title|Script|Tags", "Tea|Text|" + numbers(51), []string{"C2 tags.count WARNING"}},
		"near miss":                {"Title|Script|Durration", "Tea|Text|soon", []string{"C1 column.unknown WARNING"}},
		"column twice":             {"Title|Script|Headline", "Tea|Text|Other", []string{"C1 column.duplicate WARNING"}},
		"column unnamed":           {"Title|Script||", "Tea|Text|x|", []string{"C1 column.unnamed WARNING"}},
		"no title column":          {"ID|Script", "1|Text", []string{" column.missing ERROR"}},
		"no script column":         {"ID|Title", "1|Tea", []string{" column.missing ERROR"}},
		"two errors":               {"Title|Script|Duration", "|Text|soon", []string{"A2 title.required ERROR", "C2 duration.format ERROR"}},
		"variable too long":        {"Title|Script|Campaign", "Tea|Text|" + strings.Repeat("x", 2001), []string{"C2 variable.length WARNING"}},
		"html in script":           {"Title|Script", "Tea|a<script>alert(1)</script>b", []string{"B2 script.html WARNING"}},
		"formula as text":          {"Title|Script", "=1+1|@Text", nil},
	} {
		t.Run(name, func(t *testing.T) {
			result := run(t, c.header, c.row)
			if diff := cmp.Diff(c.want, brief(result.Findings)); diff != "" {
				t.Errorf("findings (-want +got):\n%s", diff)
			}
			invalid := slices.ContainsFunc(c.want, func(f string) bool { return strings.HasSuffix(f, "ERROR") })
			if got := len(result.Rows) == 0; got != invalid {
				t.Errorf("row is left out: %v, want %v", got, invalid)
			}
			for _, f := range result.Findings {
				if f.GetMessage() == "" || f.GetRule() == "" || f.GetRowNumber() == 0 {
					t.Errorf("finding %v is incomplete", f)
				}
			}
		})
	}
}

func numbers(n int) string {
	var items []string
	for i := range n {
		items = append(items, fmt.Sprint("tag", i))
	}
	return strings.Join(items, ",")
}

func TestChoices(t *testing.T) {
	for _, c := range []struct {
		header, cell, want string
		get                func(*ingestv1.Idea) string
	}{
		{"Style", "Classic", "classic", (*ingestv1.Idea).GetStyle},
		{"Style", "retro", "modern", (*ingestv1.Idea).GetStyle},
		{"Aspect ratio", "9:16", "9:16", (*ingestv1.Idea).GetAspectRatio},
		{"Aspect ratio", "16 × 9", "16:9", (*ingestv1.Idea).GetAspectRatio},
		{"Aspect ratio", "1080x1920", "9:16", (*ingestv1.Idea).GetAspectRatio},
		{"Aspect ratio", "１：１", "1:1", (*ingestv1.Idea).GetAspectRatio},
		{"Aspect ratio", "4/5", "4:5", (*ingestv1.Idea).GetAspectRatio},
		{"Aspect ratio", "Vertical", "9:16", (*ingestv1.Idea).GetAspectRatio},
		{"Aspect ratio", "square", "1:1", (*ingestv1.Idea).GetAspectRatio},
		{"Aspect ratio", "landscape", "16:9", (*ingestv1.Idea).GetAspectRatio},
		{"Aspect ratio", "portrait", "4:5", (*ingestv1.Idea).GetAspectRatio},
		{"Platform", "youtube_shorts", "9:16", (*ingestv1.Idea).GetAspectRatio},
		{"Platform", "YouTube", "16:9", (*ingestv1.Idea).GetAspectRatio},
		{"Platform", "Instagram", "4:5", (*ingestv1.Idea).GetAspectRatio},
		{"Platform", "Myspace, YouTube", "16:9", (*ingestv1.Idea).GetAspectRatio},
		{"Platform", "Shorts\nReels；TikTok", "youtube_shorts instagram_reels tiktok", platforms},
		{"Platform", "My Space", "my_space", platforms},
		{"Tags", "#tea #calm", "tea calm", tags},
		{"Tags", "tea time, calm ; tea, Tea", "tea time calm tea", tags},
		{"Tags", "#", "", tags},
		{"Language", "en_US", "en-US", (*ingestv1.Idea).GetLanguage},
		{"Language", "Spanish", "es", (*ingestv1.Idea).GetLanguage},
		{"Language", "日本語", "ja", (*ingestv1.Idea).GetLanguage},
		{"Language", "Brazilian Portuguese", "pt-BR", (*ingestv1.Idea).GetLanguage},
		{"Language", "cmn", "cmn", (*ingestv1.Idea).GetLanguage},
		{"Language", "ga", "ga", (*ingestv1.Idea).GetLanguage},
		{"Priority", "High", "URGENT", priority},
		{"Priority", "10", "LOW", priority},
		{"Priority", "5", "NORMAL", priority},
		{"Priority", "", "PRIORITY_UNSPECIFIED", priority},
		{"Priority", "whenever", "PRIORITY_UNSPECIFIED", priority},
	} {
		result := run(t, "Title|Script|"+c.header, "Tea|Text|"+c.cell)
		if len(result.Rows) != 1 {
			t.Errorf("%s %q is refused: %v", c.header, c.cell, result.Findings)
		} else if got := c.get(result.Rows[0].Idea); got != c.want {
			t.Errorf("%s %q gives %q, want %q", c.header, c.cell, got, c.want)
		}
	}
}

func platforms(i *ingestv1.Idea) string { return strings.Join(i.GetPlatforms(), " ") }
func tags(i *ingestv1.Idea) string      { return strings.Join(i.GetTags(), " ") }
func priority(i *ingestv1.Idea) string  { return i.GetPriority().String() }

func TestSuggestions(t *testing.T) {
	for _, c := range []struct{ header, cell, want string }{
		{"Style", "modren", "Did you mean modern?"},
		{"Priority", "urgnt", "Did you mean urgent?"},
		{"Platform", "tiktokk", "Did you mean tiktok?"},
		{"Language", "Germn", "Write de for German."},
		{"Aspect ratio", "verticl", "Did you mean 9:16?"},
	} {
		result := run(t, "Title|Script|"+c.header, "Tea|Text|"+c.cell)
		if len(result.Findings) != 1 || result.Findings[0].GetSuggestion() != c.want {
			t.Errorf("%s %q: findings %v, want the suggestion %q", c.header, c.cell, result.Findings, c.want)
		}
	}
}

func TestGuessedLanguage(t *testing.T) {
	for text, want := range map[string]string{
		"Plain words":      "en",
		"¿Qué tal?":        "en",
		"お茶を入れましょう":        "ja",
		"泡一壶好茶":            "zh",
		"차 한 잔":            "ko",
		"كوب من الشاي":     "ar",
		"Чашка чая":        "ru",
		"12345 !?":         "en",
		"Tea is चाय today": "en",
	} {
		result := run(t, "Title|Script", text+"|"+text)
		if got := result.Rows[0].Idea.GetLanguage(); got != want {
			t.Errorf("language of %q is %q, want %q", text, got, want)
		}
	}
}

func TestSerialNumbers(t *testing.T) {
	const minute = 1.0 / (24 * 60)
	for name, c := range map[string]struct {
		header string
		number float64
		ratio  string
		want   time.Duration
		rules  []string
	}{
		"seconds":                  {"Duration", 45, "9:16", 45 * time.Second, nil},
		"fractional seconds":       {"Duration", 7.5, "9:16", 7500 * time.Millisecond, nil},
		"0:00:45 as a time":        {"Duration", 0.75 * minute, "9:16", 45 * time.Second, nil},
		"0:05 read as minutes":     {"Duration", 5 * minute, "9:16", 5 * time.Minute, []string{"C2 duration.clock WARNING"}},
		"0:45 read as minutes":     {"Duration", 45 * minute, "9:16", 0, []string{"C2 duration.range ERROR"}},
		"negative":                 {"Duration", -5, "9:16", 0, []string{"C2 duration.range ERROR"}},
		"beyond what fits":         {"Duration", 1e300, "9:16", 0, []string{"C2 duration.range ERROR"}},
		"9:16 read as a time":      {"Aspect ratio", (9*60 + 16) * minute, "9:16", 0, nil},
		"16:9 read as a time":      {"Aspect ratio", (16*60 + 9) * minute, "16:9", 0, nil},
		"1:1 read as a time":       {"Aspect ratio", 61 * minute, "1:1", 0, nil},
		"4:5 read as a time":       {"Aspect ratio", (4*60 + 5) * minute, "4:5", 0, nil},
		"another time is no ratio": {"Aspect ratio", 0.5, "", 0, []string{"C2 aspect_ratio.unknown ERROR"}},
	} {
		t.Run(name, func(t *testing.T) {
			result := runCells(t, "Title|Script|"+c.header, []source.Cell{source.Text("Tea"), source.Text("Text"), source.Number(c.number)})
			if diff := cmp.Diff(c.rules, brief(result.Findings)); diff != "" {
				t.Errorf("findings (-want +got):\n%s", diff)
			}
			for _, row := range result.Rows {
				if got := row.Idea.GetDuration().AsDuration(); got != c.want {
					t.Errorf("duration %v, want %v", got, c.want)
				}
				if got := row.Idea.GetAspectRatio(); got != c.ratio {
					t.Errorf("aspect ratio %q, want %q", got, c.ratio)
				}
			}
		})
	}
}
