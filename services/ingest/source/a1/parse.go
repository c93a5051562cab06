package a1

import (
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"
)

// The largest sheet that Google Sheets allows, and a bound for texts.
const (
	MaxColumns = 18278
	MaxRows    = 10_000_000
	maxLength  = 1024
)

// Parse reads a reference.
func Parse(text string) (Reference, error) {
	switch {
	case text == "":
		return Reference{}, errors.New("range is empty")
	case len(text) > maxLength:
		return Reference{}, fmt.Errorf("range is longer than %d bytes", maxLength)
	case !utf8.ValidString(text):
		return Reference{}, errors.New("range is not UTF-8")
	}
	if text[0] == '\'' {
		return parseQuoted(text)
	}
	if tab, cells, found := cutLast(text, '!'); found {
		if tab == "" {
			return Reference{}, fmt.Errorf("range %q: nothing before the exclamation mark", text)
		}
		return withTab(text, tab, cells)
	}
	if area, ok := parseArea(text); ok {
		return Reference{Area: area}, nil
	}
	return Reference{Name: text, Area: Whole()}, nil
}

// parseQuoted reads 'My tab' or 'My tab'!cells; a quote inside is doubled.
func parseQuoted(text string) (Reference, error) {
	var tab strings.Builder
	rest := text[1:]
	for {
		before, after, found := strings.Cut(rest, "'")
		if !found {
			return Reference{}, fmt.Errorf("range %q: the quote is not closed", text)
		}
		tab.WriteString(before)
		rest = after
		if !strings.HasPrefix(rest, "'") {
			break
		}
		tab.WriteByte('\'')
		rest = rest[1:]
	}
	switch {
	case tab.Len() == 0:
		return Reference{}, fmt.Errorf("range %q: the quotes are empty", text)
	case rest == "":
		return Reference{Tab: tab.String(), Area: Whole()}, nil
	case rest[0] != '!':
		return Reference{}, fmt.Errorf("range %q: an exclamation mark must follow the quoted tab", text)
	}
	return withTab(text, tab.String(), rest[1:])
}

func withTab(text, tab, cells string) (Reference, error) {
	area, ok := parseArea(cells)
	if !ok {
		return Reference{}, fmt.Errorf("range %q: %q names no cells", text, cells)
	}
	return Reference{Tab: tab, Area: area}, nil
}

// parseArea reads A1, A1:B2, A1:B, A1:2, A:B and 1:2, with or without dollar signs, in any case and order.
func parseArea(text string) (Area, bool) {
	first, second, isRange := strings.Cut(text, ":")
	from, ok := parseEnd(first)
	if !ok {
		return Area{}, false
	}
	if !isRange {
		return Area{from.column, from.row, from.column, from.row}, from.column >= 0 && from.row >= 0
	}
	to, ok := parseEnd(second)
	if !ok || (from.column < 0 && to.column >= 0) || (from.row < 0 && to.row >= 0) {
		return Area{}, false
	}
	area := Area{Left: max(from.column, 0), Top: max(from.row, 0), Right: to.column, Bottom: to.row}
	if area.Right != Open && area.Right < area.Left {
		area.Left, area.Right = area.Right, area.Left
	}
	if area.Bottom != Open && area.Bottom < area.Top {
		area.Top, area.Bottom = area.Bottom, area.Top
	}
	return area, true
}

// corner is one end of a range; a part that is not named is Open.
type corner struct {
	column, row int
}

func parseEnd(text string) (corner, bool) {
	c := corner{Open, Open}
	i, column := 0, 0
	dollar(text, &i)
	for ; i < len(text) && isLetter(text[i]); i++ {
		column = column*26 + int(text[i]|0x20-'a') + 1
		if column > MaxColumns {
			return c, false
		}
	}
	c.column = column - 1
	if column > 0 {
		dollar(text, &i)
	}
	start, row := i, 0
	for ; i < len(text) && '0' <= text[i] && text[i] <= '9'; i++ {
		row = row*10 + int(text[i]-'0')
		if row > MaxRows {
			return c, false
		}
	}
	if i > start {
		c.row = row - 1
	}
	complete := i == len(text) && (i == 0 || text[i-1] != '$')
	return c, complete && (column > 0 || i > start) && (i == start || row > 0)
}

func dollar(text string, i *int) {
	if *i < len(text) && text[*i] == '$' {
		*i++
	}
}

func isLetter(b byte) bool { return 'a' <= b|0x20 && b|0x20 <= 'z' }

func cutLast(text string, separator byte) (before, after string, found bool) {
	i := strings.LastIndexByte(text, separator)
	if i < 0 {
		return text, "", false
	}
	return text[:i], text[i+1:], true
}
