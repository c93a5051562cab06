package redis

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	goredis "github.com/redis/go-redis/v9"
)

// run is what is known of the server as it runs now.
type run struct {
	id      string // empty in a cluster, where the groups' numbers alone tell of a loss
	scripts [opCount]script
	// state tells scripts whether counts may be lost: "new", "kept" or "lost".
	state string
	// started is the latest time at which the server may have started, in microseconds of its clock.
	started int64
}

const (
	stateNew  = "new"
	stateKept = "kept"
	stateLost = "lost"
)

var errRestarted = errors.New("the server restarts again and again")

// current returns the run, and asks the server for it the first time.
func (e *Engine) current(ctx context.Context) (*run, error) {
	if r := e.run.Load(); r != nil {
		return r, nil
	}
	return e.load(ctx, nil)
}

// load gives the server the scripts, after it said that it does not know those of a run.
func (e *Engine) load(ctx context.Context, unknown *run) (*run, error) {
	e.loading.Lock()
	defer e.loading.Unlock()
	old := e.run.Load()
	if old != unknown {
		return old, nil // somebody else was faster
	}
	next := &run{state: stateNew}
	if !e.cluster() {
		info, err := e.client.InfoMap(ctx, "server", "persistence").Result()
		if err != nil {
			return nil, fmt.Errorf("ask the server how it runs: %w", err)
		}
		next.id = info["Server"]["run_id"]
		if next.started, err = e.started(ctx, info["Server"]["uptime_in_seconds"]); err != nil {
			return nil, err
		}
		next.state = e.judge(ctx, old, next.id, info["Persistence"]["aof_enabled"] == "1")
	}
	next.scripts = scriptsFor(next.id)
	if err := e.send(ctx, next); err != nil {
		return nil, err
	}
	e.run.Store(next)
	return next, nil
}

// started tells when a server started that has been up for so many whole seconds.
func (e *Engine) started(ctx context.Context, uptime string) (int64, error) {
	seconds, err := strconv.ParseInt(uptime, 10, 64)
	if err != nil {
		return 0, fmt.Errorf("the server has been up for %q s: %w", uptime, err)
	}
	if e.config.Clock != nil {
		return e.config.Clock().UnixMicro(), nil
	}
	now, err := e.client.Time(ctx).Result()
	if err != nil {
		return 0, fmt.Errorf("ask the server for the time: %w", err)
	}
	return now.UnixMicro() - seconds*time.Second.Microseconds(), nil
}

// judge tells what a server may have lost that runs under this id.
func (e *Engine) judge(ctx context.Context, old *run, id string, appends bool) string {
	if appends {
		// A server that hides its configuration is not trusted.
		fsync, err := e.client.ConfigGet(ctx, "appendfsync").Result()
		if err == nil && fsync["appendfsync"] == "always" {
			return stateKept
		}
	}
	if old == nil {
		return stateNew
	}
	if old.id == id {
		return old.state // it has lost its scripts only
	}
	e.config.Log.Warn("Redis has restarted and may have lost counts: limits count as used up")
	return stateLost
}

// send loads the scripts on every node.
func (e *Engine) send(ctx context.Context, r *run) error {
	load := func(ctx context.Context, c *goredis.Client) error {
		for _, s := range r.scripts {
			if err := c.ScriptLoad(ctx, s.text).Err(); err != nil {
				return fmt.Errorf("load the scripts: %w", err)
			}
		}
		return nil
	}
	switch client := e.client.(type) {
	case *goredis.ClusterClient:
		return client.ForEachMaster(ctx, load)
	case *goredis.Client:
		return load(ctx, client)
	}
	return fmt.Errorf("client %T is unknown", e.client)
}

// unknownScript tells whether an error means that the server does not know a script.
func unknownScript(err error) bool { return err != nil && strings.HasPrefix(err.Error(), "NOSCRIPT") }
