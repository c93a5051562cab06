package clock

import (
	"testing"
	"testing/synctest"
	"time"
)

// host is a host whose clocks are set by hand.
type host struct {
	wall    time.Time
	elapsed time.Duration
}

func (h *host) Host() Host {
	return Host{Wall: func() time.Time { return h.wall }, Elapsed: func() time.Duration { return h.elapsed }}
}

var noon = time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)

func TestALocalClockIsNotTurned(t *testing.T) {
	h := &host{wall: noon, elapsed: time.Hour}
	l := NewLocal(h.Host())
	for _, turned := range []time.Duration{0, time.Hour, -time.Hour, 24 * time.Hour} {
		h.wall = h.wall.Add(turned)
		h.elapsed += time.Second
		if want := noon.Add(h.elapsed - time.Hour); !l.Now().Equal(want) || !l.Fresh() {
			t.Errorf("turned by %v it is %v, want %v", turned, l.Now(), want)
		}
	}
}

func TestThisHostMeasuresTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := ThisHost()
		wall, from := h.Wall(), h.Elapsed()
		time.Sleep(time.Hour) // fake
		if d := h.Elapsed() - from; d != time.Hour || !h.Wall().Equal(wall.Add(time.Hour)) {
			t.Errorf("%v have elapsed, and the wall clock shows %v", d, h.Wall())
		}
	})
}
