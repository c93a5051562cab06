package history

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
)

// ReadFolder reads all histories of a folder: each file is a process, called as the file is.
func ReadFolder(folder string) ([]Operation, error) {
	paths, err := filepath.Glob(filepath.Join(folder, "*"))
	if err != nil {
		return nil, fmt.Errorf("history: %w", err)
	}
	var all []Operation
	for _, path := range paths {
		operations, err := readFile(path)
		if err != nil {
			return nil, fmt.Errorf("history %s: %w", path, err)
		}
		all = append(all, operations...)
	}
	return all, nil
}

func readFile(path string) ([]Operation, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	name := filepath.Base(path)
	return Read(strings.TrimSuffix(name, filepath.Ext(name)), file)
}

// Read reads the history of a process. A last line without its end is what a process leaves that was killed while it
// wrote; it is left out, so that its call has no end.
func Read(process string, r io.Reader) ([]Operation, error) {
	var all []Operation
	open := map[int64]int{} // calls without an end, by number: their place in all
	reader := bufio.NewReader(r)
	for number := 1; ; number++ {
		raw, err := reader.ReadBytes('\n')
		if errors.Is(err, io.EOF) {
			return all, nil
		}
		if err != nil {
			return nil, err
		}
		var l line
		if err := json.Unmarshal(bytes.TrimSpace(raw), &l); err != nil {
			return nil, fmt.Errorf("line %d: %w", number, err)
		}
		place, known := open[l.N]
		switch {
		case l.Kind != "" && !known:
			open[l.N] = len(all)
			all = append(all, Operation{Process: process, Kind: l.Kind, Subject: l.Subject, Call: l.At, Return: Never, Result: Unknown})
		case l.Kind == "" && known && l.At >= all[place].Call:
			delete(open, l.N)
			o := &all[place]
			o.Return, o.Result, o.Error, o.Leases = l.At, l.Result, l.Error, l.Leases
			if l.Batch != "" {
				o.Batch = l.Batch
			}
			if o.Result == Unknown {
				o.Return = Never // it may take effect after its caller gave up
			}
		default:
			return nil, fmt.Errorf("line %d: neither the beginning of a new call nor the end of a running one", number)
		}
	}
}
