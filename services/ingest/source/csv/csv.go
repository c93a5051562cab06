// Package csv reads files of separated values as people really have them.
//
// It is given a file of any size and reads it row by row. It finds out the encoding (UTF-8 with or without a byte
// order mark, UTF-16 of both orders, Windows-1252) and the separator (comma, semicolon, tab, bar). It promises: a
// file that is written oddly is read and the oddness noted with its row; texts come as they were written, so that
// 007 stays 007; no row or cell makes it hold more than a bounded amount, and what is too long is refused with its place.
//
// Cells are texts. Only TRUE and FALSE in capitals are truth values, because that is how spreadsheets write
// checkboxes, and they read the same as texts; a number, a date or a percentage is left to the field that it is for.
package csv

import (
	"bufio"
	"context"
	"io"
	"strings"

	"github.com/sheetreel/sheetreel/services/ingest/source"
	"github.com/sheetreel/sheetreel/services/ingest/source/a1"
)

// The largest table that is read.
const (
	MaxRows    = 200_000
	MaxColumns = 1_000
	// maxCell is in bytes. A spreadsheet takes 50,000 characters; more than this is a quotation mark that is not closed.
	maxCell = 1 << 20
	maxRow  = 8 << 20
)

// Options say what is known of a file. What is not known is found out.
type Options struct {
	Name      string   // as people know the file
	Encoding  Encoding // 0: find out
	Delimiter byte     // 0: find out
	Area      a1.Area  // the cells to read; all when zero
}

// Open begins to read a file. The file must stay open for as long as the rows; closing the rows does not close it.
func Open(ctx context.Context, file io.ReaderAt, size int64, o Options) (source.Rows, error) {
	encoding, notes, err := detect(ctx, file, size, o.Encoding)
	if err != nil {
		return nil, err
	}
	text := bufio.NewReaderSize(decoder(encoding, file, size), sampleBytes)
	sample, err := text.Peek(sampleBytes)
	if err != nil && err != io.EOF { //nolint:errorlint // bufio hands it on as it is
		return nil, err
	}
	delimiter, declared := declaredDelimiter(sample)
	if declared > 0 {
		if _, err := text.Discard(declared); err != nil {
			return nil, err
		}
	}
	switch {
	case o.Delimiter != 0:
		delimiter = o.Delimiter
	case declared == 0:
		delimiter = sniff(sample, len(sample) < sampleBytes)
	}
	if o.Area == (a1.Area{}) {
		o.Area = a1.Whole()
	}
	r := &reader{parser: newParser(text, delimiter), notes: notes, area: o.Area}
	about := source.Table{Title: o.Name, Range: o.Name, FirstRow: o.Area.Top + 1, FirstColumn: o.Area.Left}
	if o.Area != a1.Whole() {
		about.Range = strings.TrimSpace(o.Name + " " + o.Area.String())
	}
	return source.Stream(ctx, about, r)
}

// reader gives the rows of a parser as cells.
type reader struct {
	parser parser
	notes  []source.Note // about the file; they go out with its first row
	area   a1.Area
}

// ReadRow gives the next row.
func (r *reader) ReadRow(ctx context.Context) ([]source.Cell, []source.Note, error) {
	if err := ctx.Err(); err != nil {
		return nil, nil, err
	}
	if r.area.Bottom != a1.Open && r.parser.row > r.area.Bottom {
		return nil, nil, io.EOF
	}
	texts, notes, err := r.parser.record()
	for err == nil && r.parser.row <= r.area.Top {
		texts, notes, err = r.parser.record()
	}
	if err != nil {
		return nil, nil, err
	}
	if r.area.Right != a1.Open {
		texts = texts[:min(len(texts), r.area.Right+1)]
	}
	texts = texts[min(len(texts), r.area.Left):]
	cells := make([]source.Cell, len(texts))
	for i, text := range texts {
		cells[i] = cell(text)
	}
	if r.notes != nil {
		notes = append(r.notes, notes...)
		r.notes = nil
	}
	return cells, notes, nil
}

// Close has nothing to give up.
func (*reader) Close() error { return nil }

func cell(text string) source.Cell {
	switch text {
	case "TRUE":
		return source.Bool(true)
	case "FALSE":
		return source.Bool(false)
	}
	return source.Text(text)
}
