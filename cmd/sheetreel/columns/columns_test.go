package columns

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
)

func TestFitIsExactInEveryScript(t *testing.T) {
	tests := []struct {
		name, in string
		width    int
		want     string
	}{
		{"latin", "Why cats purr", 8, "Why cat…"},
		{"short", "Tea", 5, "Tea  "},
		{"japanese", "富士山の朝", 7, "富士山…"},
		{"japanese odd", "富士山の朝", 6, "富士… "},
		{"combining", "cafe\u0301s", 5, "cafe\u0301s"},
		{"family emoji is one letter", "👨‍👩‍👧 home", 5, "👨‍👩‍👧 h…"},
		{"no space before the ellipsis", "ab cdef", 4, "ab… "},
		{"nothing", "abc", 0, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := Fit(tt.in, tt.width)
			if got != tt.want {
				t.Errorf("Fit(%q, %d) = %q, want %q", tt.in, tt.width, got, tt.want)
			}
			if Width(got) != tt.width {
				t.Errorf("width of %q = %d, want %d", got, Width(got), tt.width)
			}
		})
	}
}

func TestCleanDisarms(t *testing.T) {
	tests := []struct{ in, want string }{
		{"a\x1b[2Jb", "a[2Jb"},
		{"line\r\nbreak\ttab", "line break tab"},
		{"\u202eevil\u202c", "evil"},
		{"  two   spaces ", "two spaces"},
		{"keep 👨‍👩‍👧 and हिन्दी", "keep 👨‍👩‍👧 and हिन्दी"},
	}
	for _, tt := range tests {
		if got := Clean(tt.in); got != tt.want {
			t.Errorf("Clean(%q) = %q, want %q", tt.in, got, tt.want)
		}
	}
}

func TestTable(t *testing.T) {
	head := []Column{{Title: "row", Right: true}, {Title: "title", Flex: true}, {Title: "state"}}
	rows := [][]string{
		{"2", "Why cats purr at night", "COMPLETED"},
		{"11", "富士山の朝", "FAILED"},
	}
	want := []string{
		"row  title         state",
		"  2  Why cats pu…  COMPLETED",
		" 11  富士山の朝    FAILED",
	}
	if diff := cmp.Diff(want, Table(head, rows, 28)); diff != "" {
		t.Errorf("table of 28 columns (-want +got):\n%s", diff)
	}
	for _, line := range Table(head, rows, 0) {
		if strings.Contains(line, Ellipsis) {
			t.Errorf("without a width nothing may be cut: %q", line)
		}
	}
}

func TestWrap(t *testing.T) {
	tests := []struct {
		name, in string
		width    int
		want     []string
	}{
		{"fits", "row 6: no title", 15, []string{"row 6: no title"}},
		{"breaks", "row 6: the row has no title", 12, []string{"row 6: the", "  row has no", "  title"}},
		{"wide letters", "行 タイトル がない", 10, []string{"行", "  タイトル", "  がない"}},
		{"a link stays whole", "see https://example.com/long for more", 10, []string{"see", "  https://example.com/long", "  for more"}},
		{"not a terminal", "row 6: the row has no title", 0, []string{"row 6: the row has no title"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if diff := cmp.Diff(tt.want, Wrap(tt.in, tt.width, 2)); diff != "" {
				t.Errorf("lines (-want +got):\n%s", diff)
			}
		})
	}
}

func FuzzFit(f *testing.F) {
	f.Add("富士山 👨‍👩‍👧 e\u0301", 4)
	f.Add("\x1b[31mred", 3)
	f.Fuzz(func(t *testing.T, s string, width int) {
		if width < 0 || width > 300 {
			return
		}
		s = Clean(s)
		if strings.ContainsAny(s, "\x1b\n\r\t") {
			t.Errorf("Clean left a control character: %q", s)
		}
		got := Fit(s, width)
		if utf8.ValidString(s) && Width(got) != width {
			t.Errorf("width of Fit(%q, %d) = %d", s, width, Width(got))
		}
	})
}
