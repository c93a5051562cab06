package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"google.golang.org/protobuf/proto"

	ingestv1 "github.com/sheetreel/sheetreel/gen/sheetreel/ingest/v1"

	"github.com/sheetreel/sheetreel/cmd/sheetreel/client"
	"github.com/sheetreel/sheetreel/cmd/sheetreel/download"
)

// sheetFlags say which sheet, how it is read, and who asks.
type sheetFlags struct {
	Sheet      string            `arg:"" help:"Link or id of a Google spreadsheet, a CSV, Excel or NDJSON file or its https link, or - for a file from standard input."`
	Range      string            `help:"Tab, A1 range, named range or table; the link's tab or the first one when empty."`
	Level      string            `help:"What an error in a row does. strict: nothing is made; moderate: the row is left out; lenient: what can be mended is mended." enum:"strict,moderate,lenient" default:"moderate"`
	Format     string            `help:"Which fields are read: detect (all that the header names), minimal, standard or comprehensive." enum:"detect,minimal,standard,comprehensive" default:"detect"`
	Column     map[string]string `help:"Your own columns, and no others are read: a header or a letter, =, and a field or var:NAME; may be repeated." placeholder:"HEADER=FIELD" mapsep:"none"`
	HeaderRow  int               `help:"Row number of the header, from 1; 0 finds it." default:"0"`
	Gate       string            `help:"Header or letter of a column such as Approved: only rows with a yes in it are used." placeholder:"HEADER"`
	SkipHidden bool              `help:"Leave rows out that are hidden or filtered out."`
	FillMerged bool              `help:"Give each cell of merged ones their value."`
	Encoding   string            `help:"Encoding of a CSV file: utf-8, utf-16le, utf-16be or windows-1252; found out when empty." enum:",utf-8,utf-16le,utf-16be,windows-1252" default:""`
	Delimiter  string            `help:"What separates the cells of a CSV file; found out when empty." placeholder:"CHARACTER"`
	All        bool              `help:"Take also the rows of a Google spreadsheet that were submitted before: by default only new and changed ones are."`
	User       string            `help:"Who asks, for quotas and fairness." default:"default"`
}

const (
	// inlineBytes is how large a file may be that is sent in the request itself: what a bulk job takes, with room.
	inlineBytes = 200 << 10
	// uploadBound is how long sending a file may take.
	uploadBound = 10 * time.Minute
)

// fileEndings are those of names that are no ids of spreadsheets.
var fileEndings = [...]string{".csv", ".xlsx", ".ndjson", ".jsonl"}

// source is the API's name for the sheet. A local file that is large is uploaded first.
func (f sheetFlags) source(ctx context.Context, server clientFlags) (*ingestv1.Source, error) {
	options, err := f.options()
	if err != nil {
		return nil, err
	}
	source := &ingestv1.Source{Options: options}
	switch {
	case f.Sheet == "-":
		return f.file(ctx, server, source, os.Stdin, "standard input")
	case isFile(f.Sheet):
		in, err := os.Open(f.Sheet)
		if err != nil {
			return nil, err
		}
		defer in.Close()
		return f.file(ctx, server, source, in, filepath.Base(f.Sheet))
	case isFileLink(f.Sheet):
		source.Kind = &ingestv1.Source_File{File: &ingestv1.SheetFile{
			Content: &ingestv1.SheetFile_Uri{Uri: f.Sheet}, Encoding: f.Encoding, Delimiter: f.Delimiter, Range: f.Range,
		}}
		return source, nil
	case slices.Contains(fileEndings[:], strings.ToLower(filepath.Ext(f.Sheet))):
		return nil, fmt.Errorf("%s: %w", f.Sheet, fs.ErrNotExist)
	case f.Encoding != "" || f.Delimiter != "":
		return nil, errors.New("--encoding and --delimiter are for CSV files, and this is a Google spreadsheet")
	}
	source.Kind = &ingestv1.Source_GoogleSheet{GoogleSheet: &ingestv1.GoogleSheet{Spreadsheet: f.Sheet, Range: f.Range}}
	if f.All {
		if source.Options == nil {
			source.Options = &ingestv1.ImportOptions{}
		}
		source.Options.RepeatedRows = ingestv1.ImportOptions_ALL
	}
	return source, nil
}

