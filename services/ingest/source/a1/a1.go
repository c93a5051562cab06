// Package a1 reads and writes A1 notation, the way in which spreadsheets name ranges.
//
// A reference is a tab ("Ideas", "'My ideas'"), cells ("A1", "A2:Z", "A:C", "3:5"), both ("Ideas!A2:Z"), or a
// bare word that only the spreadsheet can tell to be a tab or a named range.
package a1

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/sheetreel/sheetreel/services/ingest/source"
)

// Open is the Right or Bottom of an area that goes on to the edge of the sheet.
const Open = -1

// Area is a rectangle of cells. Rows and columns count from 0 and both ends belong to it.
type Area struct {
	Left, Top, Right, Bottom int
}

// Whole is the area of a whole tab.
func Whole() Area { return Area{Right: Open, Bottom: Open} }

// Clamp closes open ends and cuts the area to a grid. ok is false when nothing is left.
func (a Area) Clamp(rows, columns int) (clamped Area, ok bool) {
	if a.Right == Open || a.Right >= columns {
		a.Right = columns - 1
	}
	if a.Bottom == Open || a.Bottom >= rows {
		a.Bottom = rows - 1
	}
	return a, a.Left <= a.Right && a.Top <= a.Bottom
}

// Rows and Columns are the sizes of a closed area.
func (a Area) Rows() int    { return a.Bottom - a.Top + 1 }
func (a Area) Columns() int { return a.Right - a.Left + 1 }

// String is the area in A1 notation; empty for a whole tab.
func (a Area) String() string {
	switch {
	case a == Whole():
		return ""
	case a.Right == a.Left && a.Bottom == a.Top:
		return source.CellName(a.Left, a.Top+1)
	case a.Left == 0 && a.Right == Open:
		if a.Bottom == Open {
			return source.CellName(0, a.Top+1) + ":" + source.ColumnLetter(MaxColumns-1)
		}
		return fmt.Sprintf("%d:%d", a.Top+1, a.Bottom+1)
	case a.Top == 0 && a.Bottom == Open:
		right := a.Right
		if right == Open {
			right = MaxColumns - 1
		}
		return source.ColumnLetter(a.Left) + ":" + source.ColumnLetter(right)
	}
	return source.CellName(a.Left, a.Top+1) + ":" + end(a)
}

func end(a Area) string {
	s := ""
	switch {
	case a.Right != Open:
		s = source.ColumnLetter(a.Right)
	case a.Bottom == Open:
		s = source.ColumnLetter(MaxColumns - 1)
	}
	if a.Bottom != Open {
		s += strconv.Itoa(a.Bottom + 1)
	}
	return s
}

// Reference is a parsed text. Exactly one of these holds: Name is set; or Tab, Area or both say where.
type Reference struct {
	Tab  string // title of a tab, unquoted; empty means that the text named none
	Name string // a bare word: a tab or a named range
	Area Area   // the cells; Whole when the text named none
}

// String is the reference in A1 notation.
func (r Reference) String() string {
	area := r.Area.String()
	switch {
	case r.Name != "":
		return r.Name
	case r.Tab == "":
		return area
	case area == "":
		return quoted(r.Tab) // without quotes it could be a named range
	}
	return Quote(r.Tab) + "!" + area
}

// Quote writes a tab's title as A1 notation needs it: in quotes unless it is a plain word.
func Quote(tab string) string {
	plain := tab != "" && !('0' <= tab[0] && tab[0] <= '9')
	for _, r := range tab {
		if r != '_' && (r < 'A' || r > 'Z') && (r < 'a' || r > 'z') && (r < '0' || r > '9') {
			plain = false
		}
	}
	if plain {
		_, looksLikeCells := parseArea(tab)
		plain = !looksLikeCells
	}
	if plain {
		return tab
	}
	return quoted(tab)
}

func quoted(tab string) string {
	return "'" + strings.ReplaceAll(tab, "'", "''") + "'"
}
