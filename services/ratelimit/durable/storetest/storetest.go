// Package storetest is the conformance suite of the stores of counters: what every one must do, told once.
package storetest

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"

	"github.com/sheetreel/sheetreel/services/ratelimit/durable"
)

// Run runs the suite. open gives a store on an empty database that is closed with the test.
func Run(t *testing.T, open func(t *testing.T) durable.Store) {
	tests := map[string]func(*testing.T, durable.Store){
		"an empty store was closed cleanly":        beginsClean,
		"an owner takes what it saw":               takes,
		"of many who take, one gets it":            takesOnce,
		"an old fence changes and reads nothing":   oldFence,
		"rows are kept":                            keeps,
		"a clean end gives the store up":           endsClean,
		"what has expired is pruned, a bit a time": prunes,
		"a write is all or nothing":                allOrNothing,
		"many rows are loaded in batches":          loadsBatches,
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) { test(t, open(t)) })
	}
}

// at is the time of the tests, by the wall clock.
func at() time.Time { return time.UnixMilli(1_795_000_000_123) }

func counter(rule, key, state string) durable.Row {
	return durable.Row{Kind: durable.Counter, Rule: rule, Key: key, State: []byte(state), Expire: at().Add(time.Minute)}
}

func take(t *testing.T, s durable.Store, name string) durable.Owner {
	t.Helper()
	seen, err := s.Owner(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	o, err := s.Take(t.Context(), seen, name)
	if err != nil {
		t.Fatal(err)
	}
	return o
}

func write(t *testing.T, s durable.Store, o durable.Owner, b durable.Batch) {
	t.Helper()
	if b.Written.IsZero() {
		b.Written = at()
	}
	if err := s.Write(t.Context(), o.Fence, b); err != nil {
		t.Fatal(err)
	}
}

// all gives all rows, in order.
func all(t *testing.T, s durable.Store, o durable.Owner) []durable.Row {
	t.Helper()
	var rows []durable.Row
	err := s.Load(t.Context(), o.Fence, func(batch []durable.Row) error {
		rows = append(rows, batch...)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	slices.SortFunc(rows, func(a, b durable.Row) int {
		return cmp.Or(cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.Rule, b.Rule), cmp.Compare(a.Key, b.Key))
	})
	return rows
}

func want(t *testing.T, s durable.Store, o durable.Owner, rows ...durable.Row) {
	t.Helper()
	if diff := gocmp.Diff(rows, all(t, s, o)); diff != "" {
		t.Errorf("rows (-want +got):\n%s", diff)
	}
}

func keeps(t *testing.T, s durable.Store) {
	o := take(t, s, "ada")
	odd := counter("user", "user=\x00\xff'é", "")
	odd.State = []byte{0}
	charge := durable.Row{Kind: durable.Charge, Key: "7", State: []byte("open"), Expire: at().Add(time.Hour)}
	write(t, s, o, durable.Batch{Rows: []durable.Row{counter("user", "user=ada", "1"), odd, charge, counter("user", "user=bob", "1")}})
	write(t, s, o, durable.Batch{Rows: []durable.Row{counter("user", "user=ada", "2")}, Gone: []durable.Row{
		{Kind: durable.Counter, Rule: "user", Key: "user=bob"},
		{Kind: durable.Counter, Rule: "user", Key: "nobody"},
		{Kind: durable.Counter, Key: "7"}, // of another kind
	}})
	want(t, s, o, odd, counter("user", "user=ada", "2"), charge)
}

func prunes(t *testing.T, s durable.Store) {
	o := take(t, s, "ada")
	var rows []durable.Row
	for i := range 5 {
		rows = append(rows, counter("user", fmt.Sprint(i), "x"))
		rows[i].Expire = at().Add(time.Duration(i) * time.Second)
	}
	write(t, s, o, durable.Batch{Rows: rows})
	for _, want := range []int{2, 1, 0} {
		if got, err := s.Prune(t.Context(), o.Fence, at().Add(3*time.Second), 2); err != nil || got != want {
			t.Errorf("pruned %d, %v; want %d", got, err, want)
		}
	}
	want(t, s, o, rows[3:]...)
}

func allOrNothing(t *testing.T, s durable.Store) {
	o := take(t, s, "ada")
	write(t, s, o, durable.Batch{Rows: []durable.Row{counter("user", "ada", "1")}})
	broken := counter("user", "bob", "")
	broken.State = nil // no state is not an empty one
	err := s.Write(t.Context(), o.Fence, durable.Batch{Rows: []durable.Row{counter("user", "ada", "2"), broken}, Clean: true})
	if err == nil {
		t.Fatal("a row without a state was written")
	}
	want(t, s, o, counter("user", "ada", "1"))
	if now, err := s.Owner(t.Context()); err != nil || now.Name != "ada" {
		t.Errorf("owner %+v, %v; want ada", now, err)
	}
}

func loadsBatches(t *testing.T, s durable.Store) {
	o := take(t, s, "ada")
	var rows []durable.Row
	for i := range 2500 {
		rows = append(rows, counter("user", fmt.Sprintf("%04d", i), fmt.Sprint(i)))
	}
	write(t, s, o, durable.Batch{Rows: rows})
	want(t, s, o, rows...)
	stop := errors.New("stop")
	calls := 0
	err := s.Load(t.Context(), o.Fence, func([]durable.Row) error { calls++; return stop })
	if !errors.Is(err, stop) || calls != 1 {
		t.Errorf("load ended with %v after %d calls, want the callee's error after 1", err, calls)
	}
}
