package webhook

import (
	"testing"
	"time"

	"github.com/sheetreel/sheetreel/services/scheduler/store"
)

// road is the lane of one endpoint with a clock.
type road struct {
	*testing.T
	*lanes
	k   store.EndpointKey
	now time.Time
}

func newRoad(t *testing.T) *road {
	return &road{T: t, lanes: newLanes(), k: store.EndpointKey{Project: "demo", ID: "e"}, now: time.Date(2026, 11, 24, 9, 0, 0, 0, time.UTC)}
}

func (r *road) send(v verdict, after time.Duration) {
	r.start(r.k)
	r.end(r.k, v, after, r.now)
}

func (r *road) wantRoom(want int) {
	r.Helper()
	if got := r.room(r.k, r.now); got != want {
		r.Errorf("room for %d, want %d", got, want)
	}
}

func TestLaneBoundsWhatIsUnderWay(t *testing.T) {
	r := newRoad(t)
	for i := range laneMost {
		r.wantRoom(laneMost - i)
		r.start(r.k)
	}
	r.wantRoom(0)
	r.end(r.k, healthy, 0, r.now)
	r.wantRoom(1)
	if got := r.room(store.EndpointKey{Project: "demo", ID: "other"}, r.now); got != laneMost {
		t.Errorf("another endpoint has room for %d", got)
	}
}

func TestLaneBreaks(t *testing.T) {
	r := newRoad(t)
	for range breakAfter - 1 {
		r.send(failing, 0)
	}
	r.wantRoom(laneMost)
	r.send(unknown, 0)
	r.wantRoom(laneMost)
	r.send(failing, 0)
	r.wantRoom(0)
	for _, pause := range []time.Duration{30 * time.Second, time.Minute, 2 * time.Minute, 4 * time.Minute, 8 * time.Minute, 10 * time.Minute, 10 * time.Minute} {
		r.now = r.now.Add(pause - time.Nanosecond)
		r.wantRoom(0)
		r.now = r.now.Add(time.Nanosecond)
		r.wantRoom(1) // a probe
		r.start(r.k)
		r.wantRoom(0)
		r.end(r.k, failing, 0, r.now)
	}
	r.now = r.now.Add(10 * time.Minute)
	r.send(healthy, 0)
	r.wantRoom(laneMost)
	r.send(failing, 0)
	r.wantRoom(laneMost) // it starts over
}

// Several that fail together must not each make the pause longer.
func TestLaneBreaksOnceForAllUnderWay(t *testing.T) {
	r := newRoad(t)
	for range breakAfter - 1 {
		r.send(failing, 0)
	}
	for range laneMost {
		r.start(r.k)
	}
	for range laneMost {
		r.end(r.k, failing, 0, r.now)
	}
	r.now = r.now.Add(breakFirst)
	r.wantRoom(1)
}

func TestLaneWaitsAsAsked(t *testing.T) {
	r := newRoad(t)
	r.send(failing, time.Minute)
	r.wantRoom(0)
	r.now = r.now.Add(time.Minute)
	r.wantRoom(laneMost)
	r.send(failing, 24*time.Hour)
	r.now = r.now.Add(askedMost)
	r.wantRoom(laneMost)
}

func TestLanesAreForgotten(t *testing.T) {
	r := newRoad(t)
	r.send(healthy, 0)
	if n := len(r.all); n != 0 {
		t.Errorf("%d lanes are kept for a healthy endpoint", n)
	}
	r.send(failing, 0)
	r.now = r.now.Add(laneMemory)
	r.forget(r.now)
	if n := len(r.all); n != 1 {
		t.Errorf("%d lanes after an hour, want 1", n)
	}
	r.now = r.now.Add(time.Second)
	r.start(r.k)
	r.forget(r.now)
	r.end(r.k, unknown, 0, r.now) // a busy one was kept
	r.now = r.now.Add(2 * laneMemory)
	r.forget(r.now)
	if n := len(r.all); n != 0 {
		t.Errorf("%d lanes after a long time", n)
	}
}
