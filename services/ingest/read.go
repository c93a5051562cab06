package ingest

import (
	"context"
	"errors"
	"io"
	"strings"

	"google.golang.org/grpc/codes"

	errorsv1 "github.com/sheetreel/sheetreel/gen/sheetreel/errors/v1"
	ingestv1 "github.com/sheetreel/sheetreel/gen/sheetreel/ingest/v1"
	"github.com/sheetreel/sheetreel/kit/errs"
	"github.com/sheetreel/sheetreel/services/ingest/estimate"
	"github.com/sheetreel/sheetreel/services/ingest/mapping"
	"github.com/sheetreel/sheetreel/services/ingest/source"
	"github.com/sheetreel/sheetreel/services/ingest/source/sheets"
	"github.com/sheetreel/sheetreel/services/ingest/validate"
)

// reader is the one path from a source to ideas.
type reader struct {
	open    func(request) (source.Source, error)
	catalog *mapping.Catalog
	rules   *validate.Rules
	// prices are what videos cost; nil when they are not known.
	prices func(ctx context.Context, project string) *estimate.Prices
}

// request says what to read, and whose quota pays.
type request struct {
	source  *ingestv1.Source
	project string // without "projects/"
	user    string // may be empty
	// findings is told of every finding; the report has the first of them. May be nil.
	findings func(*ingestv1.Finding)
	// diff is told what is read, before the first row is given away; nil when nobody asks.
	diff *difference
}

// reading is what came out, but for the rows.
type reading struct {
	report *ingestv1.ImportReport
	// findings are all of them, when they were collected.
	findings *findingList
}

// take is who gets the rows, piece by piece and in the sheet's order. Its error ends the reading.
type take func(context.Context, []validate.Row) error

// read reads, maps and validates, and gives the rows away as they come: no sheet is held as a whole that its source
// can read in pieces. Its errors are those of kit/errs, unless something is broken.
func (r reader) read(ctx context.Context, req request, give take) (found *reading, err error) {
	options, err := mappingOptions(req.source.GetOptions())
	if err != nil {
		return nil, err
	}
	src, err := r.open(req)
	if err != nil {
		return nil, err
	}
	rows, err := source.Open(ctx, src)
	if err != nil {
		return nil, err
	}
	defer func() {
		if closeErr := rows.Close(); err == nil && closeErr != nil {
			found, err = nil, closeErr
		}
	}()
	head := rows.Head()
	if req.diff != nil {
		req.diff.begin(req, head)
	}
	header, err := r.catalog.Map(head, options)
	if err != nil {
		return nil, noHeader(head, err)
	}
	if err := readLinks(ctx, src, head, header); err != nil {
		return nil, err
	}
	if err := readForms(ctx, src, head, header); err != nil {
		return nil, err
	}
	checks := validateOptions(req)
	if req.diff != nil {
		checks.Watch = req.diff.there
	}
	run, err := r.rules.Start(head, header, checks)
	if err != nil {
		return nil, misfit(err)
	}
	sum := &estimate.Sum{}
	for piece := head; ; {
		putLinks(piece, header)
		valid, err := run.Add(ctx, piece)
		if err != nil {
			return nil, err
		}
		for _, row := range valid {
			inlineIdeas(req.source.GetInlineIdeas().GetIdeas()).storyboard(row.Idea)
			if row.DuplicateOf == 0 {
				sum.Add(row.Idea)
			}
		}
		if err := give(ctx, valid); err != nil {
			return &reading{report: report(head, header, run.Result())}, err
		}
		piece, err = rows.Next(ctx)
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, err
		}
	}
	found = &reading{report: report(head, header, run.Result())}
	found.report.ValidationLevel = level(req.source)
	found.report.Estimate = sum.Estimate(r.prices(ctx, req.project))
	return found, nil
}

// opener opens sources by their kind.
func opener(client *sheets.Client, files *fileOpener) func(request) (source.Source, error) {
	return func(req request) (source.Source, error) {
		if req.source.GetGoogleSheet() != nil {
			return client.Sheet(sheetRequest(req))
		}
		if req.source.GetFile() != nil {
			return files.source(req)
		}
		if inline := req.source.GetInlineIdeas(); inline != nil {
			return inlineSource(inline.GetIdeas())
		}
		return nil, errs.Invalid(errs.Violation{Field: "source", Description: "this kind of source is not known"})
	}
}

// noHeader explains a table without a header.
func noHeader(table *source.Table, err error) error {
	if mapped := new(mapping.OptionsError); errors.As(err, &mapped) {
		return misfit(err)
	}
	guess := ""
	message := "range " + table.Range + " is empty"
	var refused *mapping.NoHeaderError
	if errors.As(err, &refused) && refused.Guess != nil {
		guess = refused.Guess.String()
		message = "no row of " + table.Range + " looks like a header: the first ten rows need one with at least the columns Title and Script (or Description). The best guess is " + guess
	}
	return errs.New(codes.FailedPrecondition, errorsv1.ErrorReason_HEADER_NOT_FOUND, message, "guess", guess)
}

// projectOf gives the project of a resource name that begins with `projects/{project}`.
func projectOf(name string) string {
	_, rest, _ := strings.Cut(name, "projects/")
	project, _, _ := strings.Cut(rest, "/")
	return project
}
