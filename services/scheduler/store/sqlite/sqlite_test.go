package sqlite

import (
	"path/filepath"
	"testing"

	"github.com/sheetreel/sheetreel/services/scheduler/store"
	"github.com/sheetreel/sheetreel/services/scheduler/store/ledger"
	"github.com/sheetreel/sheetreel/services/scheduler/store/storetest"
)

func TestConformance(t *testing.T) {
	storetest.Run(t, func(t *testing.T) store.Store { return open(t) })
}

func open(t testing.TB) store.Store {
	t.Helper()
	s, err := Open(t.Context(), filepath.Join(t.TempDir(), "test.db"), ledger.Options{Rates: storetest.Rates(t)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

func BenchmarkAppend(b *testing.B) { storetest.BenchmarkAppend(b, open) }
