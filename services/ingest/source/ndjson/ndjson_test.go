package ndjson_test

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/sheetreel/sheetreel/kit/errs"
	"github.com/sheetreel/sheetreel/services/ingest/source"
	"github.com/sheetreel/sheetreel/services/ingest/source/ndjson"
)

func read(t *testing.T, text string) (*source.Table, error) {
	t.Helper()
	rows, err := ndjson.Open(t.Context(), strings.NewReader(text), int64(len(text)), "ideas.ndjson")
	if err != nil {
		return nil, err
	}
	return source.ReadAll(t.Context(), rows)
}

func TestObjectsAreRows(t *testing.T) {
	table, err := read(t, strings.Join([]string{
		"\ufeff" + `{"title": "Tea", "script": "Green\ntea", "row_number": 7, "duration": "12.500s"}`,
		``,
		` {"script":"x","Mood":"dark","variables":{"Title":"b"},"tags":["a","b",3],"due_time":null} `,
		`{"title":"007","duration":45,"ok":true,"id":12345678901234567890,"scenes":[{"text": "One"}],"script":null}`,
		`{"assets":[{"kind":"IMAGE","uri":"https://a"},{"kind":"IMAGE","uri":"https://b"},{"kind":"LOGO","uri":"https://c"},{"kind":"VIDEO","uri":"https://d","scene":2}]}`,
	}, "\r\n"))
	if err != nil {
		t.Fatal(err)
	}
	got := map[int]map[string]string{}
	for i, row := range table.Rows[1:] {
		got[i+2] = map[string]string{}
		for column, cell := range row {
			if !cell.IsEmpty() {
				got[i+2][table.Rows[0][column].String()] = fmt.Sprint(cell.Kind(), " ", cell)
			}
		}
	}
	want := map[int]map[string]string{
		2: {"title": "1 Tea", "script": "1 Green\ntea", "duration": "1 12.5s"},
		3: {},
		4: {"script": "1 x", "Mood": "1 dark", "var:Title": "1 b", "tags": "1 a\nb\n3"},
		5: {"title": "1 007", "duration": "2 45", "ok": "3 TRUE", "id": "1 12345678901234567890", "scenes": `1 [{"text":"One"}]`},
		6: {"images": "1 https://a\nhttps://b", "logo": "1 https://c", "scene_2_videos": "1 https://d"},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("rows (-want +got):\n%s", diff)
	}
}

func TestAFileWithAWrongLineIsRefused(t *testing.T) {
	wide := &strings.Builder{}
	for i := range ndjson.MaxColumns + 1 {
		fmt.Fprintf(wide, "{\"n%d\":1}\n", i)
	}
	for text, want := range map[string]string{
		"\n \n":                              "the file has no ideas",
		"{\"a\":1}\n\nTea,Text":              "line 3: is no JSON object",
		"{\"a\":1}\n{\"a\":":                 "line 2: is not valid JSON: it ends too early",
		"{\"a\":1}\n{\"a\":1 \"b\":2}":       "line 2: is not valid JSON at byte",
		"{\"a\":1} {\"a\":2}":                "line 1: has more than one JSON object",
		"{\"\":1}":                           "line 1: has a value without a name",
		"{\"a\":\"\xff\"}":                   "line 1: is not UTF-8",
		"{\"assets\":[{\"kind\":\"SONG\"}]}": `line 1: "SONG" is no kind of an asset`,
		"{\"a\":\"" + strings.Repeat("x", 1<<20) + "\"}": "line 1 has more than 1 MiB",
		strings.Repeat("{\"a\":1}\n", ndjson.MaxLines+1): "more than 200000 lines",
		wide.String(): "more than 1000 different names",
	} {
		if _, err := read(t, text); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%.40q: error is %v, want %q", text, err, want)
		}
	}
}

// FuzzOpen feeds any bytes: the file is read with a row for each line, or refused in words.
func FuzzOpen(f *testing.F) {
	for _, seed := range []string{`{"title":"a"}`, "{}\n{\"a\":[1,[2]]}", "\xff{", `{"variables":{"":1}}`, `{"assets":null,"variables":[]}`} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, file []byte) {
		rows, err := ndjson.Open(t.Context(), bytes.NewReader(file), int64(len(file)), "f")
		var table *source.Table
		if err == nil {
			table, err = source.ReadAll(t.Context(), rows)
		}
		if err != nil {
			if errs.ReasonOf(err) == 0 {
				t.Fatalf("refused without a reason: %v", err)
			}
			return
		}
		if lines := bytes.Count(file, []byte("\n")) + 1; len(table.Rows) > lines+1 {
			t.Fatalf("%d rows of %d lines", len(table.Rows), lines)
		}
	})
}
