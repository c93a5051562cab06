package xlsx

import (
	"context"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"github.com/sheetreel/sheetreel/services/ingest/source"
	"github.com/sheetreel/sheetreel/services/ingest/source/a1"
)

// reader reads the rows of one tab.
type reader struct {
	texts      []string
	forms      map[int]source.Form // by style
	since1904  bool
	area       a1.Area
	skipHidden bool
	release    func()

	part   io.ReadCloser
	name   string
	xml    *xml.Decoder
	frozen int // rows

	behind behind        // what the part tells behind its rows
	beside source.Beside // of the row that was given last

	row     int            // number of the row that is given next, from 0
	pending []source.Cell  // a row that was read, when blank ones come before it
	hidden  bool           // the row that was read
	formula map[int]string // links of the row that was read which its formulas make
	at      int            // its number
	ended   bool
}

// begin opens the tab and reads up to its first row.
func (r *reader) begin(parts archive, name string) error {
	part, err := parts.open(name, maxSheetPart)
	if err != nil {
		return err
	}
	r.part, r.name, r.xml, r.row, r.at = part, name, xml.NewDecoder(part), r.area.Top, -1
	for {
		token, err := r.xml.RawToken()
		if errors.Is(err, io.EOF) {
			r.ended = true
			return nil
		}
		if err != nil {
			return inWords(name, err)
		}
		start, ok := token.(xml.StartElement)
		if !ok {
			continue
		}
		switch start.Name.Local {
		case "pane":
			if strings.HasPrefix(attribute(start, "state"), "frozen") {
				r.frozen, _ = strconv.Atoi(attribute(start, "ySplit")) // what is no number freezes nothing
			}
		case "sheetData":
			return nil
		}
	}
}

// ReadRow gives the next row, blank ones too.
func (r *reader) ReadRow(ctx context.Context) ([]source.Cell, []source.Note, error) {
	if err := ctx.Err(); err != nil {
		return nil, nil, err
	}
	for r.at < r.row && !r.ended {
		if err := r.readOne(); err != nil {
			return nil, nil, explain(inWords(r.name, err))
		}
	}
	if r.ended || r.area.Bottom != a1.Open && r.row > r.area.Bottom {
		return nil, nil, io.EOF
	}
	if r.row-r.area.Top >= MaxRows {
		return nil, nil, refuse(fmt.Sprintf("the tab has more than %d rows; name a smaller range", MaxRows))
	}
	r.row++
	row, hidden := []source.Cell(nil), false
	r.beside = source.Beside{}
	if r.at == r.row-1 {
		row, hidden = r.pending, r.hidden
		r.beside = source.Beside{Hidden: hidden && len(row) > 0, Links: r.behind.linksOf(r.row-1, r.area.Left, r.formula)}
		r.pending = nil
	}
	row = r.behind.fill(row, r.row-1, r.area.Left, r.area.Right)
	if hidden && r.skipHidden {
		r.beside.Links = nil
		return nil, nil, nil
	}
	return row, nil, nil
}

// Beside tells of the row that was given last.
func (r *reader) Beside() source.Beside { return r.beside }

// readOne reads the next row that has any cell.
func (r *reader) readOne() error {
	for {
		token, err := r.xml.RawToken()
		if err != nil {
			return err
		}
		switch t := token.(type) {
		case xml.EndElement:
			if t.Name.Local == "sheetData" {
				r.ended = true
				return nil
			}
		case xml.StartElement:
			if t.Name.Local != "row" {
				continue
			}
			number := r.at + 1
			if text := attribute(t, "r"); text != "" {
				n, err := strconv.Atoi(text)
				if err != nil || n <= r.at+1 || n > a1.MaxRows {
					return &brokenError{"the rows are not in order"}
				}
				number = n - 1
			}
			r.formula = nil
			cells, err := r.cells()
			if err != nil {
				return err
			}
			r.at = number
			if len(cells) == 0 {
				continue
			}
			r.pending, r.hidden = cells, truth(attribute(t, "hidden"))
			return nil
		}
	}
}

