package e2e

import (
	"encoding/csv"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// spreadsheet is the id that the emulator gives its spreadsheet.
const spreadsheet = "demo"

// sheet is a CSV file that the emulator serves as a tab of the spreadsheet.
type sheet struct {
	file string
}

// idea is a row of a sheet.
type idea struct {
	id, title, script, ratio string
	voice                    string // empty lets the language decide
}

// newSheet writes a sheet of ideas.
func newSheet(t *testing.T, ideas ...idea) sheet {
	t.Helper()
	s := sheet{filepath.Join(t.TempDir(), "ideas.csv")}
	s.write(t, ideas...)
	return s
}

// write replaces the rows.
func (s sheet) write(t *testing.T, ideas ...idea) {
	t.Helper()
	var text strings.Builder
	w := csv.NewWriter(&text)
	rows := [][]string{{"ID", "Idea title", "Script", "Aspect ratio", "Voice"}}
	for _, i := range ideas {
		rows = append(rows, []string{i.id, i.title, i.script, i.ratio, i.voice})
	}
	if err := w.WriteAll(rows); err != nil {
		t.Fatal(err)
	}
	// The emulator may read at any moment, so the file appears at once.
	temporary := s.file + ".new"
	if err := os.WriteFile(temporary, []byte(text.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(temporary, s.file); err != nil {
		t.Fatal(err)
	}
}

// short gives an idea whose video takes a moment to render.
func short(id, title string) idea {
	return idea{id: id, title: title, script: "This is " + title + ".", ratio: "9:16"}
}

// long gives an idea whose video takes long enough to be caught while it renders.
func long(id, title string) idea {
	return idea{id: id, title: title, script: strings.Repeat("The quick brown fox jumps over the lazy dog. ", 10), ratio: "9:16"}
}

// endless gives an idea whose video takes minutes, and so does its rendering with many frames. It is silent: speaking
// so much would take its time too.
func endless(id, title string) idea {
	return idea{id: id, title: title, script: strings.Repeat("The quick brown fox jumps over the lazy dog. ", 60), ratio: "9:16", voice: "none"}
}
