package a1_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/sheetreel/sheetreel/services/ingest/source/a1"
)

func TestParse(t *testing.T) {
	whole, open := a1.Whole(), a1.Open
	tests := []struct {
		text string
		want a1.Reference
	}{
		{"Ideas", a1.Reference{Name: "Ideas", Area: whole}},
		{"My ideas", a1.Reference{Name: "My ideas", Area: whole}},
		{"Q4", a1.Reference{Area: a1.Area{Left: 16, Top: 3, Right: 16, Bottom: 3}}},
		{"'Q4'", a1.Reference{Tab: "Q4", Area: whole}},
		{"ABCD1", a1.Reference{Name: "ABCD1", Area: whole}}, // beyond column ZZZ
		{"ZZZ1", a1.Reference{Area: a1.Area{Left: 18277, Right: 18277}}},
		{"A0", a1.Reference{Name: "A0", Area: whole}},
		{"A", a1.Reference{Name: "A", Area: whole}},
		{"7", a1.Reference{Name: "7", Area: whole}},
		{"A1:B2", a1.Reference{Area: a1.Area{Right: 1, Bottom: 1}}},
		{"b2:a1", a1.Reference{Area: a1.Area{Right: 1, Bottom: 1}}},
		{"$A$1:$B$2", a1.Reference{Area: a1.Area{Right: 1, Bottom: 1}}},
		{"A2:Z", a1.Reference{Area: a1.Area{Top: 1, Right: 25, Bottom: open}}},
		{"C2:5", a1.Reference{Area: a1.Area{Left: 2, Top: 1, Right: open, Bottom: 4}}},
		{"A:C", a1.Reference{Area: a1.Area{Right: 2, Bottom: open}}},
		{"C:A", a1.Reference{Area: a1.Area{Right: 2, Bottom: open}}},
		{"3:5", a1.Reference{Area: a1.Area{Top: 2, Right: open, Bottom: 4}}},
		{"Ideas!A2:Z", a1.Reference{Tab: "Ideas", Area: a1.Area{Top: 1, Right: 25, Bottom: open}}},
		{"My ideas!A1", a1.Reference{Tab: "My ideas"}},
		{"a!b!A1", a1.Reference{Tab: "a!b"}},
		{"'It''s'!A:C", a1.Reference{Tab: "It's", Area: a1.Area{Right: 2, Bottom: open}}},
		{"'a!b/c'!3:5", a1.Reference{Tab: "a!b/c", Area: a1.Area{Top: 2, Right: open, Bottom: 4}}},
		{"Идеи!A1", a1.Reference{Tab: "Идеи"}},
	}
	for _, tt := range tests {
		t.Run(tt.text, func(t *testing.T) {
			got, err := a1.Parse(tt.text)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("Parse(%q) (-want +got):\n%s", tt.text, diff)
			}
		})
	}
}

func TestParseRefuses(t *testing.T) {
	tests := map[string]string{
		"":                "range is empty",
		"!A1":             `range "!A1": nothing before the exclamation mark`,
		"Ideas!":          `range "Ideas!": "" names no cells`,
		"Ideas!nothing":   `range "Ideas!nothing": "nothing" names no cells`,
		"Ideas!A1:":       `range "Ideas!A1:": "A1:" names no cells`,
		"Ideas!A:B2":      `range "Ideas!A:B2": "A:B2" names no cells`,
		"Ideas!1:B2":      `range "Ideas!1:B2": "1:B2" names no cells`,
		"Ideas!A$":        `range "Ideas!A$": "A$" names no cells`,
		"Ideas!A1000001x": `range "Ideas!A1000001x": "A1000001x" names no cells`,
		"'Ideas":          `range "'Ideas": the quote is not closed`,
		"''!A1":           `range "''!A1": the quotes are empty`,
		"'Ideas'A1":       `range "'Ideas'A1": an exclamation mark must follow the quoted tab`,
		"\xff!A1":         "range is not UTF-8",
	}
	for text, want := range tests {
		_, err := a1.Parse(text)
		if err == nil || err.Error() != want {
			t.Errorf("Parse(%q) error = %v, want %s", text, err, want)
		}
	}
}

func TestQuote(t *testing.T) {
	tests := map[string]string{
		"Ideas": "Ideas", "ideas_2": "ideas_2", "My ideas": "'My ideas'", "It's": "'It''s'", "Q4": "'Q4'", "2026": "'2026'", "Идеи": "'Идеи'",
	}
	for tab, want := range tests {
		if got := a1.Quote(tab); got != want {
			t.Errorf("Quote(%q) = %s, want %s", tab, got, want)
		}
	}
}

func TestClamp(t *testing.T) {
	tests := []struct {
		name string
		area a1.Area
		want string
		ok   bool
	}{
		{"whole", a1.Whole(), "A1:Z1000", true},
		{"open bottom", a1.Area{Top: 1, Right: 2, Bottom: a1.Open}, "A2:C1000", true},
		{"too wide", a1.Area{Right: 99, Bottom: 4}, "A1:Z5", true},
		{"below the grid", a1.Area{Top: 1000, Right: 1, Bottom: 2000}, "", false},
	}
	for _, tt := range tests {
		got, ok := tt.area.Clamp(1000, 26)
		if ok != tt.ok || (ok && got.String() != tt.want) {
			t.Errorf("%s: Clamp = %s, %v, want %s, %v", tt.name, got, ok, tt.want, tt.ok)
		}
	}
}

// Whatever is understood keeps its meaning when it is written and read again.
func FuzzParse(f *testing.F) {
	for _, seed := range []string{"Ideas", "A1", "A2:Z", "A:C", "3:5", "C2:5", "'It''s'!A:C", "$A$1:$B$2", "x!A1:ZZZ10000000", "'", "!", "A1:"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		first, err := a1.Parse(text)
		if err != nil {
			return
		}
		if a := first.Area; a.Left < 0 || a.Top < 0 || (a.Right != a1.Open && a.Right < a.Left) || (a.Bottom != a1.Open && a.Bottom < a.Top) {
			t.Fatalf("Parse(%q) gives the area %+v", text, a)
		}
		written := first.String()
		second, err := a1.Parse(written)
		if err != nil {
			t.Fatalf("Parse(%q), written as %q: %v", text, written, err)
		}
		// A reading up to the last possible column is written the same way as one that is open to the right.
		normalise := func(r a1.Reference) a1.Reference {
			if r.Area.Right == a1.MaxColumns-1 && r.Area.Left != r.Area.Right {
				r.Area.Right = a1.Open
			}
			return r
		}
		if diff := cmp.Diff(normalise(first), normalise(second)); diff != "" {
			t.Fatalf("Parse(%q), written as %q (-first +second):\n%s", text, written, diff)
		}
	})
}
