package encode

import (
	"context"
	"os"
	"path/filepath"
	"time"
)

// lookEvery is how often a program's file is looked at.
const lookEvery = time.Second

// runToEnd runs a program that needs nothing more from us and waits for it. It makes progress while its file grows.
func (t Tool) runToEnd(ctx context.Context, dir string, args []string, file string) (time.Duration, error) {
	p, err := t.start(ctx, dir, nil, args)
	if err != nil {
		return 0, err
	}
	watching, stop := context.WithCancel(ctx)
	watched := make(chan struct{})
	go func() {
		defer close(watched)
		p.watch(watching, filepath.Join(dir, file))
	}()
	defer func() { <-watched }()
	defer stop()
	err = p.wait(nil)
	return p.cpu, err
}

// watch looks at a file until ctx ends.
func (p *program) watch(ctx context.Context, path string) {
	ticker := time.NewTicker(lookEvery)
	defer ticker.Stop()
	last := int64(-1)
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
		if info, err := os.Stat(path); err == nil && info.Size() != last {
			last = info.Size()
			p.moved()
		}
	}
}
