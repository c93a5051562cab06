package ingest

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"gocloud.dev/blob"
	"gocloud.dev/gcerrors"
	"google.golang.org/grpc/codes"

	errorsv1 "github.com/sheetreel/sheetreel/gen/sheetreel/errors/v1"
	ingestv1 "github.com/sheetreel/sheetreel/gen/sheetreel/ingest/v1"
	"github.com/sheetreel/sheetreel/kit/errs"
	"github.com/sheetreel/sheetreel/services/ingest/source"
	"github.com/sheetreel/sheetreel/services/ingest/source/csv"
)

// sheetFile is a file as a source.
type sheetFile struct {
	*ingestv1.SheetFile
	uploads *blob.Bucket
}

// fileSource checks which file is asked for. It reads nothing yet.
func fileSource(req request, uploads *blob.Bucket) (source.Source, error) {
	file := req.source.GetFile()
	refuse := func(field, description string) (source.Source, error) {
		return nil, errs.Invalid(errs.Violation{Field: "source.file." + field, Description: description})
	}
	switch {
	case file.GetUri() != "":
		return refuse("uri", "this version reads no files by their address; upload the file and name the upload")
	case file.GetUpload() != "" && uploads == nil:
		return refuse("upload", "this server keeps no uploads; it was started without a blob store")
	case file.GetUpload() != "" && projectOf(file.GetUpload()) != req.project:
		return refuse("upload", "is an upload of another project")
	case file.GetFormat() == ingestv1.SheetFile_XLSX:
		return refuse("format", "this version reads no Excel workbooks; save the sheet as CSV")
	case file.GetRange() != "":
		return refuse("range", "is only for workbooks with several tabs; a CSV file is read as a whole")
	}
	return sheetFile{file, uploads}, nil
}

// Read reads the whole file.
func (f sheetFile) Read(ctx context.Context) (*source.Table, error) {
	rows, err := f.Open(ctx)
	if err != nil {
		return nil, err
	}
	return source.ReadAll(ctx, rows)
}

// Open begins to read the file.
func (f sheetFile) Open(ctx context.Context) (source.Rows, error) {
	content, size, err := f.content(ctx)
	if err != nil {
		return nil, err
	}
	rows, err := f.rows(ctx, content, size)
	if err != nil {
		return nil, errors.Join(err, content.Close())
	}
	return closing{rows, content}, nil
}

// readable is a file that is open.
type readable interface {
	io.ReaderAt
	io.Closer
}

func (f sheetFile) content(ctx context.Context) (readable, int64, error) {
	if data := f.GetData(); data != nil {
		return inMemory{bytes.NewReader(data)}, int64(len(data)), nil
	}
	return fetched(ctx, f.uploads, f.GetUpload())
}

func (f sheetFile) rows(ctx context.Context, content io.ReaderAt, size int64) (source.Rows, error) {
	magic := make([]byte, 4)
	if _, err := content.ReadAt(magic, 0); err != nil && !errors.Is(err, io.EOF) {
		return nil, err
	}
	if string(magic) == "PK\x03\x04" && f.GetFormat() != ingestv1.SheetFile_CSV {
		return nil, errs.Invalid(errs.Violation{Field: "source.file", Description: "this is an Excel workbook, which this version does not read; save the sheet as CSV"})
	}
	options := csv.Options{Name: cmp.Or(f.GetFileName(), "the file"), Encoding: encodings(f.GetEncoding())}
	if d := f.GetDelimiter(); d != "" {
		options.Delimiter = d[0]
	}
	return csv.Open(ctx, content, size, options)
}

// encodings knows the names of the API; an empty one is found out.
func encodings(name string) csv.Encoding {
	return map[string]csv.Encoding{
		"utf-8": csv.UTF8, "utf-16le": csv.UTF16LittleEndian, "utf-16be": csv.UTF16BigEndian, "windows-1252": csv.Windows1252,
	}[name]
}

// fetched brings an upload onto the local disk: readers look at a file more than once. Closing it removes it.
func fetched(ctx context.Context, uploads *blob.Bucket, name string) (_ readable, _ int64, err error) {
	blobs, err := uploads.NewReader(ctx, uploadKey(name), nil)
	if gcerrors.Code(err) == gcerrors.NotFound {
		return nil, 0, errs.New(codes.NotFound, errorsv1.ErrorReason_UPLOAD_NOT_FOUND, name+" does not exist (any more): uploads are kept for a day; upload the file again", "upload", name)
	}
	if err != nil {
		return nil, 0, fmt.Errorf("upload %s: %w", name, err)
	}
	defer blobs.Close()
	local, err := os.CreateTemp("", "sheetreel-upload-*")
	if err != nil {
		return nil, 0, err
	}
	size, err := io.Copy(local, blobs)
	if err != nil {
		return nil, 0, errors.Join(fmt.Errorf("upload %s: %w", name, err), temporary{local}.Close())
	}
	return temporary{local}, size, nil
}

// uploadKey is where the gateway keeps an upload.
func uploadKey(name string) string {
	_, id, _ := strings.Cut(name, "/uploads/")
	return "uploads/" + projectOf(name) + "/" + id
}

// inMemory needs no closing.
type inMemory struct{ *bytes.Reader }

func (inMemory) Close() error { return nil }

// temporary is a file that is gone when it is closed.
type temporary struct{ *os.File }

func (t temporary) Close() error { return errors.Join(t.File.Close(), os.Remove(t.Name())) }

// closing closes the file with the rows.
type closing struct {
	source.Rows
	file io.Closer
}

func (c closing) Close() error { return errors.Join(c.Rows.Close(), c.file.Close()) }
