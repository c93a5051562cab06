package redis

import (
	"crypto/rand"
	"testing"

	"github.com/sheetreel/sheetreel/kit/redisserver"
	"github.com/sheetreel/sheetreel/kit/redistest"
	"github.com/sheetreel/sheetreel/services/ratelimit/engine"
	"github.com/sheetreel/sheetreel/services/ratelimit/engine/enginetest"
)

func TestConformance(t *testing.T) {
	proxy := redistest.NewProxy(t, redistest.Start(t, redisserver.Options{}).Addr())
	enginetest.Run(t, enginetest.Harness{
		New: func(t testing.TB, clock *enginetest.Clock) engine.Engine {
			return open(t, Config{URL: proxy.URL(), Prefix: rand.Text() + ":", Clock: clock.Now})
		},
		// Another replica finds everything.
		Restart: func(t testing.TB, old engine.Engine, _ *enginetest.Clock) engine.Engine {
			return open(t, old.(*Engine).config)
		},
		Outage: func(t testing.TB, _ engine.Engine) func() {
			proxy.Cut()
			return proxy.Mend
		},
	})
}

func open(t testing.TB, cfg Config) *Engine {
	t.Helper()
	e, err := New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { e.client.Close() })
	return e
}
