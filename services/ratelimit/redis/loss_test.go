package redis

import (
	"testing"
	"time"

	"github.com/sheetreel/sheetreel/kit/redisserver"
	"github.com/sheetreel/sheetreel/kit/redistest"
	"github.com/sheetreel/sheetreel/services/ratelimit/engine"
	"github.com/sheetreel/sheetreel/services/ratelimit/rule"
)

var perMinute = &rule.Limit{Rule: "user", Algorithm: rule.SlidingLog, Capacity: 10, Period: time.Minute}

func of(project string) engine.Line {
	return engine.Line{Limit: perMinute, Key: []byte("project=" + project), Tag: project}
}

func decideOne(t *testing.T, e *Engine, n engine.Need) engine.Outcome {
	t.Helper()
	out, err := e.Decide(t.Context(), []engine.Need{n}, nil)
	if err != nil {
		t.Fatal(err)
	}
	return out[0]
}

// restart crashes a server and starts it again, until the engine's old connections have all failed.
func restart(t *testing.T, s *redisserver.Server, e *Engine) {
	t.Helper()
	s.Crash()
	redistest.Resume(t, s)
	for e.client.Ping(t.Context()).Err() != nil {
	}
}

func TestWhatRedisLosesCountsAsUsedUp(t *testing.T) {
	bucket := &rule.Limit{Rule: "bucket", Algorithm: rule.TokenBucket, Capacity: 10, Period: time.Minute}
	tests := []struct {
		name   string
		server redisserver.Options
		lose   func(*testing.T, *redisserver.Server, *Engine)
		left   [3]int64 // of a project that was used, of another one that was, of a new one
	}{
		{"a restart without its data", redisserver.Options{}, restart, [3]int64{0, 0, 0}},
		{"a restart with all of it", redisserver.Options{Durable: true}, restart, [3]int64{7, 7, 10}},
		{"a restart of a server that writes now and then", redisserver.Options{
			Settings: map[string]string{"appendonly": "yes", "appendfsync": "everysec"},
		}, restart, [3]int64{0, 0, 0}},
		{"keys that are flushed", redisserver.Options{}, func(t *testing.T, _ *redisserver.Server, e *Engine) {
			if err := e.client.FlushAll(t.Context()).Err(); err != nil {
				t.Fatal(err)
			}
		}, [3]int64{0, 0, 10}},
		{"scripts that are flushed", redisserver.Options{}, func(t *testing.T, _ *redisserver.Server, e *Engine) {
			if err := e.client.ScriptFlush(t.Context()).Err(); err != nil {
				t.Fatal(err)
			}
		}, [3]int64{7, 7, 10}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			server := redistest.Start(t, test.server)
			c := &clock{now: time.Date(2026, 3, 1, 10, 0, 0, 0, time.UTC)}
			e := open(t, Config{URL: server.URL(), Clock: c.read})
			for _, project := range []string{"p", "q"} {
				decideOne(t, e, engine.Need{Lines: []engine.Line{of(project)}, Cost: 3})
			}
			test.lose(t, server, e)
			for i, project := range []string{"p", "q", "new"} {
				line := of(project)
				statuses, err := e.Peek(t.Context(), []engine.Line{line, {Limit: bucket, Key: line.Key, Tag: line.Tag}}, 1)
				if err != nil {
					t.Fatal(err)
				}
				if statuses[0].Left != test.left[i] {
					t.Errorf("%s: %d left, want %d", project, statuses[0].Left, test.left[i])
				}
				if test.left[i] == 0 && (statuses[0].Wait != time.Minute || statuses[1].Wait != 6*time.Second) {
					t.Errorf("%s: waits of %v and %v, want 1m and 6s", project, statuses[0].Wait, statuses[1].Wait)
				}
			}
			c.pass(time.Minute)
			for _, project := range []string{"p", "q", "new"} {
				if o := decideOne(t, e, engine.Need{Lines: []engine.Line{of(project)}, Cost: 10}); o.Verdict != engine.Proceed {
					t.Errorf("%s: after a minute %+v", project, o)
				}
			}
		})
	}
}
