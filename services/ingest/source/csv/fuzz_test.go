package csv_test

import (
	"bytes"
	stdcsv "encoding/csv"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/sheetreel/sheetreel/kit/errs"
	"github.com/sheetreel/sheetreel/services/ingest/source"
	"github.com/sheetreel/sheetreel/services/ingest/source/csv"
)

// FuzzOpen feeds any bytes: the file is read as valid texts of one width, or refused in words.
func FuzzOpen(f *testing.F) {
	for _, seed := range []string{"a,b\n1,2", "\xff\xfea\x00;\x00", "\ufeffa\tb", "sep=|\na|b", "\"a\"b\",\r\r\n\"", "a\x00,\xe9", "\" \" \n\"\"\"\n"} {
		f.Add([]byte(seed), byte(0), int8(0))
	}
	f.Fuzz(func(t *testing.T, file []byte, delimiter byte, encoding int8) {
		o := csv.Options{}
		if strings.ContainsRune(",;\t|", rune(delimiter)) {
			o.Delimiter = delimiter
		}
		if encoding > 0 && csv.Encoding(encoding) <= csv.Windows1252 {
			o.Encoding = csv.Encoding(encoding)
		}
		rows, err := csv.Open(t.Context(), bytes.NewReader(file), int64(len(file)), o)
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
		for _, row := range table.Rows {
			if len(row) != len(table.Rows[0]) {
				t.Fatalf("rows of %d and %d cells", len(row), len(table.Rows[0]))
			}
			for _, cell := range row {
				if !utf8.ValidString(cell.String()) {
					t.Fatalf("cell %q is no UTF-8", cell.String())
				}
			}
		}
	})
}

// FuzzWritten reads back what a writer by the standard has written.
func FuzzWritten(f *testing.F) {
	f.Add("a", "b,c", "d\"e", "f\ng")
	f.Add("", " x ", "\"", "ü;")
	f.Fuzz(func(t *testing.T, a, b, c, d string) {
		want := []string{a, b, c, d}
		for _, text := range want {
			if !utf8.ValidString(text) || strings.ContainsAny(text, "\x00\r\ufeff\ufffd") {
				return
			}
		}
		var file strings.Builder
		w := stdcsv.NewWriter(&file)
		for range 3 {
			if err := w.Write(want); err != nil {
				t.Fatal(err)
			}
		}
		w.Flush()
		if strings.TrimSpace(file.String()) == "" {
			return
		}
		rows, err := csv.Open(t.Context(), strings.NewReader(file.String()), int64(file.Len()), csv.Options{Encoding: csv.UTF8, Delimiter: ','})
		if err != nil {
			t.Fatal(err)
		}
		for _, row := range rows.Head().Rows {
			for i, cell := range row {
				if cell.String() != want[i] {
					t.Fatalf("cell %d is %q, want %q in %q", i, cell.String(), want[i], file.String())
				}
			}
		}
	})
}
