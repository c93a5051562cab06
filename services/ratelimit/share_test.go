package ratelimit

import (
	"strings"
	"testing"

	"github.com/sheetreel/sheetreel/services/ratelimit/outage"
)

func TestTheEngineIsChosenByConfiguration(t *testing.T) {
	tests := []struct {
		name   string
		cfg    Config
		err    string
		shared bool
	}{
		{"memory", Config{Engine: "memory"}, "", false},
		{"none", Config{}, "", false},
		{"redis", Config{Engine: "redis", Redis: "redis://127.0.0.1:1"}, "", true},
		{"a cluster", Config{Engine: "redis", Redis: "redis://127.0.0.1:1?addr=127.0.0.1:2"}, "", true},
		{"redis without a URL", Config{Engine: "redis"}, "redis: the engine redis needs the URL", false},
		{"a bad URL", Config{Engine: "redis", Redis: "http://x"}, "redis: redis URL: ", false},
		{"a URL without the engine", Config{Redis: "redis://x"}, "redis: is given, but", false},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			deps, err := share(test.cfg, Deps{})
			if (err == nil) != (test.err == "") || err != nil && !strings.Contains(err.Error(), test.err) {
				t.Fatalf("error %v, want %q", err, test.err)
			}
			if _, ok := deps.Engine.(*outage.Engine); ok != test.shared || deps.Shared != test.shared {
				t.Errorf("engine %T, shared %v", deps.Engine, deps.Shared)
			}
		})
	}
}
