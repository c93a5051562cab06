package source

import "strconv"

// ColumnLetter is the letter of a column, counted from 0: A, B, ... Z, AA. A negative column has none.
func ColumnLetter(column int) string {
	var letters []byte
	for n := column; n >= 0; n = n/26 - 1 {
		letters = append([]byte{byte('A' + n%26)}, letters...)
	}
	return string(letters)
}

// CellName is the A1 name of a cell. The column counts from 0, the row from 1, as a sheet shows it.
func CellName(column, row int) string {
	return ColumnLetter(column) + strconv.Itoa(row)
}
