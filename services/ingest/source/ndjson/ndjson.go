// Package ndjson reads files with one JSON object in each line (also called JSON Lines): one idea a line.
//
// A name in the objects is a column, whatever its place in the line; the names stand in row 1 of the table, and line n
// is row n+1. It promises: a file is read twice and row by row, so that memory has a bound whatever its size; a file
// with a line that is no object is refused with the line's number before any row is given; a text stays as it was
// written, and a number, TRUE or FALSE stays one.
//
// An idea as the API writes it can be read back: what stands in `variables` becomes columns of template variables, and
// `assets` the columns of pictures, videos and sounds. Lists are written into one cell, an entry a line.
package ndjson

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/sheetreel/sheetreel/kit/errs"
	"github.com/sheetreel/sheetreel/services/ingest/source"
)

// The largest file that is read.
const (
	MaxLines   = 200_000
	MaxColumns = 1_000
	maxLine    = 1 << 20 // bytes
)

// Open begins to read a file, which people know by a name. The file must stay open for as long as the rows; closing the
// rows does not close it.
func Open(ctx context.Context, file io.ReaderAt, size int64, name string) (source.Rows, error) {
	columns, err := scan(ctx, newLines(file, size))
	if err != nil {
		return nil, err
	}
	r := &reader{lines: newLines(file, size), columns: columns}
	return source.Stream(ctx, source.Table{Title: name, Range: name, FirstRow: 1, FrozenRows: 1}, r)
}

// scan checks every line and gives the columns that the file has, by name, in the order in which they come.
func scan(ctx context.Context, lines *lines) (map[string]int, error) {
	columns := map[string]int{}
	for objects := 0; ; {
		line, err := lines.next(ctx)
		if errors.Is(err, io.EOF) {
			if objects == 0 {
				return nil, refuse("the file has no ideas; write one JSON object a line")
			}
			return columns, nil
		}
		if err != nil {
			return nil, err
		}
		if len(line) == 0 {
			continue
		}
		objects++
		err = parse(line, func(name string, _ source.Cell) {
			if _, known := columns[name]; !known {
				columns[name] = len(columns)
			}
		})
		switch {
		case err != nil:
			return nil, refuse(fmt.Sprintf("line %d: %v", lines.number, err))
		case len(columns) > MaxColumns:
			return nil, refuse(fmt.Sprintf("the objects up to line %d have more than %d different names, which is the most that is read", lines.number, MaxColumns))
		}
	}
}

// reader gives the names, and then the lines, as rows of cells.
type reader struct {
	lines   *lines
	columns map[string]int
	begun   bool
}

// ReadRow gives the next row.
func (r *reader) ReadRow(ctx context.Context) ([]source.Cell, []source.Note, error) {
	row := make([]source.Cell, len(r.columns))
	if !r.begun {
		r.begun = true
		for name, i := range r.columns {
			row[i] = source.Text(name)
		}
		return row, nil, nil
	}
	line, err := r.lines.next(ctx)
	if err != nil || len(line) == 0 {
		return nil, nil, err
	}
	err = parse(line, func(name string, cell source.Cell) {
		if i, known := r.columns[name]; known {
			row[i] = cell
		}
	})
	return row, nil, err
}

// Close has nothing to give up.
func (*reader) Close() error { return nil }

// lines gives the lines of a file, without white space around them.
type lines struct {
	in     *bufio.Reader
	number int // of the last line, from 1
}

func newLines(file io.ReaderAt, size int64) *lines {
	return &lines{in: bufio.NewReaderSize(io.NewSectionReader(file, 0, size), 64<<10)}
}

// next gives the next line, which is valid until the one after it is asked for.
func (l *lines) next(ctx context.Context) ([]byte, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	l.number++
	line, err := l.in.ReadSlice('\n')
	if errors.Is(err, bufio.ErrBufferFull) {
		line, err = l.long(bytes.Clone(line))
	}
	switch {
	case err != nil && !errors.Is(err, io.EOF):
		return nil, err
	case err != nil && len(line) == 0:
		return nil, io.EOF
	case l.number > MaxLines:
		return nil, refuse(fmt.Sprintf("the file has more than %d lines, which is the most that is read; make several files of it", MaxLines))
	}
	if l.number == 1 {
		line = bytes.TrimPrefix(line, []byte("\ufeff"))
	}
	return bytes.TrimSpace(line), nil
}

// long reads on in a line that is longer than the buffer.
func (l *lines) long(line []byte) ([]byte, error) {
	for {
		more, err := l.in.ReadSlice('\n')
		line = append(line, more...)
		if len(line) > maxLine {
			return nil, refuse(fmt.Sprintf("line %d has more than 1 MiB; write one JSON object a line", l.number))
		}
		if !errors.Is(err, bufio.ErrBufferFull) {
			return line, err
		}
	}
}

func refuse(description string) error {
	return errs.Invalid(errs.Violation{Field: "source.file", Description: description})
}
