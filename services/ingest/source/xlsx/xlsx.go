// Package xlsx reads Excel workbooks as a stream.
//
// It promises: cells have the types that the workbook gives them (numbers, truth values, texts, errors; dates as serial
// numbers since 1899-12-30, also from workbooks that count from 1904); rows keep their numbers; only the texts that
// cells share are held, and they, each part of the file, each text and the table are bounded, whatever the archive says of
// itself; few workbooks are read at a time.
//
// A merged area has its value in its first cell, unless it is to be filled. Where a cell's text links to is told beside it.
package xlsx

import (
	"context"
	"errors"
	"io"

	"github.com/sheetreel/sheetreel/kit/errs"
	"github.com/sheetreel/sheetreel/services/ingest/source"
)

// The largest table that is read.
const (
	MaxRows    = 200_000
	MaxColumns = 1_000
	// atOnce is how many workbooks are read at a time: their shared texts are held.
	atOnce = 1
)

// Options say what to read.
type Options struct {
	Name       string // of the file
	Range      string // a tab, an A1 range, a defined name or a table; empty: the first visible tab
	SkipHidden bool   // hidden rows count as empty
	FillMerged bool   // each cell of merged ones gets their value
}

// Opener opens workbooks.
type Opener struct {
	slots chan struct{}
}

// New makes an opener.
func New() *Opener { return &Opener{slots: make(chan struct{}, atOnce)} }

// Open begins to read a workbook when it is its turn. The file must stay open for as long as the rows; closing the rows
// does not close it, but lets the next workbook in.
func (o *Opener) Open(ctx context.Context, file io.ReaderAt, size int64, options Options) (source.Rows, error) {
	select {
	case o.slots <- struct{}{}:
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	rows, err := open(ctx, file, size, options, func() { <-o.slots })
	if err != nil {
		return nil, explain(err)
	}
	return rows, nil
}

// open gives the slot back when it fails, or when the rows are closed.
func open(ctx context.Context, file io.ReaderAt, size int64, options Options, release func()) (_ source.Rows, err error) {
	reader := &reader{release: release, skipHidden: options.SkipHidden}
	opened := false
	defer func() {
		if !opened {
			err = errors.Join(err, reader.Close())
		}
	}()
	parts, err := openArchive(file, size)
	if err != nil {
		return nil, err
	}
	book, err := parts.workbook()
	if err != nil {
		return nil, err
	}
	chosen, err := book.choose(options.Range)
	if err != nil {
		return nil, err
	}
	if reader.texts, err = parts.sharedTexts(ctx, book); err != nil {
		return nil, err
	}
	if reader.forms, err = parts.forms(book); err != nil {
		return nil, err
	}
	reader.since1904, reader.area = book.since1904, chosen.area
	if reader.behind, err = parts.scan(ctx, chosen.tab.path, options.FillMerged); err != nil {
		return nil, err
	}
	if err := reader.begin(parts, chosen.tab.path); err != nil {
		return nil, err
	}
	opened = true // the stream closes the reader from here on
	return source.Stream(ctx, source.Table{
		Title: options.Name, Tab: chosen.tab.name, Range: chosen.String(),
		FirstRow: chosen.area.Top + 1, FirstColumn: chosen.area.Left, FrozenRows: reader.frozen,
		WithoutThem: options.SkipHidden,
	}, reader)
}

// explain turns what is wrong with the file into words; errors that are words already stay.
func explain(err error) error {
	var broken *brokenError
	if errors.As(err, &broken) {
		return refuse("the workbook is damaged or not made as Excel does it: " + broken.why + "; open it in Excel and save it again, or save it as CSV")
	}
	return err
}

// brokenError says what is wrong with a file.
type brokenError struct{ why string }

func (e *brokenError) Error() string { return e.why }

func refuse(description string) error {
	return errs.Invalid(errs.Violation{Field: "source.file", Description: description})
}
