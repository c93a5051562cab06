package source_test

import (
	"testing"

	"github.com/sheetreel/sheetreel/services/ingest/source"
)

func TestNumbersAreShownInTheirForm(t *testing.T) {
	for _, c := range []struct {
		n    float64
		form source.Form
		want string
	}{
		{0.15, source.FormPercent, "15%"},
		{0.155, source.FormPercent, "15.5%"},
		{0.07, source.FormPercent, "7%"},
		{-1, source.FormPercent, "-100%"},
		{0, source.FormPercent, "0%"},
		{46350, source.FormDate, "2026-11-24"},
		{46350.583333333336, source.FormDateTime, "2026-11-24 14:00"},
		{46350.58338, source.FormDateTime, "2026-11-24 14:00:04"},
		{46350, source.FormDateTime, "2026-11-24"},
		{0.03125, source.FormTime, "0:45"},
		{1.0625, source.FormTime, "25:30"},
		{0.0005208333, source.FormTime, "0:00:45"},
		{-1, source.FormDate, "-1"},
		{1e9, source.FormDate, "1000000000"},
		{0.15, source.FormPlain, "0.15"},
	} {
		if got := source.Number(c.n).As(c.form).String(); got != c.want {
			t.Errorf("%v in form %d is %q, want %q", c.n, c.form, got, c.want)
		}
	}
	if got := source.Text("x").As(source.FormPercent); got != source.Text("x") {
		t.Errorf("a text has become %v", got)
	}
}
