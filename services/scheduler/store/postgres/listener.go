package postgres

import (
	"context"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"strings"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/sheetreel/sheetreel/kit/pg"
	"github.com/sheetreel/sheetreel/kit/retry"
	"github.com/sheetreel/sheetreel/services/scheduler/store"
	"github.com/sheetreel/sheetreel/services/scheduler/wake"
)

const (
	// pollEvery is how often waiting calls look for themselves, should a notification be lost; with jitter.
	pollEvery = time.Second
	// quietMost is how long a connection may say nothing before it is asked whether it still is one.
	quietMost = 10 * time.Second
	pingLimit = 5 * time.Second
)

// listen wakes waiting calls when other processes notify, until ctx ends. It connects again as often as needed.
// hears is true while there is a connection.
func listen(ctx context.Context, db *pg.DB, hub *wake.Hub, hears *atomic.Bool, self string, log *slog.Logger) {
	backoff := retry.Policy{Initial: 100 * time.Millisecond, Multiplier: 2, Max: 5 * time.Second}
	for attempt := 1; ctx.Err() == nil; attempt++ {
		heard, err := listenOnce(ctx, db, hub, hears, self)
		if ctx.Err() != nil {
			return
		}
		log.WarnContext(ctx, "listen to other schedulers", "error", err)
		if heard {
			attempt = 1
		}
		select {
		case <-time.After(backoff.Wait(attempt, rand.Float64)):
		case <-ctx.Done():
		}
	}
}

// listenOnce listens until its connection breaks, and tells whether there was one.
func listenOnce(ctx context.Context, db *pg.DB, hub *wake.Hub, hears *atomic.Bool, self string) (heard bool, err error) {
	conn, err := connect(ctx, db)
	if err != nil {
		return false, err
	}
	defer closeConn(conn)
	hears.Store(true)
	defer hears.Store(false)
	// What was said before this connection listened is lost.
	hub.BroadcastAll()
	for {
		quiet, cancel := context.WithTimeout(ctx, quietMost)
		n, err := conn.WaitForNotification(quiet)
		silent := quiet.Err() != nil && ctx.Err() == nil && !conn.IsClosed()
		cancel()
		switch {
		case err == nil:
			deliver(hub, n.Payload, self)
		case silent:
			if err := ping(ctx, conn); err != nil {
				return true, err
			}
		default:
			return true, fmt.Errorf("wait: %w", err)
		}
	}
}

func connect(ctx context.Context, db *pg.DB) (*pgx.Conn, error) {
	ctx, cancel := db.Limit(ctx)
	defer cancel()
	conn, err := db.Connect(ctx)
	if err != nil {
		return nil, err
	}
	if _, err := conn.Exec(ctx, `LISTEN `+pgx.Identifier{channel(db)}.Sanitize()); err != nil {
		closeConn(conn)
		return nil, fmt.Errorf("listen: %w", err)
	}
	return conn, nil
}

// ping finds out that a connection was cut without a word.
func ping(ctx context.Context, conn *pgx.Conn) error {
	ctx, cancel := context.WithTimeout(ctx, pingLimit)
	defer cancel()
	return conn.Ping(ctx)
}

// deliver wakes those who wait for a payload's topics, unless it is this process's own.
func deliver(hub *wake.Hub, payload, self string) {
	lines := strings.Split(payload, "\n")
	switch topics := lines[1:]; {
	case lines[0] == self:
	case len(topics) == 1 && topics[0] == everything:
		hub.BroadcastAll()
	default:
		hub.Broadcast(topics...)
	}
}

// poll lets waiting calls look for themselves from time to time, until ctx ends: those that wait for work always, and
// watches too while others are not heard.
func poll(ctx context.Context, hub *wake.Hub, hears *atomic.Bool) {
	for {
		select {
		case <-time.After(time.Duration((0.5 + rand.Float64()) * float64(pollEvery))):
			if hears.Load() {
				hub.Broadcast(store.TopicQueue, store.TopicImports)
			} else {
				hub.BroadcastAll()
			}
		case <-ctx.Done():
			return
		}
	}
}
