package render

import (
	"strings"
	"testing"
	"time"
)

func TestConfig(t *testing.T) {
	c, err := Config{}.complete()
	if err != nil {
		t.Fatal(err)
	}
	if c.Workers < 1 || c.WorkerName == "" || c.WorkerName != plainName(c.WorkerName) || c.Blob == "" || c.Scratch == "" || c.RenderTimeout != 15*time.Minute {
		t.Errorf("defaults %+v", c)
	}
	for field, cfg := range map[string]Config{
		"workers": {Workers: 101}, "worker-name": {WorkerName: "a b"}, "render-timeout": {RenderTimeout: -1}, "drain-timeout": {DrainTimeout: -1},
	} {
		if _, err := cfg.complete(); err == nil || !strings.HasPrefix(err.Error(), field+": ") {
			t.Errorf("%s: error %v", field, err)
		}
	}
	if _, err := New(Config{}, Deps{}); err == nil {
		t.Error("a service without a scheduler was made")
	}
}
