package csv

import (
	"bufio"
	"bytes"
	"fmt"
	"io"

	"github.com/sheetreel/sheetreel/kit/errs"
	"github.com/sheetreel/sheetreel/services/ingest/source"
)

// mostNotes is how many notes of one kind a file gives.
const mostNotes = 100

// parser reads records by RFC 4180, and what people write in its place: lines may end with CR, LF or both; a
// quotation mark within a text stands for itself; spaces around quotation marks do not count.
type parser struct {
	in        *bufio.Reader
	delimiter byte
	// stops are the bytes that may mean something outside of quotation marks, and within them; all others are text.
	stops, quotedStops [256]bool

	row    int // number of the record that is being read, from 1
	text   []byte
	ends   []int // of the cells in text
	notes  []source.Note
	quotes int // notes about quotation marks so far
	nuls   bool
}

func newParser(in *bufio.Reader, delimiter byte) parser {
	p := parser{in: in, delimiter: delimiter}
	for _, b := range []byte{0, '"', '\r', '\n', delimiter} {
		p.stops[b] = true
	}
	for _, b := range []byte{0, '"', '\r'} {
		p.quotedStops[b] = true
	}
	return p
}

// record gives the next record; [io.EOF] after the last one. An empty line is a record without cells.
func (p *parser) record() ([]string, []source.Note, error) {
	p.row++
	p.text, p.ends, p.notes = p.text[:0], p.ends[:0], nil
	if _, err := p.in.Peek(1); err != nil {
		return nil, nil, err
	}
	if p.row > MaxRows {
		return nil, nil, refuse(fmt.Sprintf("the file has more than %d rows; divide it into several files", MaxRows))
	}
	for {
		more, err := p.cell()
		if err != nil {
			return nil, nil, err
		}
		p.ends = append(p.ends, len(p.text))
		switch {
		case len(p.ends) > MaxColumns:
			return nil, nil, refuse(fmt.Sprintf("row %d has more than %d columns", p.row, MaxColumns))
		case !more:
			return p.cells(), p.notes, nil
		}
	}
}

// cells cuts the text of the record into its cells, which share one string.
func (p *parser) cells() []string {
	if len(p.ends) == 1 && p.ends[0] == 0 {
		return nil
	}
	all := string(p.text)
	cells := make([]string, len(p.ends))
	start := 0
	for i, end := range p.ends {
		cells[i] = all[start:end]
		start = end
	}
	return cells
}

// cell appends one cell to the text. more tells whether another one follows in the record.
func (p *parser) cell() (more bool, err error) {
	start := len(p.text)
	quoted, blank := false, true // blank: nothing but spaces so far
	for {
		blank = p.plain(quoted, blank)
		if len(p.text)-start > maxCell || len(p.text) > maxRow {
			return false, refuse(fmt.Sprintf("the text in cell %s is longer than a million bytes; is a quotation mark before it not closed?",
				source.CellName(len(p.ends), p.row)))
		}
		b, err := p.in.ReadByte()
		if err == io.EOF { //nolint:errorlint // bufio gives it as it is, and this is asked for each byte
			if quoted {
				p.note("quote.open", "A quotation mark is never closed; the rest of the file was read as one text.", "Close it, or remove it.")
			}
			return false, nil
		}
		if err != nil {
			return false, err
		}
		switch {
		case b == 0:
			p.noteNUL()
			continue
		case quoted && b == '"':
			switch {
			case p.next('"'):
				p.text = append(p.text, '"')
			case p.closes():
				quoted = false
				blank = false
			default:
				p.text = append(p.text, '"')
				p.note("quote.stray", "A quotation mark stands inside a text between quotation marks; it was kept as it is.", "Write it twice.")
			}
			continue
		case quoted && b == '\r':
			p.next('\n')
			b = '\n'
		case quoted:
		case b == p.delimiter:
			return true, nil
		case b == '\n':
			return false, nil
		case b == '\r':
			p.next('\n')
			return false, nil
		case b == '"' && blank:
			p.text, quoted = p.text[:start], true
			continue
		}
		blank = blank && b == ' '
		p.text = append(p.text, b)
	}
}

// plain takes the bytes that are text whatever they are, as far as they have been read already. blank tells whether the cell
// has nothing but spaces, before and after.
func (p *parser) plain(quoted, blank bool) bool {
	ahead, _ := p.in.Peek(p.in.Buffered())
	stops := &p.stops
	if quoted {
		stops = &p.quotedStops
	}
	n := 0
	for n < len(ahead) && !stops[ahead[n]] {
		n++
	}
	p.text = append(p.text, ahead[:n]...)
	blank = blank && len(bytes.TrimLeft(ahead[:n], " ")) == 0
	_, _ = p.in.Discard(n) // what was peeked at is there
	return blank
}

// next takes the next byte if it is b.
func (p *parser) next(b byte) bool {
	ahead, err := p.in.Peek(1)
	if err != nil || ahead[0] != b {
		return false
	}
	_, err = p.in.Discard(1)
	return err == nil
}

// closes tells whether the quotation mark just read ends its text: when the separator, the line's or the file's end
// follows, with or without spaces before. The spaces are taken.
func (p *parser) closes() bool {
	const longest = 64
	ahead, err := p.in.Peek(longest)
	for i, b := range ahead {
		if b == p.delimiter || b == '\n' || b == '\r' {
			_, err := p.in.Discard(i)
			return err == nil
		}
		if b != ' ' && b != 0 {
			return false
		}
	}
	return err != nil // only spaces until the end
}

func (p *parser) note(rule, message, suggestion string) {
	if p.quotes++; p.quotes <= mostNotes {
		p.notes = append(p.notes, source.Note{Row: p.row, Column: len(p.ends), Rule: rule, Message: message, Suggestion: suggestion})
	}
}

func (p *parser) noteNUL() {
	if !p.nuls {
		p.nuls = true
		p.notes = append(p.notes, source.Note{
			Row: p.row, Column: len(p.ends), Rule: "file.nul",
			Message: "The file has zero bytes in it, here first; they are left out.", Suggestion: "Save it again as CSV UTF-8.",
		})
	}
}

func refuse(description string) error {
	return errs.Invalid(errs.Violation{Field: "source.file", Description: description})
}
