package ingest

import (
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
	"github.com/sheetreel/sheetreel/kit/safehttp"
	"github.com/sheetreel/sheetreel/services/ingest/source"
	"github.com/sheetreel/sheetreel/services/ingest/source/csv"
	"github.com/sheetreel/sheetreel/services/ingest/source/file"
)

// fileOpener makes sources of files.
type fileOpener struct {
	files   *file.Reader
	links   *file.Links
	uploads *blob.Bucket // nil: none are kept
}

func newFileOpener(uploads *blob.Bucket) *fileOpener {
	return &fileOpener{files: file.New(), links: file.NewLinks(safehttp.Policy{}), uploads: uploads}
}

// source checks which file is asked for. It reads nothing yet.
func (o *fileOpener) source(req request) (source.Source, error) {
	asked := req.source.GetFile()
	refuse := func(field, description string) (source.Source, error) {
		return nil, errs.Invalid(errs.Violation{Field: "source." + field, Description: description})
	}
	switch {
	case asked.GetUpload() != "" && o.uploads == nil:
		return refuse("file.upload", "this server keeps no uploads; it was started without a blob store")
	case asked.GetUpload() != "" && projectOf(asked.GetUpload()) != req.project:
		return refuse("file.upload", "is an upload of another project")
	}
	known := file.Request{
		Name: asked.GetFileName(), Encoding: encodings(asked.GetEncoding()), Range: asked.GetRange(),
		SkipHidden: req.source.GetOptions().GetHiddenRows() == ingestv1.ImportOptions_SKIP,
		FillMerged: req.source.GetOptions().GetMergedCells() == ingestv1.ImportOptions_FILL,
	}
	switch asked.GetFormat() {
	case ingestv1.SheetFile_CSV:
		known.Format = file.CSV
	case ingestv1.SheetFile_XLSX:
		known.Format = file.XLSX
	case ingestv1.SheetFile_NDJSON:
		known.Format = file.NDJSON
	}
	if d := asked.GetDelimiter(); d != "" {
		known.Delimiter = d[0]
	}
	if known.Name == "" && asked.GetUri() != "" {
		known.Name = file.Name(asked.GetUri())
	}
	return o.files.Source(func(ctx context.Context) (file.Content, error) { return o.content(ctx, asked) }, known), nil
}

// content brings the file.
func (o *fileOpener) content(ctx context.Context, asked *ingestv1.SheetFile) (file.Content, error) {
	switch {
	case asked.GetUri() != "":
		return o.links.Get(ctx, asked.GetUri())
	case asked.GetUpload() != "":
		return fetched(ctx, o.uploads, asked.GetUpload())
	}
	return file.Data(asked.GetData()), nil
}

// encodings knows the names of the API; an empty one is found out.
func encodings(name string) csv.Encoding {
	return map[string]csv.Encoding{
		"utf-8": csv.UTF8, "utf-16le": csv.UTF16LittleEndian, "utf-16be": csv.UTF16BigEndian, "windows-1252": csv.Windows1252,
	}[name]
}

// fetched brings an upload onto the local disk: readers look at a file more than once. Closing it removes it.
func fetched(ctx context.Context, uploads *blob.Bucket, name string) (file.Content, error) {
	blobs, err := uploads.NewReader(ctx, uploadKey(name), nil)
	if gcerrors.Code(err) == gcerrors.NotFound {
		return nil, errs.New(codes.NotFound, errorsv1.ErrorReason_UPLOAD_NOT_FOUND, name+" does not exist (any more): uploads are kept for a day; upload the file again", "upload", name)
	}
	if err != nil {
		return nil, fmt.Errorf("upload %s: %w", name, err)
	}
	defer blobs.Close()
	local, err := os.CreateTemp("", "sheetreel-upload-*")
	if err != nil {
		return nil, err
	}
	size, err := io.Copy(local, blobs)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("upload %s: %w", name, err), temporary{File: local}.Close())
	}
	return temporary{local, size}, nil
}

// uploadKey is where the gateway keeps an upload.
func uploadKey(name string) string {
	_, id, _ := strings.Cut(name, "/uploads/")
	return "uploads/" + projectOf(name) + "/" + id
}

// temporary is a file that is gone when it is closed.
type temporary struct {
	*os.File
	size int64
}

// Size is the number of bytes.
func (t temporary) Size() int64 { return t.size }

func (t temporary) Close() error { return errors.Join(t.File.Close(), os.Remove(t.Name())) }
