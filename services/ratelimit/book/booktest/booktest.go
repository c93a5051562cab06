// Package booktest is the conformance suite of the stores of rules: what every one must do, told once.
package booktest

import (
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/sheetreel/sheetreel/services/ratelimit/book"
)

// Run runs the suite. open gives an empty store that is closed with the test.
func Run(t *testing.T, open func(t *testing.T) book.Store) {
	tests := map[string]func(*testing.T, book.Store){
		"an empty store":                     empty,
		"what is appended is loaded":         keeps,
		"rows are replaced and deleted":      changes,
		"a number that is not next":          conflicts,
		"of many who append, one gets it":    once,
		"only the newest records are kept":   forgets,
		"records by pages":                   pages,
		"requests are found, the newest one": requests,
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) { test(t, open(t)) })
	}
}

func record(number int64) book.Record {
	return book.Record{
		Number: number, Created: time.UnixMilli(1_795_000_000_123 + number).UTC(), Actor: "ada\x00\xff", Description: "déjà vu",
		Digest: "d", RequestID: fmt.Sprint("request ", number), RequestSum: "s", Changes: []byte(`[{"limit":"a\u0000"}]`),
	}
}

func mustAppend(t *testing.T, s book.Store, number int64, rows ...book.Row) {
	t.Helper()
	if err := s.Append(t.Context(), record(number), rows, 100); err != nil {
		t.Fatal(err)
	}
}

func wantLoaded(t *testing.T, s book.Store, number int64, rows ...book.Row) {
	t.Helper()
	head, got, err := s.Load(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	want := book.Record{}
	if number > 0 {
		want = record(number)
	}
	if diff := cmp.Diff(want, head); diff != "" {
		t.Errorf("head (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(rows, got, cmpopts.EquateEmpty()); diff != "" {
		t.Errorf("rows (-want +got):\n%s", diff)
	}
	if n, err := s.Head(t.Context()); err != nil || n != number {
		t.Errorf("head %d, %v; want %d", n, err, number)
	}
}

func row(limit, override, body string) book.Row {
	return book.Row{Limit: limit, Override: override, Body: []byte(body)}
}

func empty(t *testing.T, s book.Store) {
	wantLoaded(t, s, 0)
	if found, err := s.Records(t.Context(), 0, 10); err != nil || len(found) != 0 {
		t.Errorf("records %v, %v", found, err)
	}
	if _, err := s.Request(t.Context(), "x"); !errors.Is(err, book.ErrNotFound) {
		t.Errorf("error %v, want ErrNotFound", err)
	}
}

func keeps(t *testing.T, s book.Store) {
	mustAppend(t, s, 1, row("b", "o", "3"), row("b", "", "2"), row("a-b", "", "1"), row("a", "z", "0"))
	wantLoaded(t, s, 1, row("a", "z", "0"), row("a-b", "", "1"), row("b", "", "2"), row("b", "o", "3"))
}

func changes(t *testing.T, s book.Store) {
	mustAppend(t, s, 1, row("a", "", "1"), row("a", "o", "2"), row("b", "", "3"))
	mustAppend(t, s, 2, row("a", "o", ""), row("b", "", "4"), row("never", "", ""))
	wantLoaded(t, s, 2, row("a", "", "1"), row("b", "", "4"))
}

func conflicts(t *testing.T, s book.Store) {
	mustAppend(t, s, 1, row("a", "", "1"))
	for _, number := range []int64{0, 1, 3} {
		if err := s.Append(t.Context(), record(number), []book.Row{row("a", "", "9")}, 100); !errors.Is(err, book.ErrConflict) {
			t.Errorf("number %d: error %v, want ErrConflict", number, err)
		}
	}
	wantLoaded(t, s, 1, row("a", "", "1"))
}

func once(t *testing.T, s book.Store) {
	const many = 8
	mustAppend(t, s, 1)
	outcomes := make([]error, many)
	var all sync.WaitGroup
	for i := range many {
		all.Go(func() {
			outcomes[i] = s.Append(t.Context(), record(2), []book.Row{row("a", "", fmt.Sprint(i))}, 100)
		})
	}
	all.Wait()
	won := -1
	for i, err := range outcomes {
		switch {
		case err == nil && won < 0:
			won = i
		case !errors.Is(err, book.ErrConflict):
			t.Errorf("%d: error %v, want ErrConflict", i, err)
		}
	}
	wantLoaded(t, s, 2, row("a", "", fmt.Sprint(won)))
}

func numbers(records []book.Record) []int64 {
	var all []int64
	for _, r := range records {
		all = append(all, r.Number)
	}
	return all
}

func forgets(t *testing.T, s book.Store) {
	for n := range int64(6) {
		if err := s.Append(t.Context(), record(n+1), nil, 3); err != nil {
			t.Fatal(err)
		}
	}
	found, err := s.Records(t.Context(), 0, 100)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]int64{6, 5, 4}, numbers(found)); diff != "" {
		t.Errorf("numbers (-want +got):\n%s", diff)
	}
}

func pages(t *testing.T, s book.Store) {
	for n := range int64(5) {
		mustAppend(t, s, n+1)
	}
	var got [][]int64
	for before := int64(0); ; {
		found, err := s.Records(t.Context(), before, 2)
		if err != nil {
			t.Fatal(err)
		}
		if len(found) == 0 {
			break
		}
		if diff := cmp.Diff(record(found[0].Number), found[0]); diff != "" {
			t.Errorf("record (-want +got):\n%s", diff)
		}
		got = append(got, numbers(found))
		before = found[len(found)-1].Number
	}
	if diff := cmp.Diff([][]int64{{5, 4}, {3, 2}, {1}}, got); diff != "" {
		t.Errorf("pages (-want +got):\n%s", diff)
	}
}

func requests(t *testing.T, s book.Store) {
	same := record(2)
	same.RequestID = "request 1"
	mustAppend(t, s, 1)
	if err := s.Append(t.Context(), same, nil, 100); err != nil {
		t.Fatal(err)
	}
	mustAppend(t, s, 3)
	found, err := s.Request(t.Context(), "request 1")
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(same, found); diff != "" {
		t.Errorf("record (-want +got):\n%s", diff)
	}
	if _, err := s.Request(t.Context(), "request 2"); !errors.Is(err, book.ErrNotFound) {
		t.Errorf("error %v, want ErrNotFound", err)
	}
}
