package source

import (
	"math"
	"strconv"
	"strings"
)

// Kind is what a cell holds.
type Kind int8

// The kinds of cells.
const (
	KindEmpty Kind = iota
	KindText
	KindNumber // dates, times and percents too: dates as days since 1899-12-30, 15 % as 0.15
	KindBool
	KindError // the text of a failed formula, for example "#REF!"
)

// Form is how the sheet shows a number, where that changes what it means.
type Form int8

// The forms. The zero value is a plain number, or not known.
const (
	FormPlain    Form = iota
	FormPercent       // 0.15 is 15%
	FormDate          // 46350 is 2026-11-24
	FormDateTime      // 46350.5 is 2026-11-24 12:00
	FormTime          // 0.5 is 12:00, as a time of day or a length of time
)

// Cell is one typed value. The zero value is an empty cell. Cells are comparable.
type Cell struct {
	kind   Kind
	form   Form
	text   string
	number float64
}

// Text makes a cell of a text: empty for "", an error for the texts of failed formulas.
func Text(s string) Cell {
	switch {
	case s == "":
		return Cell{}
	case isFormulaError(s):
		return Cell{kind: KindError, text: s}
	}
	return Cell{kind: KindText, text: s}
}

// Number makes a cell of a number.
func Number(f float64) Cell { return Cell{kind: KindNumber, number: f} }

// As gives a number the form in which the sheet shows it. Other cells stay as they are.
func (c Cell) As(form Form) Cell {
	if c.kind == KindNumber {
		c.form = form
	}
	return c
}

// Form is how the sheet shows a number.
func (c Cell) Form() Form { return c.form }

// Bool makes a cell of a checkbox or truth value.
func Bool(b bool) Cell {
	if b {
		return Cell{kind: KindBool, number: 1}
	}
	return Cell{kind: KindBool}
}

// Kind tells what the cell holds.
func (c Cell) Kind() Kind { return c.kind }

// IsEmpty is true for a cell without a value. Zero and false are values.
func (c Cell) IsEmpty() bool { return c.kind == KindEmpty }

// Number gives the number of a number cell. A text that looks like a number is not one.
func (c Cell) Number() (float64, bool) { return c.number, c.kind == KindNumber }

// Bool gives the truth value of a truth cell.
func (c Cell) Bool() (value, ok bool) { return c.number != 0, c.kind == KindBool }

// String is the cell as a person reads it: whole numbers without ".0", 15% and 2026-11-24 for numbers of such a form, TRUE
// and FALSE, nothing for an empty cell.
func (c Cell) String() string {
	switch c.kind {
	case KindNumber:
		return shown(c.number, c.form)
	case KindBool:
		return strings.ToUpper(strconv.FormatBool(c.number != 0))
	}
	return c.text
}

// Bytes is how long the text of a cell is.
func (c Cell) Bytes() int { return len(c.text) }

// Equal tells whether two cells hold the same; go-cmp uses it.
func (c Cell) Equal(other Cell) bool { return c == other }

// formatNumber shows 15 significant digits, as spreadsheets do, so that 0.1 + 0.2 reads 0.3.
func formatNumber(f float64) string {
	if f == 0 {
		return "0" // also for negative zero
	}
	format := byte('f')
	if a := math.Abs(f); a >= 1e15 || a < 1e-9 {
		format = 'g'
	}
	rounded, err := strconv.ParseFloat(strconv.FormatFloat(f, 'g', 15, 64), 64)
	if err != nil { // rounding up went beyond the largest number
		rounded = f
	}
	return strconv.FormatFloat(rounded, format, -1, 64)
}

// isFormulaError knows the texts that Google Sheets and Excel show for failed formulas.
func isFormulaError(s string) bool {
	if s[0] != '#' {
		return false
	}
	switch s {
	case "#REF!", "#N/A", "#VALUE!", "#DIV/0!", "#NAME?", "#NUM!", "#NULL!", "#ERROR!", "#SPILL!", "#CALC!":
		return true
	}
	return false
}
