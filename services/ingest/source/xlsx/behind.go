package xlsx

import (
	"context"
	"encoding/xml"
	"errors"
	"io"
	"maps"
	"strings"

	"github.com/sheetreel/sheetreel/services/ingest/source"
	"github.com/sheetreel/sheetreel/services/ingest/source/a1"
)

// maxBehind is how many links, and how many merged areas, of a tab are held.
const maxBehind = 100_000

// behind is what a tab's part tells behind its rows, although it belongs to them.
type behind struct {
	links   map[int]map[int]string // by row and column
	merges  map[int][]merge        // by their first row
	held    int                    // links and merged areas
	width   int                    // columns that have cells: merged areas are not filled beyond them
	open    []merge                // those that began above and go on
	covered int                    // columns of the open ones
}

// merge is a merged area, from its first row on with its value.
type merge struct {
	area  a1.Area
	value source.Cell
}

// weight is how many cells of a row it may fill.
func (m merge) weight() int { return min(m.area.Columns(), MaxColumns) }

// scan reads a tab's part once before its rows are read, when there is something behind them: links to other places, or
// merged areas that are asked for.
func (a archive) scan(ctx context.Context, name string, merges bool) (behind, error) {
	b := behind{links: map[int]map[int]string{}, merges: map[int][]merge{}}
	relations, err := a.relationships(name)
	if err != nil {
		return b, err
	}
	targets := map[string]string{}
	for _, r := range relations {
		if r.is("hyperlink") && r.Mode == "External" {
			targets[r.ID] = r.Raw
		}
	}
	if len(targets) == 0 && !merges {
		return b, nil
	}
	part, err := a.open(name, maxSheetPart)
	if err != nil {
		return b, err
	}
	defer part.Close()
	d := xml.NewDecoder(part)
	for cells := 0; ; {
		token, err := d.RawToken()
		if errors.Is(err, io.EOF) {
			return b, nil
		}
		if err != nil {
			return b, inWords(name, err)
		}
		start, ok := token.(xml.StartElement)
		if !ok {
			continue
		}
		switch start.Name.Local {
		case "c":
			if cells++; cells%1000 == 0 && ctx.Err() != nil {
				return b, ctx.Err()
			}
			if merges {
				b.widen(attribute(start, "r"))
			}
		case "mergeCell":
			if merges {
				b.merged(attribute(start, "ref"))
			}
		case "hyperlink":
			b.linked(attribute(start, "ref"), targets[relationID(start)])
		}
	}
}

// relationID is the attribute r:id, whatever its prefix.
func relationID(e xml.StartElement) string {
	for _, a := range e.Attr {
		if a.Name.Local == "id" && a.Name.Space != "" {
			return a.Value
		}
	}
	return ""
}

func (b *behind) widen(cell string) {
	if ref, err := a1.Parse(cell); err == nil && ref.Name == "" {
		b.width = max(b.width, ref.Area.Left+1)
	}
}

func (b *behind) merged(text string) {
	ref, err := a1.Parse(text)
	if err != nil || ref.Name != "" || ref.Area.Bottom == a1.Open || ref.Area.Right == a1.Open || b.held >= maxBehind {
		return
	}
	b.held++
	b.merges[ref.Area.Top] = append(b.merges[ref.Area.Top], merge{area: ref.Area})
}

func (b *behind) linked(text, target string) {
	ref, err := a1.Parse(text)
	if err != nil || ref.Name != "" || target == "" {
		return
	}
	for row := ref.Area.Top; row <= ref.Area.Bottom; row++ { // an open end is below
		for column := ref.Area.Left; column <= ref.Area.Right; column++ {
			if b.held++; b.held > maxBehind {
				return
			}
			if b.links[row] == nil {
				b.links[row] = map[int]string{}
			}
			b.links[row][column] = target
		}
	}
}

// linksOf gives the links of a row by their place from a column on. Those that formulas make go before.
func (b *behind) linksOf(row, left int, formulas map[int]string) map[int]string {
	links := map[int]string{}
	for column, link := range b.links[row] {
		if at := column - left; at >= 0 && at < MaxColumns {
			links[at] = link
		}
	}
	maps.Copy(links, formulas)
	return links
}

// fill gives the cells of merged areas in a row their value. Rows come from top to bottom.
func (b *behind) fill(cells []source.Cell, row, left, right int) []source.Cell {
	for _, m := range b.merges[row] {
		if at := m.area.Left - left; at >= 0 && at < len(cells) {
			m.value = cells[at]
		}
		// Areas do not overlap in a sound workbook, so all of a row's together are no wider than the tab.
		if !m.value.IsEmpty() && b.covered+m.weight() <= 2*MaxColumns {
			b.open, b.covered = append(b.open, m), b.covered+m.weight()
		}
	}
	kept := b.open[:0]
	for _, m := range b.open {
		last := min(m.area.Right, b.width-1, left+MaxColumns-1)
		if right != a1.Open {
			last = min(last, right)
		}
		for column := max(m.area.Left, left); column <= last; column++ {
			for len(cells) <= column-left {
				cells = append(cells, source.Cell{})
			}
			cells[column-left] = m.value
		}
		if row < m.area.Bottom {
			kept = append(kept, m)
		} else {
			b.covered -= m.weight()
		}
	}
	b.open = kept
	return cells
}

// linkOfFormula gives the link of a formula such as HYPERLINK("https://example.com";"Name"), when it is written out.
func linkOfFormula(formula string) string {
	formula = strings.TrimLeft(strings.TrimSpace(formula), "=+")
	const name = "HYPERLINK("
	if len(formula) < len(name) || !strings.EqualFold(formula[:len(name)], name) {
		return ""
	}
	rest := strings.TrimSpace(formula[len(name):])
	if !strings.HasPrefix(rest, `"`) {
		return ""
	}
	link, _, closed := strings.Cut(rest[1:], `"`)
	if !closed {
		return ""
	}
	return link
}
