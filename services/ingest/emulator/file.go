package emulator

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"os"
	"time"
	"unicode/utf8"
)

// maxFileBytes bounds a CSV file.
const maxFileBytes = 64 << 20

// stamp tells one version of a file from another.
type stamp struct {
	changed time.Time
	size    int64
}

// refresh reads the tab's file again if it has changed.
func (t *tab) refresh() error {
	if t.File == "" {
		return nil
	}
	info, err := os.Stat(t.File)
	if err != nil {
		return err
	}
	now := stamp{info.ModTime(), info.Size()}
	if now == t.stamp {
		return nil
	}
	if info.Size() > maxFileBytes {
		return fmt.Errorf("%s: larger than %d MiB", t.File, maxFileBytes>>20)
	}
	content, err := os.ReadFile(t.File)
	if err != nil {
		return err
	}
	cells, err := readCSV(content)
	if err != nil {
		return fmt.Errorf("%s: %w", t.File, err)
	}
	t.cells, t.stamp = cells, now
	return nil
}

// readCSV reads a file's cells.
func readCSV(content []byte) ([][]cell, error) {
	content = bytes.TrimPrefix(content, []byte("\ufeff"))
	if !utf8.Valid(content) {
		return nil, fmt.Errorf("not UTF-8; save it as CSV UTF-8")
	}
	r := csv.NewReader(bytes.NewReader(content))
	r.FieldsPerRecord = -1
	records, err := r.ReadAll()
	if err != nil {
		return nil, err
	}
	cells := make([][]cell, len(records))
	for i, record := range records {
		cells[i] = make([]cell, len(record))
		for j, field := range record {
			cells[i][j] = imported(field)
		}
	}
	return cells, nil
}