// cells reads the cells of a row, those of the area.
func (r *reader) cells() ([]source.Cell, error) {
	var cells []source.Cell
	column := -1
	for {
		token, err := r.xml.RawToken()
		if err != nil {
			return nil, err
		}
		switch t := token.(type) {
		case xml.EndElement:
			if t.Name.Local == "row" {
				return cells, nil
			}
		case xml.StartElement:
			if t.Name.Local != "c" {
				continue
			}
			column++
			if text := attribute(t, "r"); text != "" {
				ref, err := a1.Parse(text)
				if err != nil || ref.Name != "" || ref.Area.Left < column {
					return nil, &brokenError{"the cells are not in order"}
				}
				column = ref.Area.Left
			}
			cell, formula, err := r.cell(t)
			if err != nil {
				return nil, err
			}
			at := column - r.area.Left
			if link := linkOfFormula(formula); link != "" && at >= 0 {
				if r.formula == nil {
					r.formula = map[int]string{}
				}
				r.formula[at] = link
			}
			if cell.IsEmpty() || at < 0 || r.area.Right != a1.Open && column > r.area.Right {
				continue
			}
			if at >= MaxColumns {
				return nil, refuse(fmt.Sprintf("the tab has more than %d columns with values; name a smaller range", MaxColumns))
			}
			for len(cells) < at {
				cells = append(cells, source.Cell{})
			}
			cells = append(cells, cell)
		}
	}
}

// cell reads one cell, and its formula.
func (r *reader) cell(start xml.StartElement) (source.Cell, string, error) {
	var value, formula string
	var into *string // what the text between two tags belongs to
	for {
		token, err := r.xml.RawToken()
		if err != nil {
			return source.Cell{}, "", err
		}
		switch t := token.(type) {
		case xml.StartElement:
			switch t.Name.Local {
			case "v":
				into = &value
			case "f":
				into = &formula
			case "is":
				if value, err = readText(r.xml, "is"); err != nil {
					return source.Cell{}, "", err
				}
			}
		case xml.CharData:
			if into != nil {
				if *into += string(t); len(*into) > maxToken {
					return source.Cell{}, "", &brokenError{"a text is too long"}
				}
			}
		case xml.EndElement:
			switch t.Name.Local {
			case "v", "f":
				into = nil
			case "c":
				cell, err := r.typed(attribute(start, "t"), value, attribute(start, "s"))
				return cell, formula, err
			}
		}
	}
}

// typed makes a cell of what is written for it.
func (r *reader) typed(kind, value, style string) (source.Cell, error) {
	if value == "" {
		return source.Cell{}, nil
	}
	switch kind {
	case "s":
		i, err := strconv.Atoi(strings.TrimSpace(value))
		if err != nil || i < 0 || i >= len(r.texts) {
			return source.Cell{}, &brokenError{"a shared text is missing"}
		}
		return source.Text(r.texts[i]), nil
	case "inlineStr":
		return source.Text(value), nil
	case "str":
		return source.Text(unescaped(value)), nil
	case "e":
		return source.Text(value), nil
	case "b":
		return source.Bool(truth(strings.TrimSpace(value))), nil
	case "d":
		return serial(value), nil
	}
	number, err := strconv.ParseFloat(strings.TrimSpace(value), 64)
	if err != nil {
		return source.Cell{}, &brokenError{"a number cannot be read"}
	}
	form := source.FormPlain
	if s, err := strconv.Atoi(style); err == nil {
		form = r.forms[s]
	}
	if r.since1904 && (form == source.FormDate || form == source.FormDateTime) {
		number += days1904
	}
	return source.Number(number).As(form), nil
}

// serial makes a number of a date by ISO 8601, as few programs write it.
func serial(text string) source.Cell {
	for _, layout := range []string{"2006-01-02T15:04:05.999999999Z07:00", "2006-01-02T15:04:05.999999999", "2006-01-02"} {
		if t, err := time.Parse(layout, text); err == nil {
			return source.Number(float64(t.Unix())/86400 + 25569).As(source.FormDateTime) // of 1970-01-01
		}
	}
	return source.Text(text)
}

// Close lets the next workbook in.
func (r *reader) Close() error {
	var err error
	if r.part != nil {
		err = r.part.Close()
	}
	r.release()
	return err
}

func attribute(e xml.StartElement, name string) string {
	for _, a := range e.Attr {
		if a.Name.Local == name && a.Name.Space == "" {
			return a.Value
		}
	}
	return ""
}
