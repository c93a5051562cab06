package clock

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"pgregory.net/rapid"
)

// trip is how long a question and its answer are under way.
type trip struct{ there, back time.Duration }

// database has a clock, which can be turned.
type database struct {
	host
	turned time.Duration
	trips  []trip // the last one again and again
	err    error
	asked  int
}

func (d *database) now() time.Time { return noon.Add(d.turned + d.elapsed) }

func (d *database) ask(context.Context) (time.Time, error) {
	t := d.trips[min(d.asked, len(d.trips)-1)]
	d.asked++
	d.elapsed += t.there
	at := d.now()
	d.elapsed += t.back
	return at, d.err
}

func (d *database) clock(t interface{ Fatal(...any) }) *Remote {
	r, err := NewRemote(context.Background(), d.Host(), d.ask)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// next lets some time pass, and asks once.
func (d *database) next(t interface{ Fatal(...any) }, r *Remote, after time.Duration, way trip) {
	d.elapsed += after
	d.trips = []trip{way}
	b, err := r.look(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	r.correct(b)
}

// wrong is how far a clock is ahead of its database.
func (d *database) wrong(r *Remote) time.Duration { return r.Now().Sub(d.now()) }

const ms = time.Millisecond

func TestTheHostsWallClockDoesNotCount(t *testing.T) {
	for _, wall := range []time.Duration{time.Hour, -time.Hour, 0} {
		d := &database{host: host{wall: noon.Add(wall)}, trips: []trip{{ms, ms}}}
		r := d.clock(t)
		d.wall = d.wall.Add(-3 * wall) // and turned while it runs
		if w := d.wrong(r); w != 0 {
			t.Errorf("by a wall clock that is %v ahead: %v", wall, w)
		}
	}
}

func TestTheShortestRoundTripCounts(t *testing.T) {
	d := &database{trips: []trip{{900 * ms, 0}, {80 * ms, 2 * ms}, {ms, ms}, {0, 50 * ms}}}
	if w := d.wrong(d.clock(t)); w != 0 {
		t.Errorf("at first it is wrong by %v", w)
	}
	d = &database{trips: []trip{{900 * ms, 0}}}
	r := d.clock(t)
	if w := d.wrong(r); w != 450*ms {
		t.Errorf("when all are slow it is wrong by %v", w)
	}
	d.next(t, r, time.Second, trip{500 * ms, 500 * ms}) // proves nothing new
	if w := d.wrong(r); w != 450*ms {
		t.Errorf("after another slow one it is wrong by %v", w)
	}
	d.next(t, r, time.Second, trip{2 * ms, 3 * ms})
	if w := d.wrong(r).Abs(); w > 3*ms {
		t.Errorf("after a fast one it is wrong by %v", w)
	}
}

func TestItFollowsTheDatabase(t *testing.T) {
	for name, turn := range map[string]func(d *database, by time.Duration){
		"whose clock is turned":  func(d *database, by time.Duration) { d.turned += by },
		"when the host's is not": func(d *database, by time.Duration) { d.elapsed += by; d.turned -= by },
	} {
		t.Run(name, func(t *testing.T) {
			for _, by := range []time.Duration{time.Hour, -time.Hour, 24 * time.Hour} {
				d := &database{trips: []trip{{ms, ms}}}
				r := d.clock(t)
				turn(d, by)
				d.next(t, r, 2*time.Second, trip{ms, ms})
				if w := d.wrong(r).Abs(); w > ms {
					t.Errorf("turned by %v it is wrong by %v", by, w)
				}
			}
		})
	}
}

// However long answers take, no answer makes it worse, and it is never wrong by more than the shortest way.
func TestAnswersOnlyImproveIt(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		way := rapid.Custom(func(t *rapid.T) trip {
			d := rapid.Int64Range(0, int64(2*time.Second))
			return trip{time.Duration(d.Draw(t, "there")), time.Duration(d.Draw(t, "back"))}
		})
		d := &database{trips: rapid.SliceOfN(way, askedFirst, askedFirst).Draw(t, "first")}
		r := d.clock(t)
		wrong := d.wrong(r)
		for _, next := range rapid.SliceOf(way).Draw(t, "then") {
			d.next(t, r, askEvery, next)
			if now := d.wrong(r); now.Abs() > wrong.Abs() || now.Abs() > max(next.there, next.back) {
				t.Fatalf("wrong by %v, and by %v after an answer of %v", wrong, now, next)
			}
			wrong = d.wrong(r)
		}
	})
}

func TestAClockThatIsNotKnownIsNone(t *testing.T) {
	d := &database{trips: []trip{{ms, ms}}, err: errors.New("away")}
	if _, err := NewRemote(t.Context(), d.Host(), d.ask); !errors.Is(err, d.err) {
		t.Errorf("error = %v", err)
	}
}

// It asks as long as it runs, and is not sure when nobody answers for a minute.
func TestItKeepsAsking(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := ThisHost()
		var down atomic.Bool
		r, err := NewRemote(t.Context(), h, func(context.Context) (time.Time, error) {
			if down.Load() {
				return time.Time{}, errors.New("away")
			}
			return noon.Add(h.Elapsed()), nil
		})
		if err != nil {
			t.Fatal(err)
		}
		var logged bytes.Buffer
		ctx, stop := context.WithCancel(t.Context())
		done := make(chan struct{})
		go func() {
			defer close(done)
			r.Run(ctx, slog.New(slog.NewTextHandler(&logged, nil)))
		}()
		fresh := func(after time.Duration, want bool) {
			t.Helper()
			<-time.After(after)
			synctest.Wait()
			if r.Fresh() != want || !r.Now().Equal(noon.Add(h.Elapsed())) {
				t.Errorf("after %v: sure %v, want %v", h.Elapsed(), r.Fresh(), want)
			}
		}
		fresh(time.Hour, true)
		down.Store(true)
		fresh(freshFor, true)
		fresh(time.Second, false)
		fresh(time.Hour, false)
		down.Store(false)
		fresh(askEvery, true)
		stop()
		<-done
		if n := strings.Count(logged.String(), "away"); n != 1 {
			t.Errorf("logged %d times: %s", n, &logged)
		}
	})
}
