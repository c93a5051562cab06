package clock

import (
	"context"
	"fmt"
	"log/slog"
	"sync/atomic"
	"time"
)

const (
	askEvery = 2 * time.Second
	askLimit = 10 * time.Second
	// askedFirst is how often it is asked at the start: the first answers are slow.
	askedFirst = 5
	// freshFor is how long an answer is trusted when lives depend on it.
	freshFor = time.Minute
)

// Ask asks a database for its time.
type Ask func(ctx context.Context) (time.Time, error)

// Remote is the clock of a database, as this process knows it: the host's elapsed time plus an offset. Each answer
// proves that the offset lies between two bounds, as the database read its clock after the question was sent and before
// the answer came. Now is wrong by less than the shortest round trip.
type Remote struct {
	ask     Ask
	elapsed func() time.Duration
	offset  atomic.Int64 // nanoseconds from elapsed to the Unix time
	heard   atomic.Int64 // elapsed, in nanoseconds, when the last answer came
}

// NewRemote asks for the time, so that it is known when it returns.
func NewRemote(ctx context.Context, h Host, ask Ask) (*Remote, error) {
	r := &Remote{ask: ask, elapsed: h.Elapsed}
	var best bounds
	for i := range askedFirst {
		b, err := r.look(ctx)
		if err != nil {
			return nil, err
		}
		if i == 0 || b.width() < best.width() {
			best = b
		}
	}
	r.offset.Store(int64(best.low + best.width()/2))
	return r, nil
}

// Run asks again every few seconds until ctx ends.
func (r *Remote) Run(ctx context.Context, log *slog.Logger) {
	ticker := time.NewTicker(askEvery)
	defer ticker.Stop()
	answers := true
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
		b, err := r.look(ctx)
		switch {
		case err == nil:
			r.correct(b)
		case answers && ctx.Err() == nil: // once: whoever needs the database complains enough
			log.WarnContext(ctx, "the database does not tell its time", "error", err)
		}
		answers = err == nil
	}
}

// Now implements store.Clock.
func (r *Remote) Now() time.Time {
	return time.Unix(0, r.offset.Load()+int64(r.elapsed())).UTC()
}

// Fresh implements store.Clock: it tells whether the database has told its time within a minute.
func (r *Remote) Fresh() bool { return r.elapsed()-time.Duration(r.heard.Load()) <= freshFor }

// bounds are the least and the greatest offset that an answer allows.
type bounds struct{ low, high time.Duration }

func (b bounds) width() time.Duration { return b.high - b.low }

// look asks once.
func (r *Remote) look(ctx context.Context) (bounds, error) {
	ctx, cancel := context.WithTimeout(ctx, askLimit)
	defer cancel()
	sent := r.elapsed()
	at, err := r.ask(ctx)
	came := r.elapsed()
	if err != nil {
		return bounds{}, fmt.Errorf("time of the database: %w", err)
	}
	r.heard.Store(int64(came))
	since := time.Duration(at.UnixNano())
	return bounds{since - came, since - sent}, nil
}

// correct moves the offset by no more than an answer proves that it is wrong. So a slow answer changes nothing, and time
// runs backwards only when the database's did or the host's ran ahead.
func (r *Remote) correct(b bounds) {
	offset := time.Duration(r.offset.Load())
	r.offset.Store(int64(min(max(offset, b.low), b.high)))
}
