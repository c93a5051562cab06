package main

import (
	"net/http/httptest"

	"gocloud.dev/blob"

	"github.com/sheetreel/sheetreel/services/ingest/emulator"
)

// serveSheet serves the spreadsheet `big` with so many rows below its header.
func serveSheet(rows int) (*sheet, error) {
	cells := make([][]any, 0, rows+1)
	for i := range rows + 1 {
		var line []any
		for _, text := range row(i) {
			line = append(line, text)
		}
		cells = append(cells, line)
	}
	e, err := emulator.New(emulator.Options{Spreadsheets: []emulator.Spreadsheet{{ID: "big", Tabs: []emulator.Tab{{Title: "Ideas", Rows: cells}}}}})
	if err != nil {
		return nil, err
	}
	server := httptest.NewServer(e)
	return &sheet{Emulator: e, URL: server.URL, close: server.Close}, nil
}

func contentType() *blob.WriterOptions {
	return &blob.WriterOptions{ContentType: "application/octet-stream"}
}
