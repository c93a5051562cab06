package sqlite

import (
	"errors"
	"path/filepath"
	"testing"

	"github.com/sheetreel/sheetreel/services/ratelimit/durable"
	"github.com/sheetreel/sheetreel/services/ratelimit/durable/storetest"
)

func open(t *testing.T, path string) *Store {
	t.Helper()
	s, err := Open(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

func TestConformance(t *testing.T) {
	storetest.Run(t, func(t *testing.T) durable.Store { return open(t, filepath.Join(t.TempDir(), "test.db")) })
}

func TestOneProcessAtATimeIsAlone(t *testing.T) {
	path := filepath.Join(t.TempDir(), "test.db")
	first, second := open(t, path), open(t, path)
	for range 2 {
		if alone, err := first.Alone(t.Context()); err != nil || !alone {
			t.Fatalf("the first is alone: %v, %v", alone, err)
		}
	}
	if alone, err := second.Alone(t.Context()); alone || !errors.Is(err, durable.ErrOwned) {
		t.Errorf("the second is alone: %v, %v; want ErrOwned", alone, err)
	}
	if err := first.Close(); err != nil {
		t.Fatal(err)
	}
	if alone, err := second.Alone(t.Context()); err != nil || !alone {
		t.Errorf("after the first has ended, the second is alone: %v, %v", alone, err)
	}
}

func TestCrashes(t *testing.T) {
	path := filepath.Join(t.TempDir(), "test.db")
	storetest.Crashes(t, func() durable.Store { return open(t, path) }, func(s durable.Store) {
		dead := s.(*Store)
		dead.closed = true // its end must not be clean
		if err := errors.Join(dead.db.Close(), dead.lock.Unlock()); err != nil {
			t.Fatal(err)
		}
	})
}

func BenchmarkWrite(b *testing.B) {
	s, err := Open(b.Context(), filepath.Join(b.TempDir(), "test.db"))
	if err != nil {
		b.Fatal(err)
	}
	defer s.Close()
	storetest.BenchmarkWrite(b, s)
}
