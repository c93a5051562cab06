package reportcsv

import (
	"strings"
	"testing"
)

func TestCell(t *testing.T) {
	for text, want := range map[string]string{
		"":                "",
		"Tea":             "Tea",
		"a=b":             "a=b",
		"=1+1":            "'=1+1",
		"+49 30":          "'+49 30",
		"-3":              "'-3",
		"@SUM(A1)":        "'@SUM(A1)",
		"\t=1":            "'\t=1",
		"\r=1":            "'\r=1",
		" =1":             "' =1",
		"\n=1":            "'\n=1",
		"\u00a0=1":        "'\u00a0=1",
		"\ufeff=1":        "'\ufeff=1",
		"＝1":              "'＝1",
		"   ":             "   ",
		"'=1":             "'=1",
		"“=1” is a risk.": "“=1” is a risk.",
	} {
		if got := Cell(text); got != want {
			t.Errorf("Cell(%q) = %q, want %q", text, got, want)
		}
	}
}

func FuzzCell(f *testing.F) {
	f.Add("=1")
	f.Add(" -2")
	f.Fuzz(func(t *testing.T, text string) {
		got := Cell(text)
		if strings.TrimPrefix(got, "'") != text && got != text {
			t.Errorf("Cell(%q) = %q changes more than its beginning", text, got)
		}
		if got != "" && strings.ContainsRune("=+-@\t\r", rune(got[0])) {
			t.Errorf("Cell(%q) = %q is taken for a formula", text, got)
		}
	})
}
