package studio

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"

	"pgregory.net/rapid"
)

// TestGateIsFair has one render that takes all slots and a second that comes later.
func TestGateIsFair(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := newGate(2)
		var first, second share
		for range 2 {
			if err := g.acquire(t.Context(), &first); err != nil {
				t.Fatal(err)
			}
		}
		got := make(chan string, 2)
		go func() {
			_ = g.acquire(t.Context(), &first)
			got <- "first"
		}()
		synctest.Wait()
		go func() {
			_ = g.acquire(t.Context(), &second)
			got <- "second"
		}()
		synctest.Wait()
		g.release(&first)
		if who := <-got; who != "second" {
			t.Errorf("the %s render got the slot", who)
		}
		g.release(&second)
		<-got
	})
}

// TestGateLosesNoSlot draws any order of taking, giving up and giving back.
func TestGateLosesNoSlot(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		synctest.Test(t, func(t *testing.T) {
			const slots = 3
			g := newGate(slots)
			shares := make([]share, 4)
			held, waiting := []int{}, 0
			got := make(chan int, 100)
			var cancels []context.CancelFunc
			for range rapid.IntRange(1, 40).Draw(r, "steps") {
				switch i := rapid.IntRange(0, len(shares)-1).Draw(r, "share"); rapid.SampledFrom([]string{"take", "give up", "give back"}).Draw(r, "step") {
				case "take":
					ctx, cancel := context.WithCancel(t.Context())
					cancels = append(cancels, cancel)
					go func() {
						if err := g.acquire(ctx, &shares[i]); err != nil {
							if !errors.Is(err, context.Canceled) {
								t.Error(err)
							}
							got <- -1
							return
						}
						got <- i
					}()
					waiting++
				case "give up":
					for _, cancel := range cancels {
						cancel()
					}
				case "give back":
					if len(held) > 0 {
						g.release(&shares[held[0]])
						held = held[1:]
					}
				}
				synctest.Wait()
				for range len(got) {
					waiting--
					if i := <-got; i >= 0 {
						held = append(held, i)
					}
				}
				if len(held) > slots || len(held) < slots && waiting > 0 {
					r.Fatalf("%d slots are held, %d wait", len(held), waiting)
				}
			}
			for _, cancel := range cancels {
				cancel()
			}
			synctest.Wait()
		})
	})
}
