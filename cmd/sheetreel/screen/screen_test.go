package screen

import (
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestTerminalRespectsTheEnvironment(t *testing.T) {
	tests := []struct {
		name               string
		env                map[string]string
		live, color, ascii bool
	}{
		{"modern", map[string]string{"TERM": "xterm-256color", "LANG": "de_DE.UTF-8"}, true, true, false},
		{"no locale", map[string]string{"TERM": "xterm"}, true, true, false},
		{"NO_COLOR", map[string]string{"TERM": "xterm", "NO_COLOR": "1"}, true, false, false},
		{"dumb", map[string]string{"TERM": "dumb"}, false, false, false},
		{"C locale", map[string]string{"TERM": "xterm", "LC_ALL": "C", "LANG": "de_DE.UTF-8"}, true, true, true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := terminal(func(name string) string { return tt.env[name] }, nil)
			got := []bool{s.Live, s.Color, s.ASCII}
			if diff := cmp.Diff([]bool{tt.live, tt.color, tt.ascii}, got); diff != "" {
				t.Errorf("live, color, ascii (-want +got):\n%s", diff)
			}
		})
	}
}

func TestAFileIsNoTerminal(t *testing.T) {
	file, err := os.Create(t.TempDir() + "/out")
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	if s := Detect(file, os.Getenv); s.Live || s.Color {
		t.Errorf("a file was taken for a terminal: %+v", s)
	}
}

func TestDrawMovesBackOverWhatItDrew(t *testing.T) {
	var out strings.Builder
	width := 10
	live := NewLive(&out, func() int { return width })
	draw := func(above, lines []string) string {
		out.Reset()
		if err := live.Draw(above, lines); err != nil {
			t.Fatal(err)
		}
		return out.String()
	}
	if got, want := draw(nil, []string{"one", "two"}), "one\x1b[K\ntwo\x1b[K\n"; got != want {
		t.Errorf("first draw = %q, want %q", got, want)
	}
	if got, want := draw([]string{"done"}, []string{"\x1b[1m0123456789\x1b[0m"}), "\x1b[2A\r\x1b[Jdone\x1b[K\n\x1b[1m0123456789\x1b[0m\x1b[K\n"; got != want {
		t.Errorf("second draw = %q, want %q", got, want)
	}
	width = 4 // the ten letters now take three rows
	if got, want := draw(nil, nil), "\x1b[3A\r\x1b[J"; got != want {
		t.Errorf("last draw = %q, want %q", got, want)
	}
	if got := draw(nil, nil); got != "" {
		t.Errorf("with nothing drawn there is nothing to take away, but %q was written", got)
	}
}
