package campaign

import (
	"context"
	"fmt"
	"sync"
	"syscall"
	"time"

	"github.com/sheetreel/sheetreel/cmd/sheetreel/torture/faults"
	"github.com/sheetreel/sheetreel/cmd/sheetreel/torture/replicas"
)

// goWrong lets each fault happen when its share of the jobs is completed. It returns when all have, and every stopped
// process goes on.
func (c *campaign) goWrong(ctx context.Context) error {
	var stops sync.WaitGroup
	defer stops.Wait()
	for i, f := range c.faults {
		for float64(c.watcher.Completed()) < f.At*float64(c.config.Jobs) {
			if !replicas.Pause(ctx, 10*time.Millisecond) {
				return nil
			}
		}
		if f.Kind == faults.Restart {
			c.say("torture: %v", f)
			if err := c.restartDatabase(ctx); err != nil && ctx.Err() == nil {
				return fmt.Errorf("fault %d: %w", i+1, err)
			}
			continue
		}
		c.hit(ctx, f, &stops)
	}
	return nil
}

// hit sends the signal of a fault. When the enqueuer has done its work already, a worker is hit instead; a process that
// is just being replaced is waited for.
func (c *campaign) hit(ctx context.Context, f faults.Fault, stops *sync.WaitGroup) {
	signals := map[faults.Kind]syscall.Signal{faults.Kill: syscall.SIGKILL, faults.Stop: syscall.SIGSTOP, faults.Terminate: syscall.SIGTERM}
	for {
		m := c.target(f)
		if m.over() {
			m = c.workers[f.Index]
		}
		child, ok := m.signal(signals[f.Kind])
		if ok && f.Kind == faults.Stop {
			stops.Go(func() {
				replicas.Pause(ctx, f.For)
				child.Signal(syscall.SIGCONT) // one that was killed meanwhile needs none
			})
		}
		if ok || !replicas.Pause(ctx, 10*time.Millisecond) {
			return
		}
	}
}
