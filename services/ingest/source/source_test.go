package source_test

import (
	"math"
	"testing"

	"github.com/sheetreel/sheetreel/services/ingest/source"
)

func TestCellReadsAsAPersonWouldReadIt(t *testing.T) {
	tests := []struct {
		name string
		cell source.Cell
		kind source.Kind
		want string
	}{
		{"zero value", source.Cell{}, source.KindEmpty, ""},
		{"empty text", source.Text(""), source.KindEmpty, ""},
		{"text", source.Text("Hello"), source.KindText, "Hello"},
		{"hash that is no error", source.Text("#shorts"), source.KindText, "#shorts"},
		{"reference error", source.Text("#REF!"), source.KindError, "#REF!"},
		{"not available", source.Text("#N/A"), source.KindError, "#N/A"},
		{"zero", source.Number(0), source.KindNumber, "0"},
		{"negative zero", source.Number(math.Copysign(0, -1)), source.KindNumber, "0"},
		{"whole", source.Number(45), source.KindNumber, "45"},
		{"fraction", source.Number(0.1 + 0.2), source.KindNumber, "0.3"},
		{"large whole", source.Number(123456789012), source.KindNumber, "123456789012"},
		{"huge", source.Number(1e21), source.KindNumber, "1e+21"},
		{"largest", source.Number(math.MaxFloat64), source.KindNumber, "1.7976931348623157e+308"},
		{"true", source.Bool(true), source.KindBool, "TRUE"},
		{"false", source.Bool(false), source.KindBool, "FALSE"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := tt.cell.String(); got != tt.want {
				t.Errorf("String() = %q, want %q", got, tt.want)
			}
			if got := tt.cell.Kind(); got != tt.kind {
				t.Errorf("Kind() = %v, want %v", got, tt.kind)
			}
			if got, want := tt.cell.IsEmpty(), tt.kind == source.KindEmpty; got != want {
				t.Errorf("IsEmpty() = %v, want %v", got, want)
			}
			if _, ok := tt.cell.Number(); ok != (tt.kind == source.KindNumber) {
				t.Errorf("Number() ok = %v for kind %v", ok, tt.kind)
			}
		})
	}
}

func TestNames(t *testing.T) {
	letters := map[int]string{-1: "", 0: "A", 25: "Z", 26: "AA", 51: "AZ", 52: "BA", 701: "ZZ", 702: "AAA", 18277: "ZZZ"}
	for column, want := range letters {
		if got := source.ColumnLetter(column); got != want {
			t.Errorf("ColumnLetter(%d) = %q, want %q", column, got, want)
		}
	}
	table := source.Table{FirstRow: 3, FirstColumn: 1}
	if got := table.Name(4, 2); got != "D7" {
		t.Errorf("Name(4, 2) = %q, want D7", got)
	}
}
