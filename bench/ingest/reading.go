package main

import (
	"bytes"
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"io"

	"github.com/xuri/excelize/v2"

	"github.com/sheetreel/sheetreel/services/ingest/source"
	"github.com/sheetreel/sheetreel/services/ingest/source/file"

	"github.com/sheetreel/sheetreel/bench/measure"
)

// reading measures reading alone, of a CSV and of a workbook, beside those who read them usually.
func reading(ctx context.Context, rounds *measure.Rounds[outcome], rows int) error {
	var table bytes.Buffer
	if err := csvOf(&table, rows); err != nil {
		return err
	}
	book, err := xlsxOf(rows)
	if err != nil {
		return err
	}
	for _, one := range []struct {
		name string
		read func() (int, error)
	}{
		{"read csv, ours", func() (int, error) { return ours(ctx, table.Bytes()) }},
		{"read csv, encoding/csv", func() (int, error) { return standard(bytes.NewReader(table.Bytes())) }},
		{"read xlsx, ours", func() (int, error) { return ours(ctx, book) }},
		{"read xlsx, excelize", func() (int, error) { return streamed(bytes.NewReader(book)) }},
	} {
		o, err := measured(rows, func() (int, error) {
			got, err := one.read()
			if err == nil && got != rows+1 {
				err = fmt.Errorf("%d rows were read, want %d", got, rows+1)
			}
			return 0, err
		})
		if err != nil {
			return fmt.Errorf("%s: %w", one.name, err)
		}
		rounds.Add(one.name, o)
		fmt.Printf("  %-28s %s, peak of live heap %.0f MB\n", one.name, o.span, heap(o))
	}
	return nil
}

// ours reads piece by piece, as an import does.
func ours(ctx context.Context, content []byte) (rows int, err error) {
	opened, err := source.Open(ctx, file.New().Source(func(context.Context) (file.Content, error) { return file.Data(content), nil }, file.Request{}))
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, opened.Close()) }()
	for piece := opened.Head(); ; {
		rows += len(piece.Rows)
		piece, err = opened.Next(ctx)
		if errors.Is(err, io.EOF) {
			return rows, nil
		}
		if err != nil {
			return rows, err
		}
	}
}

func standard(content io.Reader) (rows int, err error) {
	for in := csv.NewReader(content); ; rows++ {
		if _, err := in.Read(); errors.Is(err, io.EOF) {
			return rows, nil
		} else if err != nil {
			return rows, err
		}
	}
}

func streamed(content io.Reader) (rows int, err error) {
	book, err := excelize.OpenReader(content)
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, book.Close()) }()
	all, err := book.Rows("Sheet1")
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, all.Close()) }()
	for ; all.Next(); rows++ {
		if _, err := all.Columns(); err != nil {
			return rows, err
		}
	}
	return rows, all.Error()
}
