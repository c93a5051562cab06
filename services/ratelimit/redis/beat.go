package redis

import (
	"context"
	"fmt"
	"strconv"
	"time"
)

const (
	// forgetReplica is after how long a replica that was not heard of leaves the list.
	forgetReplica = time.Hour
	replicasKey   = "replicas"
)

// Beat notes that a replica lives, and returns when each was last heard of and the time now, both by the server's clock.
// With an empty name it only looks.
func (e *Engine) Beat(ctx context.Context, name string) (map[string]time.Time, time.Time, error) {
	key := e.config.Prefix + replicasKey
	now, err := e.client.Time(ctx).Result()
	if err != nil {
		return nil, now, unreachable(err)
	}
	p := e.client.Pipeline()
	if name != "" {
		p.HSet(ctx, key, name, now.UnixMicro())
		p.Expire(ctx, key, 2*forgetReplica)
	}
	all := p.HGetAll(ctx, key)
	if _, err := p.Exec(ctx); err != nil {
		return nil, now, unreachable(err)
	}
	heard := map[string]time.Time{}
	var gone []string
	for replica, text := range all.Val() {
		micros, err := strconv.ParseInt(text, 10, 64)
		if err != nil {
			return nil, now, fmt.Errorf("replica %s was heard of at %q: %w", replica, text, err)
		}
		at := time.UnixMicro(micros)
		if now.Sub(at) > forgetReplica {
			gone = append(gone, replica)
			continue
		}
		heard[replica] = at
	}
	if len(gone) > 0 {
		if err := e.client.HDel(ctx, key, gone...).Err(); err != nil {
			return nil, now, unreachable(err)
		}
	}
	return heard, now, nil
}
