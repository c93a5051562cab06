package storetest

import (
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/sheetreel/sheetreel/services/ratelimit/durable"
)

func beginsClean(t *testing.T, s durable.Store) {
	o, err := s.Owner(t.Context())
	if err != nil || o.Name != "" || o.Fence != 0 {
		t.Errorf("owner %+v, %v; want nobody", o, err)
	}
	want(t, s, o)
}

func takes(t *testing.T, s durable.Store) {
	nobody, err := s.Owner(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	ada := take(t, s, "ada")
	if ada.Name != "ada" || ada.Fence <= nobody.Fence || ada.Beat <= nobody.Beat {
		t.Errorf("owner %+v after %+v", ada, nobody)
	}
	if _, err := s.Take(t.Context(), nobody, "bob"); !errors.Is(err, durable.ErrOwned) {
		t.Errorf("took what ada has: %v", err)
	}
	write(t, s, ada, durable.Batch{})
	if _, err := s.Take(t.Context(), ada, "bob"); !errors.Is(err, durable.ErrOwned) {
		t.Errorf("took from ada, who has shown life since: %v", err)
	}
	if bob := take(t, s, "bob"); bob.Name != "bob" || bob.Fence <= ada.Fence || !bob.Written.Equal(at()) {
		t.Errorf("owner %+v after %+v", bob, ada)
	}
}

func takesOnce(t *testing.T, s durable.Store) {
	seen, err := s.Owner(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	errs := make([]error, 8)
	var all sync.WaitGroup
	for i := range errs {
		all.Go(func() { _, errs[i] = s.Take(t.Context(), seen, fmt.Sprint(i)) })
	}
	all.Wait()
	got := 0
	for _, err := range errs {
		if err == nil {
			got++
		} else if !errors.Is(err, durable.ErrOwned) {
			t.Errorf("error %v, want ErrOwned", err)
		}
	}
	if got != 1 {
		t.Errorf("%d took it, want 1", got)
	}
}

func oldFence(t *testing.T, s durable.Store) {
	ada := take(t, s, "ada")
	write(t, s, ada, durable.Batch{Rows: []durable.Row{counter("user", "x", "ada")}})
	bob := take(t, s, "bob")
	changes := map[string]error{
		"write": s.Write(t.Context(), ada.Fence, durable.Batch{Rows: []durable.Row{counter("user", "x", "late")}, Written: at(), Clean: true}),
		"load":  s.Load(t.Context(), ada.Fence, func([]durable.Row) error { return nil }),
	}
	_, changes["prune"] = s.Prune(t.Context(), ada.Fence, at().Add(time.Hour), 10)
	for what, err := range changes {
		if !errors.Is(err, durable.ErrLost) {
			t.Errorf("%s by an old owner: %v, want ErrLost", what, err)
		}
	}
	want(t, s, bob, counter("user", "x", "ada"))
	if now, err := s.Owner(t.Context()); err != nil || now.Name != "bob" {
		t.Errorf("owner %+v, %v; want bob", now, err)
	}
}

func endsClean(t *testing.T, s durable.Store) {
	ada := take(t, s, "ada")
	write(t, s, ada, durable.Batch{Rows: []durable.Row{counter("user", "x", "1")}, Clean: true})
	seen, err := s.Owner(t.Context())
	if err != nil || seen.Name != "" || !seen.Written.Equal(at()) {
		t.Errorf("owner %+v, %v; want nobody, written at %v", seen, err, at())
	}
	bob := take(t, s, "bob")
	want(t, s, bob, counter("user", "x", "1"))
}
