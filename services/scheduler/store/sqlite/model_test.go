package sqlite

import (
	"os"
	"testing"

	"github.com/sheetreel/sheetreel/services/scheduler/store"
	"github.com/sheetreel/sheetreel/services/scheduler/store/ledger"
	"github.com/sheetreel/sheetreel/services/scheduler/store/storetest"
)

func TestModel(t *testing.T) {
	storetest.Model(t, 80, func(t *testing.T) (store.Store, func()) {
		folder, err := os.MkdirTemp(t.TempDir(), "")
		if err != nil {
			t.Fatal(err)
		}
		s, err := Open(t.Context(), folder+"/test.db", ledger.Options{})
		if err != nil {
			t.Fatal(err)
		}
		return s, func() {
			s.Close()
			os.RemoveAll(folder)
		}
	})
}
