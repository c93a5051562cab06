package ledger

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/sheetreel/sheetreel/services/scheduler/store"
)

// unsure is a database that cannot tell whether a transaction has committed.
type unsure struct{ database }

var errUnsure = errors.New("commit: the connection broke")

func (u unsure) Write(ctx context.Context, fn func(context.Context, Tx) error) error {
	if err := u.database.Write(ctx, fn); err != nil {
		return err
	}
	return errUnsure
}

func TestOthersAreWokenWhenNobodyKnowsWhetherItCommitted(t *testing.T) {
	var woken []string
	book := New(unsure{}, 1, Options{}, func(topics []string) { woken = append(woken, topics...) })
	wakes := func(_ context.Context, w *work) error {
		w.wakes(store.TopicQueue)
		return nil
	}
	if err := book.write(t.Context(), time.Now(), wakes); !errors.Is(err, errUnsure) {
		t.Errorf("error = %v, want that of the commit", err)
	}
	if want := []string{store.TopicQueue}; !slices.Equal(woken, want) {
		t.Errorf("woken %v, want %v", woken, want)
	}

	woken = nil
	refused := errors.New("refused")
	err := book.write(t.Context(), time.Now(), func(ctx context.Context, w *work) error {
		return errors.Join(wakes(ctx, w), refused)
	})
	if !errors.Is(err, refused) || woken != nil {
		t.Errorf("error = %v and %v woken, want that of the change and nobody", err, woken)
	}
}
