package main

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"io"

	"github.com/xuri/excelize/v2"
)

// columns of every sheet.
const columns = 20

// row is row i of a sheet, from 0, which is the header. No two say the same.
func row(i int) []string {
	if i == 0 {
		cells := []string{"ID", "Title", "Script", "Description", "Language", "Style", "Aspect ratio", "Duration", "Platforms", "Tags", "Tone", "Priority"}
		for n := len(cells); n < columns; n++ {
			cells = append(cells, fmt.Sprint("Extra ", n))
		}
		return cells
	}
	a, b, c := word(i), word(i/7+3), word(i/49+11)
	cells := []string{
		fmt.Sprint("row-", i), fmt.Sprintf("How %s and %s met, part %d", a, b, i),
		fmt.Sprintf("This is story %d. %s was looking for %s. Then %s came, and everything about it changed in one day. Nobody knew why %s had left.", i, a, b, c, word(i*31)),
		"A short story.", "en", "modern", "9:16", "30s", "youtube_shorts, tiktok", a + ", " + b, "friendly", "normal",
	}
	for n := len(cells); n < columns; n++ {
		cells = append(cells, fmt.Sprint(a, " ", n))
	}
	return cells
}

// word is one of many words that look like names.
func word(i int) string {
	const first, last = "BDFGKLMNPRSTVZ", "aeiou"
	n := i*7919 + 13
	return string([]byte{first[n%14], last[n/14%5], first[n/70%14] | 32, last[n/980%5], first[n/4900%14] | 32})
}

// csvOf writes so many rows below a header.
func csvOf(w io.Writer, rows int) error {
	out := csv.NewWriter(w)
	for i := range rows + 1 {
		if err := out.Write(row(i)); err != nil {
			return err
		}
	}
	out.Flush()
	return out.Error()
}

// xlsxOf writes so many rows below a header as a workbook.
func xlsxOf(rows int) (_ []byte, err error) {
	book := excelize.NewFile()
	defer book.Close()
	out, err := book.NewStreamWriter("Sheet1")
	if err != nil {
		return nil, err
	}
	for i := range rows + 1 {
		cells := make([]any, 0, columns)
		for _, text := range row(i) {
			cells = append(cells, text)
		}
		if err := out.SetRow(fmt.Sprint("A", i+1), cells); err != nil {
			return nil, err
		}
	}
	if err := out.Flush(); err != nil {
		return nil, err
	}
	var file bytes.Buffer
	err = book.Write(&file)
	return file.Bytes(), err
}
