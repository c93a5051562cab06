package csv_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"runtime"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/unicode"

	errorsv1 "github.com/sheetreel/sheetreel/gen/sheetreel/errors/v1"
	"github.com/sheetreel/sheetreel/kit/errs"
	"github.com/sheetreel/sheetreel/services/ingest/source"
	"github.com/sheetreel/sheetreel/services/ingest/source/csv"
)

// read reads all of a text, and shows cells as texts, rows with "|" between them, and the rules of the notes.
func read(t *testing.T, text string, o csv.Options) (rows, rules []string) {
	t.Helper()
	stream, err := csv.Open(t.Context(), strings.NewReader(text), int64(len(text)), o)
	if err != nil {
		t.Fatal(err)
	}
	table, err := source.ReadAll(t.Context(), stream)
	if err != nil {
		t.Fatal(err)
	}
	for _, row := range table.Rows {
		var cells []string
		for _, cell := range row {
			cells = append(cells, cell.String())
		}
		rows = append(rows, strings.Join(cells, "|"))
	}
	for _, note := range table.Notes {
		rules = append(rules, fmt.Sprintf("%s:%d", note.Rule, note.Row))
	}
	return rows, rules
}

func encode(t *testing.T, text string, with interface{ Bytes([]byte) ([]byte, error) }) string {
	t.Helper()
	out, err := with.Bytes([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return string(out)
}

func TestEncodings(t *testing.T) {
	const text = "Title,Script\nKäse,Größe „x“ €\nTea,Green tea is a drink\n"
	want := []string{"Title|Script", "Käse|Größe „x“ €", "Tea|Green tea is a drink"}
	guessed := []string{"file.encoding:0"}
	for name, c := range map[string]struct {
		file  string
		rules []string
	}{
		"UTF-8":                 {text, nil},
		"UTF-8 with a mark":     {"\ufeff" + text, nil},
		"UTF-16 LE with a mark": {encode(t, text, unicode.UTF16(unicode.LittleEndian, unicode.UseBOM).NewEncoder()), nil},
		"UTF-16 BE with a mark": {encode(t, text, unicode.UTF16(unicode.BigEndian, unicode.UseBOM).NewEncoder()), nil},
		"UTF-16 LE":             {encode(t, text, unicode.UTF16(unicode.LittleEndian, unicode.IgnoreBOM).NewEncoder()), nil},
		"UTF-16 BE":             {encode(t, text, unicode.UTF16(unicode.BigEndian, unicode.IgnoreBOM).NewEncoder()), nil},
		"Windows-1252":          {encode(t, text, charmap.Windows1252.NewEncoder()), guessed},
	} {
		t.Run(name, func(t *testing.T) {
			rows, rules := read(t, c.file, csv.Options{})
			if diff := cmp.Diff(want, rows); diff != "" {
				t.Errorf("rows (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(c.rules, rules); diff != "" {
				t.Errorf("notes (-want +got):\n%s", diff)
			}
		})
	}
	t.Run("one damaged byte keeps the rest", func(t *testing.T) {
		rows, rules := read(t, text+"Te\xffe,ü\n", csv.Options{})
		if got := rows[3]; got != "Te\ufffde|ü" || !cmp.Equal(rules, guessed) {
			t.Errorf("row %q, notes %v", got, rules)
		}
	})
	t.Run("a letter that is first seen far down decides", func(t *testing.T) {
		rows, rules := read(t, "Title,Script\n"+strings.Repeat("Tea,Text\n", 20_000)+"Caf\xe9,x\n", csv.Options{})
		if got := rows[len(rows)-1]; got != "Café|x" || !cmp.Equal(rules, guessed) {
			t.Errorf("last row %q, notes %v", got, rules)
		}
	})
	t.Run("what is known is not guessed", func(t *testing.T) {
		rows, rules := read(t, "Titl\xe9,b", csv.Options{Encoding: csv.Windows1252})
		if rows[0] != "Titlé|b" || rules != nil {
			t.Errorf("%q, notes %v", rows, rules)
		}
	})
}

func TestRecords(t *testing.T) {
	for name, c := range map[string]struct {
		file  string
		rows  []string
		rules []string
	}{
		"semicolons, with commas in texts": {"Title;Script\nTea, green;Water, hot, and leaves\nA;B", []string{"Title|Script", "Tea, green|Water, hot, and leaves", "A|B"}, nil},
		"tabs":                             {"a\tb\tc\n1\t2\t3\n", []string{"a|b|c", "1|2|3"}, nil},
		"bars":                             {"a|b\n1|2\n", []string{"a|b", "1|2"}, nil},
		"separators in quotation marks":    {"a;b\n\"1,2,3,4\";\"5;6\"\n\"1,2,3,4\";7\n", []string{"a|b", "1,2,3,4|5;6", "1,2,3,4|7"}, nil},
		"separator declared":               {"sep=;\r\na;b\r\n1,5;2\r\n", []string{"a|b", "1,5|2"}, nil},
		"one column":                       {"Title\nTea\n", []string{"Title", "Tea"}, nil},
		"line ends CRLF, LF, CR":           {"a,b\r\nc,d\ne,f\rg,h", []string{"a|b", "c|d", "e|f", "g|h"}, nil},
		"lines and marks in a text":        {"a,b\n\"x\r\ny \"\"z\"\"\",1\n", []string{"a|b", "x\ny \"z\"|1"}, nil},
		"spaces around marks":              {"a,b,c\n \"x, y\" , \"z\",1\n", []string{"a|b|c", "x, y|z|1"}, nil},
		"stray marks":                      {"a,b\n\"say \"hi\" to me\",5\" wide\n", []string{"a|b", "say \"hi\" to me|5\" wide"}, []string{"quote.stray:2", "quote.stray:2"}},
		"mark never closed":                {"a,b\n1,\"x\n2,y\n", []string{"a|b", "1|x\n2,y\n"}, []string{"quote.open:2"}},
		"ragged":                           {"a,b,c\n1\n1,2,3,,\n", []string{"a|b|c", "1||", "1|2|3"}, nil},
		"blank lines keep their rows":      {"a,b\n\n,\n1,2\n\n\n", []string{"a|b", "|", "|", "1|2"}, nil},
		"zero bytes":                       {"a,b\n1\x00,2\x00\n", []string{"a|b", "1|2"}, []string{"file.nul:2"}},
		"as written":                       {"007,1.50,TRUE,true,=1+1,#REF!\n", []string{"007|1.50|TRUE|true|=1+1|#REF!"}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			rows, rules := read(t, c.file, csv.Options{})
			if diff := cmp.Diff(c.rows, rows); diff != "" {
				t.Errorf("rows (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(c.rules, rules); diff != "" {
				t.Errorf("notes (-want +got):\n%s", diff)
			}
		})
	}
}

func TestKinds(t *testing.T) {
	text := "007,TRUE,true,#N/A,,1.5"
	rows, err := csv.Open(t.Context(), strings.NewReader(text), int64(len(text)), csv.Options{})
	if err != nil {
		t.Fatal(err)
	}
	var kinds []source.Kind
	for _, cell := range rows.Head().Rows[0] {
		kinds = append(kinds, cell.Kind())
	}
	want := []source.Kind{source.KindText, source.KindBool, source.KindText, source.KindError, source.KindEmpty, source.KindText}
	if diff := cmp.Diff(want, kinds); diff != "" {
		t.Errorf("kinds (-want +got):\n%s", diff)
	}
}

func TestRefusals(t *testing.T) {
	for name, c := range map[string]struct{ file, want string }{
		"nothing":          {"", "the file is empty"},
		"blanks":           {" \r\n\t", "the file is empty"},
		"UTF-32":           {"\xff\xfe\x00\x00T\x00\x00\x00", "UTF-32"},
		"open mark":        {"a,b\n1,\"" + strings.Repeat("text, ", 200_000), "cell B2"},
		"too many columns": {"a\n" + strings.Repeat(",", csv.MaxColumns), "row 2 has more than 1000 columns"},
		"too many rows":    {strings.Repeat("a\n", csv.MaxRows+1), "more than 200000 rows"},
	} {
		t.Run(name, func(t *testing.T) {
			rows, err := csv.Open(t.Context(), strings.NewReader(c.file), int64(len(c.file)), csv.Options{})
			if err == nil {
				_, err = source.ReadAll(t.Context(), rows)
			}
			if errs.ReasonOf(err) != errorsv1.ErrorReason_VALIDATION_FAILED || !strings.Contains(err.Error(), c.want) {
				t.Errorf("error is %v, want one with %q", err, c.want)
			}
		})
	}
}

func TestRowsWiderThanTheFirstAreNoted(t *testing.T) {
	text := strings.Repeat("a,b\n", 300) + "a,b,c\n" + "a,b,\n"
	rows, rules := read(t, text, csv.Options{})
	if len(rows) != 302 || rows[300] != "a|b" || !cmp.Equal(rules, []string{"row.width:301"}) {
		t.Errorf("%d rows, row 301 %q, notes %v", len(rows), rows[300], rules)
	}
}

// table is a file of many rows that is made while it is read.
func table(rows int) []byte {
	var b bytes.Buffer
	b.WriteString("Title,Script")
	for c := 3; c <= 20; c++ {
		fmt.Fprintf(&b, ",Column %d", c)
	}
	for r := range rows {
		fmt.Fprintf(&b, "\nTitle %d,\"Text %d, with a comma\"", r, r)
		for c := 3; c <= 20; c++ {
			fmt.Fprintf(&b, ",value %d", r*c)
		}
	}
	return b.Bytes()
}

// countRows reads to the end and gives the largest heap seen between pieces.
func countRows(t testing.TB, file []byte) (rows int, heap uint64) {
	stream, err := csv.Open(t.Context(), bytes.NewReader(file), int64(len(file)), csv.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer stream.Close()
	piece := stream.Head()
	for n := 0; ; n++ {
		rows += len(piece.Rows)
		if n%20 == 0 {
			var m runtime.MemStats
			runtime.GC()
			runtime.ReadMemStats(&m)
			heap = max(heap, m.HeapAlloc)
		}
		piece, err = stream.Next(t.Context())
		if errors.Is(err, io.EOF) {
			return rows, heap
		}
		if err != nil {
			t.Fatal(err)
		}
	}
}

func TestMemoryDoesNotGrowWithTheFile(t *testing.T) {
	small, large := table(2_000), table(100_000)
	_, few := countRows(t, small)
	rows, many := countRows(t, large)
	t.Logf("100,000 rows of 20 columns, %d MB: live heap %d MB at most, %d MB for 2,000 rows", len(large)>>20, many>>20, few>>20)
	if rows != 100_001 {
		t.Errorf("%d rows", rows)
	}
	if many > few+16<<20 {
		t.Errorf("the live heap grew from %d to %d bytes", few, many)
	}
	runtime.KeepAlive(small)
}

func BenchmarkRead(b *testing.B) {
	file := table(100_000)
	b.SetBytes(int64(len(file)))
	b.ReportAllocs()
	for b.Loop() {
		stream, err := csv.Open(b.Context(), bytes.NewReader(file), int64(len(file)), csv.Options{})
		if err != nil {
			b.Fatal(err)
		}
		for err == nil {
			_, err = stream.Next(b.Context())
		}
		if !errors.Is(err, io.EOF) {
			b.Fatal(err)
		}
	}
	b.ReportMetric(100_000*float64(b.N)/b.Elapsed().Seconds(), "rows/s")
}
