package quote

import (
	"encoding/json"
	"fmt"
	"math"
	"os"
	"path/filepath"
)

// load reads what was learned.
func load(path string) map[string]lesson {
	out := map[string]lesson{}
	if path == "" {
		return out
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return out
	}
	return read(text)
}

// read takes what is sound out of a file.
func read(text []byte) map[string]lesson {
	var file map[string]lesson
	out := map[string]lesson{}
	if json.Unmarshal(text, &file) != nil {
		return out
	}
	for kind, l := range file {
		if math.Abs(l.Bias) <= 3 && l.Spread >= leastSpread && l.Spread <= 3 && l.Count > 0 {
			out[kind] = l
		}
	}
	return out
}

// save writes it beside the old file first, so that a crash leaves one of the two.
func save(path string, lessons map[string]lesson) error {
	if path == "" {
		return nil
	}
	text, err := json.Marshal(lessons)
	if err != nil {
		return fmt.Errorf("quotes: %w", err)
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return fmt.Errorf("quotes: %w", err)
	}
	temporary, err := os.CreateTemp(filepath.Dir(path), ".quotes-*")
	if err != nil {
		return fmt.Errorf("quotes: %w", err)
	}
	_, err = temporary.Write(text)
	if closing := temporary.Close(); err == nil {
		err = closing
	}
	if err == nil {
		err = os.Rename(temporary.Name(), path)
	}
	if err != nil {
		_ = os.Remove(temporary.Name())
		return fmt.Errorf("quotes: %w", err)
	}
	return nil
}
