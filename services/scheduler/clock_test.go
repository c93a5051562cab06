package scheduler

import (
	"context"
	"path/filepath"
	"testing"
	"time"

	schedulerv1 "github.com/sheetreel/sheetreel/gen/sheetreel/scheduler/v1"
	"github.com/sheetreel/sheetreel/services/scheduler/clock"
	"github.com/sheetreel/sheetreel/services/scheduler/store"
	"github.com/sheetreel/sheetreel/services/scheduler/store/ledger"
	"github.com/sheetreel/sheetreel/services/scheduler/store/sqlite"
)

// A worker that reports keeps its video job, and times stay in order, when the host's clock is turned.
func TestATurnedClockTakesNoLeaseAway(t *testing.T) {
	for name, by := range map[string]time.Duration{"ahead": time.Hour, "back": -time.Hour} {
		t.Run(name, func(t *testing.T) {
			inBubble(t, Config{}, func(b *bubble) {
				host := clock.ThisHost()
				turned := by // from the beginning: it is wrong
				host.Wall = func() time.Time { return time.Now().Add(turned) }
				db, err := sqlite.OpenOn(b.Context(), host, filepath.Join(b.TempDir(), "turned.db"), ledger.Options{})
				b.must(err)
				b.Cleanup(func() { db.Close() })
				s, err := New(Config{LeaseDuration: 30 * time.Second}, Deps{Store: db, Quota: newAllowance(nil), Log: b.s.log})
				b.must(err)
				b.s = s
				b.imported(nil, 1)
				l := b.lease()
				began := s.now()
				for i := range 20 {
					turned += by
					<-time.After(10 * time.Second)
					b.must(s.expireOnce(b.Context()))
					out, err := s.Heartbeat(b.Context(), &schedulerv1.HeartbeatRequest{Worker: "w", Leases: []*schedulerv1.LeaseReport{{LeaseToken: l.GetLeaseToken()}}})
					b.must(err)
					if v := out.GetLeases()[0].GetVerdict(); v != schedulerv1.LeaseStatus_OK {
						b.Fatalf("after %d turns: %v", i+1, v)
					}
				}
				if d := s.now().Sub(began); d != 200*time.Second {
					b.Errorf("%v have passed, want 200s", d)
				}
				if told := db.Clock().Now(); !s.now().Equal(told) || !s.webhooks.Now().Equal(told) {
					b.Errorf("it is %v in the store, %v here, and %v for webhooks", told, s.now(), s.webhooks.Now())
				}
			})
		})
	}
}

// unsure is a store that does not know the time for sure.
type unsure struct {
	store.Store
	fresh   bool
	expired int // calls
}

func (u *unsure) Clock() store.Clock { return unsureClock{u.Store.Clock(), u} }

func (u *unsure) Expire(ctx context.Context, limit int, now time.Time) (int, error) {
	u.expired++
	return u.Store.Expire(ctx, limit, now)
}

type unsureClock struct {
	store.Clock
	of *unsure
}

func (c unsureClock) Fresh() bool { return c.of.fresh }

func TestNoLeaseEndsWhileTheTimeIsUnsure(t *testing.T) {
	inBubble(t, Config{}, func(b *bubble) {
		u := &unsure{Store: b.s.store}
		b.s.store = u
		b.imported(nil, 1)
		b.lease()
		<-time.After(time.Hour)
		b.must(b.s.expireOnce(b.Context()))
		if u.expired > 0 {
			b.Errorf("leases were ended")
		}
		u.fresh = true
		b.must(b.s.expireOnce(b.Context()))
		if u.expired != 1 {
			b.Errorf("%d looks for leases that are over, want 1", u.expired)
		}
		b.lease() // it waits again
	})
}
