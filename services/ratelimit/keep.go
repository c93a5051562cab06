package ratelimit

import (
	"cmp"
	"context"
	"errors"
	"log/slog"

	"github.com/sheetreel/sheetreel/kit/pg"
	"github.com/sheetreel/sheetreel/services/ratelimit/durable"
	"github.com/sheetreel/sheetreel/services/ratelimit/durable/open"
	"github.com/sheetreel/sheetreel/services/ratelimit/memory"
)

// InMemory is the name of the database that keeps nothing.
const InMemory = "memory"

// Keep opens the database that keeps what is counted and the limits that were made over the API: a SQLite file, a
// postgres:// URL (config is for that), or InMemory. It returns deps with what uses the database, for New, and how to
// close it after the service has ended. With the redis engine Redis keeps what is counted. An engine that deps already have keeps its counters itself; without one, only one
// process at a time counts in a database, and Keep waits for another to end.
func Keep(ctx context.Context, database string, config pg.Config, cfg Config, deps Deps) (Deps, func() error, error) {
	deps, err := share(cfg, deps)
	if err != nil {
		return deps, nil, err
	}
	if database == InMemory {
		return deps, func() error { return nil }, nil
	}
	log := cmp.Or(deps.Log, slog.Default())
	store, err := open.Open(ctx, database, config, log)
	if err != nil {
		return deps, nil, err
	}
	deps.Rules = store.Rules()
	if deps.Engine != nil {
		return deps, store.Close, nil
	}
	keeper, err := durable.Start(ctx, durable.Config{}, durable.Deps{
		Store: store, Engine: memory.New(cfg.Memory(deps.Clock)), Log: log, Clock: deps.Clock, Meter: deps.Meters,
	})
	if err != nil {
		return deps, nil, errors.Join(err, store.Close())
	}
	deps.Engine = keeper
	return deps, func() error { return errors.Join(keeper.Close(), store.Close()) }, nil
}
