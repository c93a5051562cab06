package durable_test

import (
	"errors"
	"log/slog"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/sheetreel/sheetreel/services/ratelimit/durable"
	"github.com/sheetreel/sheetreel/services/ratelimit/durable/storetest"
	"github.com/sheetreel/sheetreel/services/ratelimit/memory"
)

func TestASecondProcessIsRefusedWhileTheFirstLives(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := &storetest.Memory{Distant: true}
		first := launch(t, store, durable.Config{Name: "ada"})
		began := time.Now()
		_, err := durable.Start(t.Context(), durable.Config{Wait: 5 * time.Minute}, durable.Deps{
			Store: store, Engine: memory.New(memory.Config{}), Log: slog.New(slog.DiscardHandler),
		})
		if !errors.Is(err, durable.ErrOwned) || !strings.Contains(err.Error(), "ada") {
			t.Errorf("the second was told %v, want ErrOwned and by whom", err)
		}
		if took := time.Since(began); took != 5*time.Minute {
			t.Errorf("it waited %v", took)
		}
		if err := first.finish(); err != nil {
			t.Fatal(err)
		}
	})
}

func TestASecondProcessTakesOver(t *testing.T) {
	tests := map[string]struct {
		leave  func(*process)
		within time.Duration
		left   int64
	}{
		"at once from who ended": {func(p *process) { <-time.After(3 * time.Second); p.stop(); <-p.end }, 4 * time.Second, 59},
		"from who died, after the lease, with all it may have granted": {func(*process) {}, 11 * time.Second, 0},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				store := &storetest.Memory{Distant: true}
				limit := minute(60)
				first := idle(t, store, durable.Config{})
				first.ask(need(1, limit))
				if test.left > 0 {
					first.run()
				}
				go test.leave(first)
				began := time.Now()
				second := idle(t, store, durable.Config{Lease: 10 * time.Second})
				if took := time.Since(began); took > test.within {
					t.Errorf("it took %v, want at most %v", took, test.within)
				}
				second.wantLeft(limit, test.left)
			})
		})
	}
}
