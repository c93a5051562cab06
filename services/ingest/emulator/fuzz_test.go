package emulator

import (
	"encoding/json"
	"math"
	"testing"
)

// A mask that is understood keeps no more than there was, and never breaks.
func FuzzParseMask(f *testing.F) {
	for _, seed := range []string{"a", "a,b.c", "a(b,c/d(e)),f", "*", "sheets(properties(title)),namedRanges", "a(", "a))", ",", "a.b.c.d.e"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		m, err := parseMask(text)
		if err != nil {
			return
		}
		if len(m) == 0 {
			t.Fatalf("parseMask(%q) keeps nothing", text)
		}
		m.check(bookSchema(), "")
		book := map[string]any{"properties": map[string]any{"title": "x"}, "sheets": []any{map[string]any{"properties": map[string]any{"sheetId": 0}}}}
		if kept, ok := m.apply(book).(map[string]any); !ok || len(kept) > len(book) {
			t.Fatalf("mask %q keeps %v", text, kept)
		}
	})
}

// Every cell can be sent: no number is one that JSON cannot hold.
func FuzzCells(f *testing.F) {
	for _, seed := range []string{"", "1", "-1.5e2", "1e999", "TRUE", "15%", "2026-11-24", "0:45", "=1+1", "'x", "NaN", "0x10", "1e999%"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		for _, c := range []cell{imported(text), entered(text)} {
			if v, ok := c.value.(float64); ok && (math.IsInf(v, 0) || math.IsNaN(v)) {
				t.Errorf("%q becomes %v", text, v)
			}
			for _, value := range []string{"FORMATTED_VALUE", "UNFORMATTED_VALUE", "FORMULA"} {
				if _, err := json.Marshal(c.render(rendering{value: value})); err != nil {
					t.Errorf("%q: %v", text, err)
				}
			}
			if c.value == nil && text != "" && text != "'" {
				t.Errorf("%q becomes empty", text)
			}
		}
	})
}

func FuzzReadCSV(f *testing.F) {
	for _, seed := range []string{"", "a,b\n1,2\n", "\ufeffa\n", "\"x", "a\r\n\"b\nc\",d", "\xff"} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, content []byte) {
		cells, err := readCSV(content)
		if err == nil && len(cells) > len(content) {
			t.Errorf("%d rows from %d bytes", len(cells), len(content))
		}
	})
}
