package ratelimit

import (
	"errors"
	"fmt"

	"github.com/sheetreel/sheetreel/services/ratelimit/outage"
	"github.com/sheetreel/sheetreel/services/ratelimit/redis"
)

// redisEngine is the name of the engine that several replicas share.
const redisEngine = "redis"

// share adds the engine in Redis, if that is configured. It does not connect yet: without Redis the service begins in an
// outage.
func share(cfg Config, deps Deps) (Deps, error) {
	if deps.Engine != nil {
		return deps, nil
	}
	if cfg.Engine != redisEngine {
		if cfg.Redis != "" {
			return deps, errors.New("redis: is given, but the engine is memory: set engine to redis")
		}
		return deps, nil
	}
	if cfg.Redis == "" {
		return deps, errors.New("redis: the engine redis needs the URL of a server")
	}
	remote, err := redis.New(redis.Config{URL: cfg.Redis, Log: deps.Log})
	if err != nil {
		return deps, fmt.Errorf("redis: %w", err)
	}
	deps.Engine = outage.New(remote, outage.Config{Memory: cfg.Memory(deps.Clock), Log: deps.Log})
	deps.Shared = true
	return deps, nil
}
