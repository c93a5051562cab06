package sqlite

import (
	"path/filepath"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"
)

func TestDurabilityIsFull(t *testing.T) {
	db, err := Open(t.Context(), filepath.Join(t.TempDir(), "test.db"), fstest.MapFS{})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	got, err := db.Durability(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(Durability{Synchronous: "full", Journal: "wal"}, got); diff != "" || got.Risks() != nil {
		t.Errorf("(-want +got):\n%s\nrisks: %q", diff, got.Risks())
	}
}

func TestRisksOfWeakerSettings(t *testing.T) {
	for d, want := range map[Durability]int{
		{"full", "wal"}: 0, {"extra", "delete"}: 0, {"normal", "wal"}: 1, {"off", "wal"}: 1, {"full", "memory"}: 1, {"off", "off"}: 2,
	} {
		if got := d.Risks(); len(got) != want {
			t.Errorf("%+v: risks %q, want %d", d, got, want)
		}
	}
}
