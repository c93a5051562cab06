// Package file reads files of ideas, whatever place they come from: those that a request brings along and those
// behind a public link.
//
// It promises: the content decides what a file is, and what is no table (a web page, a PDF, an old or locked workbook)
// is refused with words that say what to do; a file is read as a stream, and none that comes from elsewhere is held in
// memory.
package file

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"regexp"
	"strings"

	"github.com/sheetreel/sheetreel/kit/errs"
	"github.com/sheetreel/sheetreel/services/ingest/source"
	"github.com/sheetreel/sheetreel/services/ingest/source/a1"
	"github.com/sheetreel/sheetreel/services/ingest/source/csv"
	"github.com/sheetreel/sheetreel/services/ingest/source/ndjson"
	"github.com/sheetreel/sheetreel/services/ingest/source/xlsx"
)

// Content is a file that can be read.
type Content interface {
	io.ReaderAt
	io.Closer
	Size() int64
}

// Data makes a content of bytes.
func Data(data []byte) Content { return inMemory{bytes.NewReader(data)} }

type inMemory struct{ *bytes.Reader }

func (inMemory) Close() error { return nil }

// Format is what a file is.
type Format int8

// The formats. The zero value lets the content decide.
const (
	CSV Format = iota + 1
	XLSX
	NDJSON
)

// Request says what is known of a file.
type Request struct {
	Name      string // as people know it; may be empty
	Format    Format
	Encoding  csv.Encoding // of CSV
	Delimiter byte         // of CSV
	Range     string       // a tab, A1 range, name or table; empty: the first visible tab
	// SkipHidden leaves hidden rows of a workbook out.
	SkipHidden bool
	// FillMerged gives each cell of merged ones in a workbook their value.
	FillMerged bool
}

// Reader opens files. It reads few workbooks at a time.
type Reader struct {
	workbooks *xlsx.Opener
}

// New makes a reader.
func New() *Reader { return &Reader{workbooks: xlsx.New()} }

// Source makes a source of a file. open gives its content anew each time; the source closes it.
func (r *Reader) Source(open func(context.Context) (Content, error), req Request) source.Streamer {
	return &opened{reader: r, open: open, req: req}
}

type opened struct {
	reader *Reader
	open   func(context.Context) (Content, error)
	req    Request
}

// Read reads the whole file.
func (o *opened) Read(ctx context.Context) (*source.Table, error) {
	rows, err := o.Open(ctx)
	if err != nil {
		return nil, err
	}
	return source.ReadAll(ctx, rows)
}

// Open begins to read the file.
func (o *opened) Open(ctx context.Context) (source.Rows, error) {
	content, err := o.open(ctx)
	if err != nil {
		return nil, err
	}
	rows, err := o.reader.rows(ctx, content, o.req)
	if err != nil {
		return nil, errors.Join(err, content.Close())
	}
	return owning{rows, content}, nil
}

func (r *Reader) rows(ctx context.Context, content Content, req Request) (source.Rows, error) {
	format, err := formatOf(content, req.Format)
	if err != nil {
		return nil, err
	}
	if req.Name == "" {
		req.Name = "the file"
	}
	if format == XLSX {
		return r.workbooks.Open(ctx, content, content.Size(), xlsx.Options{Name: req.Name, Range: req.Range, SkipHidden: req.SkipHidden, FillMerged: req.FillMerged})
	}
	if format == NDJSON {
		if req.Range != "" {
			return nil, errs.Invalid(errs.Violation{Field: "source.file.range", Description: "a file of JSON lines is read as a whole; leave the range out"})
		}
		return ndjson.Open(ctx, content, content.Size(), req.Name)
	}
	area := a1.Area{}
	if req.Range != "" {
		ref, err := a1.Parse(req.Range)
		if err != nil || ref.Name != "" || ref.Tab != "" {
			return nil, errs.Invalid(errs.Violation{
				Field: "source.file.range", Description: fmt.Sprintf("%q is no range of a CSV file; write one such as A1:M100, or leave it out", req.Range),
			})
		}
		area = ref.Area
	}
	return csv.Open(ctx, content, content.Size(), csv.Options{Name: req.Name, Encoding: req.Encoding, Delimiter: req.Delimiter, Area: area})
}

// owning closes the content with its rows.
type owning struct {
	source.Rows
	content Content
}

func (o owning) Close() error { return errors.Join(o.Rows.Close(), o.content.Close()) }

// How files of JSON begin.
var (
	jsonObject = regexp.MustCompile(`^(\x{FEFF})?\s*\{\s*["}]`)
	jsonList   = regexp.MustCompile(`^(\x{FEFF})?\s*\[\s*\{\s*["}]`)
)

// formatOf looks at how the content begins.
func formatOf(content Content, given Format) (Format, error) {
	start := make([]byte, min(content.Size(), 512))
	if _, err := content.ReadAt(start, 0); err != nil && !errors.Is(err, io.EOF) {
		return 0, err
	}
	kind, _, _ := strings.Cut(http.DetectContentType(start), ";")
	isZip := bytes.HasPrefix(start, []byte("PK\x03\x04"))
	switch {
	case bytes.HasPrefix(start, []byte{0xd0, 0xcf, 0x11, 0xe0}):
		return 0, refuse("the file is an old Excel workbook (.xls) or one with a password; save it as .xlsx without a password, or as CSV")
	case isZip && given == CSV:
		return 0, refuse("the file is no CSV, but a workbook or an archive; leave the format out")
	case isZip:
		return XLSX, nil
	case given == NDJSON:
		return NDJSON, nil
	case given == 0 && jsonObject.Match(start):
		return NDJSON, nil
	case given == 0 && jsonList.Match(start):
		return 0, refuse("the file is one list in JSON; write one object a line, without brackets around them and commas between (NDJSON)")
	case given == XLSX:
		return 0, refuse("the file is no Excel workbook (.xlsx)")
	case kind == "text/html":
		return 0, refuse("this is a web page and not a file; for a Google sheet, give its link as a sheet, or choose File > Share > Publish to web > CSV")
	case kind == "text/xml", kind == "text/plain", kind == "application/octet-stream": // UTF-16 without a mark is the last
		return CSV, nil
	}
	return 0, refuse("the file is neither CSV nor an Excel workbook (.xlsx) nor NDJSON, but " + kind)
}

func refuse(description string) error {
	return errs.Invalid(errs.Violation{Field: "source.file", Description: description})
}
