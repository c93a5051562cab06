package source

import (
	"context"
	"errors"
	"fmt"
	"io"
)

const (
	// headRows is how many rows a head has at most. A header is looked for in it.
	headRows = 200
	// chunkRows is how many rows the later pieces have at most.
	chunkRows = 1000
	// pieceBytes ends a piece early when its texts are long.
	pieceBytes = 4 << 20
)

// Rows is a table that is read piece by piece, so that nobody has to hold all of it.
type Rows interface {
	// Head is the first piece: what is known of the table, and its first rows. A small table has no other piece.
	Head() *Table
	// Next gives the next piece, whose FirstRow says where it begins; [io.EOF] after the last one. A piece stays valid.
	Next(ctx context.Context) (*Table, error)
	// Close gives everything up that is held for reading.
	Close() error
}

// Streamer is a source that can be read piece by piece.
type Streamer interface {
	Source
	// Open begins to read. The caller closes the rows. Errors are those of kit/errs.
	Open(ctx context.Context) (Rows, error)
}

// Open begins to read any source: in pieces when the source can, else all of it as the head.
func Open(ctx context.Context, s Source) (Rows, error) {
	if streamer, ok := s.(Streamer); ok {
		return streamer.Open(ctx)
	}
	table, err := s.Read(ctx)
	if err != nil {
		return nil, err
	}
	return whole{table}, nil
}

// whole is a table without more pieces.
type whole struct{ table *Table }

func (w whole) Head() *Table                       { return w.table }
func (whole) Next(context.Context) (*Table, error) { return nil, io.EOF }
func (whole) Close() error                         { return nil }

// RowReader gives one row after the other.
type RowReader interface {
	// ReadRow gives the next row, of any width, and what is odd about it; [io.EOF] after the last one. Rows are not
	// used again by the reader.
	ReadRow(ctx context.Context) ([]Cell, []Note, error)
	// Close gives up what is held for reading.
	Close() error
}

// Beside is what is known of a row besides its cells.
type Beside struct {
	// Hidden says that people do not see the row. It is not said of blank rows.
	Hidden bool
	// Links are where cells lead, by their place in the row.
	Links map[int]string
}

// Annotated is a [RowReader] that knows more of its rows.
type Annotated interface {
	RowReader
	// Beside tells of the row that ReadRow gave last.
	Beside() Beside
}

// stream cuts the rows of a reader into pieces.
type stream struct {
	reader RowReader
	head   *Table
	next   int  // number of the row that comes next
	width  int  // of the head; all pieces are padded to it
	ended  bool // the reader has no more
	wide   int  // rows with more cells than the head is wide
}

// mostWide is how many rows that are too wide are told of.
const mostWide = 100

// Stream makes pieces of a reader's rows and owns the reader from then on. about is the table without rows; its
// FirstRow is the number of the reader's first row.
func Stream(ctx context.Context, about Table, reader RowReader) (Rows, error) {
	s := &stream{reader: reader, next: about.FirstRow}
	head, err := s.piece(ctx, headRows)
	if err != nil {
		return nil, errors.Join(err, reader.Close())
	}
	about.take(head)
	if s.ended {
		about.Rows = withoutTail(about.Rows)
	}
	for _, row := range about.Rows {
		s.width = max(s.width, filled(row))
	}
	for i, row := range about.Rows {
		about.Rows[i] = padded(row, s.width)
	}
	s.head = &about
	return s, nil
}

func (s *stream) Head() *Table { return s.head }

func (s *stream) Next(ctx context.Context) (*Table, error) {
	if s.ended {
		return nil, io.EOF
	}
	piece, err := s.piece(ctx, chunkRows)
	if err != nil {
		return nil, err
	}
	if len(piece.Rows) == 0 {
		return nil, io.EOF
	}
	about := *s.head
	about.take(piece)
	for i, row := range about.Rows {
		if extra := filled(row); extra > s.width {
			about.Notes = append(about.Notes, s.tooWide(about.FirstRow+i, extra)...)
			about.Rows[i] = row[:s.width]
			continue
		}
		about.Rows[i] = padded(row, s.width)
	}
	return &about, nil
}

// piece reads rows as they come.
func (s *stream) piece(ctx context.Context, most int) (Table, error) {
	piece := Table{FirstRow: s.next}
	for size := 0; len(piece.Rows) < most && size < pieceBytes; {
		row, notes, err := s.reader.ReadRow(ctx)
		if errors.Is(err, io.EOF) {
			s.ended = true
			break
		}
		if err != nil {
			return piece, err
		}
		s.next++
		piece.Rows, piece.Notes = append(piece.Rows, row), append(piece.Notes, notes...)
		if annotated, ok := s.reader.(Annotated); ok {
			piece.beside(s.next-1, annotated.Beside())
		}
		for _, cell := range row {
			size += len(cell.text)
		}
	}
	return piece, nil
}

// take makes the rows of a piece, and all that belongs to them, those of a table.
func (t *Table) take(piece Table) {
	t.FirstRow, t.Rows, t.Notes, t.HiddenRows, t.Links = piece.FirstRow, piece.Rows, piece.Notes, piece.HiddenRows, piece.Links
}

// beside keeps what is known of a row.
func (t *Table) beside(row int, b Beside) {
	if b.Hidden {
		t.HiddenRows = append(t.HiddenRows, row)
	}
	if len(b.Links) > 0 {
		if t.Links == nil {
			t.Links = map[int]map[int]string{}
		}
		t.Links[row] = b.Links
	}
}

// tooWide tells of a row that has cells beyond the head's columns.
func (s *stream) tooWide(row, cells int) []Note {
	if s.wide++; s.wide > mostWide {
		return nil
	}
	return []Note{{
		Row: row, Column: s.width, Rule: "row.width",
		Message:    fmt.Sprintf("The row has %d cells, but the rows at the top have %d at most; the cells beyond are ignored.", cells, s.width),
		Suggestion: "If a text has the separator in it, put the text between quotation marks.",
	}}
}

func (s *stream) Close() error { return s.reader.Close() }

// withoutTail cuts empty rows off at the end.
func withoutTail(rows [][]Cell) [][]Cell {
	for len(rows) > 0 && filled(rows[len(rows)-1]) == 0 {
		rows = rows[:len(rows)-1]
	}
	return rows
}

// filled is the number of cells up to the last that is not empty.
func filled(row []Cell) int {
	n := len(row)
	for n > 0 && row[n-1].IsEmpty() {
		n--
	}
	return n
}

// padded gives the row the width, which is at least its filled part.
func padded(row []Cell, width int) []Cell {
	if len(row) >= width {
		return row[:width]
	}
	return append(row, make([]Cell, width-len(row))...)
}

// ReadAll reads the rest of the rows and closes them: the whole as one table, as a [Source] that streams gives it.
func ReadAll(ctx context.Context, rows Rows) (table *Table, err error) {
	defer func() { err = errors.Join(err, rows.Close()) }()
	all := *rows.Head()
	for {
		piece, err := rows.Next(ctx)
		if errors.Is(err, io.EOF) {
			all.Rows = withoutTail(all.Rows)
			return &all, nil
		}
		if err != nil {
			return nil, err
		}
		all.Rows, all.Notes = append(all.Rows, piece.Rows...), append(all.Notes, piece.Notes...)
		all.HiddenRows = append(all.HiddenRows, piece.HiddenRows...)
		for row, links := range piece.Links {
			all.beside(row, Beside{Links: links})
		}
	}
}