// options are nil when all are the defaults: then a request is the same as one without options.
func (f sheetFlags) options() (*ingestv1.ImportOptions, error) {
	o := &ingestv1.ImportOptions{HeaderRow: int32(f.HeaderRow), GateColumn: f.Gate}
	switch f.Level {
	case "strict":
		o.ValidationLevel = ingestv1.ImportOptions_STRICT
	case "lenient":
		o.ValidationLevel = ingestv1.ImportOptions_LENIENT
	}
	switch f.Format {
	case "minimal":
		o.ColumnFormat = ingestv1.ImportOptions_MINIMAL
	case "standard":
		o.ColumnFormat = ingestv1.ImportOptions_STANDARD
	case "comprehensive":
		o.ColumnFormat = ingestv1.ImportOptions_COMPREHENSIVE
	}
	if len(f.Column) > 0 {
		if o.ColumnFormat != ingestv1.ImportOptions_COLUMN_FORMAT_UNSPECIFIED {
			return nil, errors.New("--column and --format cannot be used together: --column names every column that is read")
		}
		o.ColumnFormat = ingestv1.ImportOptions_CUSTOM
		for _, column := range slices.Sorted(maps.Keys(f.Column)) {
			o.Columns = append(o.Columns, &ingestv1.ImportOptions_CustomColumn{Column: column, Field: f.Column[column]})
		}
	}
	if f.SkipHidden {
		o.HiddenRows = ingestv1.ImportOptions_SKIP
	}
	if f.FillMerged {
		o.MergedCells = ingestv1.ImportOptions_FILL
	}
	if proto.Size(o) == 0 {
		return nil, nil
	}
	return o, nil
}

// file sends a small file in the request, and uploads a large one.
func (f sheetFlags) file(ctx context.Context, server clientFlags, source *ingestv1.Source, in io.Reader, name string) (*ingestv1.Source, error) {
	file := &ingestv1.SheetFile{FileName: name, Encoding: f.Encoding, Delimiter: f.Delimiter, Range: f.Range}
	source.Kind = &ingestv1.Source_File{File: file}
	start, err := io.ReadAll(io.LimitReader(in, inlineBytes+1))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	if len(start) <= inlineBytes {
		file.Content = &ingestv1.SheetFile_Data{Data: start}
		return source, nil
	}
	upload, err := upload(ctx, server.links().Uploads(client.Project(server.Project)), io.MultiReader(bytes.NewReader(start), in))
	if err != nil {
		return nil, fmt.Errorf("upload %s: %w", name, err)
	}
	file.Content = &ingestv1.SheetFile_Upload{Upload: upload}
	return source, nil
}

// upload sends a file to the server's HTTP side and gives the upload's name.
func upload(ctx context.Context, to string, file io.Reader) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, uploadBound)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, to, file)
	if err != nil {
		return "", err
	}
	request.Header.Set("Content-Type", "application/octet-stream")
	answer, err := download.NewClient().Do(request)
	if err != nil {
		return "", err
	}
	defer answer.Body.Close()
	var stored struct {
		Name  string
		Error struct{ Message string }
	}
	if err := json.NewDecoder(io.LimitReader(answer.Body, 64<<10)).Decode(&stored); err != nil {
		return "", fmt.Errorf("the server answers %s in an unknown form; is --http right?", answer.Status)
	}
	if answer.StatusCode != http.StatusOK {
		return "", fmt.Errorf("the server answers: %s", stored.Error.Message)
	}
	return stored.Name, nil
}

func isFile(path string) bool {
	info, err := os.Stat(path)
	return err == nil && !info.IsDir()
}

// isFileLink tells the link of a file from that of a Google spreadsheet. What Google publishes as CSV is a file.
func isFileLink(text string) bool {
	u, err := url.Parse(text)
	if err != nil || u.Scheme != "https" {
		return false
	}
	switch strings.ToLower(u.Hostname()) {
	case "docs.google.com", "drive.google.com":
		return u.Query().Get("output") == "csv" || u.Query().Get("format") == "csv"
	}
	return true
}
