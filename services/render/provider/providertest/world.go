package providertest

import (
	"bytes"
	"context"
	"log/slog"
	"path/filepath"
	"sync"
	"testing"
	"testing/synctest"

	"gocloud.dev/blob"
	"gocloud.dev/blob/memblob"

	"github.com/sheetreel/sheetreel/services/render/provider"
	"github.com/sheetreel/sheetreel/services/render/provider/drive"
	"github.com/sheetreel/sheetreel/services/render/provider/fakehttp"
)

// Subject opens what is tested. It is called inside the bubble of package synctest, whose clock it must use.
type Subject struct {
	// Open gives a provider, and the service behind it.
	Open func(t *testing.T, o Options) (provider.Hosted, *fakehttp.Server)
	// Task is something that it makes.
	Task provider.Task
	// Long is a task with a text of scripts, emoji and length of all kinds; Said finds that text in what was ordered.
	Long provider.Task
	Said func(order fakehttp.Order) string
	// Result is what the service makes of the task, and Bad what it must not make, by what is wrong with it.
	Result []byte
	Bad    map[string][]byte
	// Check refuses what is not the task's result.
	Check func(ctx context.Context, path string) error
	// Secret is what it shows to the service.
	Secret string
}

// Options change what is opened.
type Options struct {
	Idempotent, Find bool
	Concurrent       int
}

// all is a provider that can tell what was ordered.
func all() Options { return Options{Idempotent: true, Find: true} }

// world is a provider with its driver.
type world struct {
	t      *testing.T
	about  Subject
	hosted provider.Hosted
	fake   *fakehttp.Server
	orders *blob.Bucket
	log    *safeBuffer
	driver *drive.Driver
}

// in runs a test in a bubble.
func (s Subject) in(t *testing.T, name string, o Options, test func(w *world)) {
	t.Run(name, func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			w := &world{t: t, about: s, orders: memblob.OpenBucket(nil), log: &safeBuffer{}}
			defer w.orders.Close()
			w.hosted, w.fake = s.Open(t, o)
			w.restart()
			test(w)
		})
	})
}

// restart is a worker that knows only what was written down.
func (w *world) restart() { w.driver = w.drive(drive.BlobJournal{Bucket: w.orders}) }

func (w *world) drive(j drive.Journal) *drive.Driver {
	log := slog.New(slog.NewTextHandler(w.log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	return drive.New(w.hosted, drive.Config{Random: func() float64 { return 0.5 }, MaxResult: 4 << 20}, drive.Deps{Journal: j, Log: log})
}

// order is an order of the task, without a look at the result.
func (w *world) order(key string) drive.Order {
	return drive.Order{Key: key, Task: w.about.Task, Path: filepath.Join(w.t.TempDir(), "result")}
}

// do must succeed.
func (w *world) do(o drive.Order) drive.Receipt {
	w.t.Helper()
	receipt, err := w.driver.Do(w.t.Context(), o)
	if err != nil {
		w.t.Errorf("%s: %v", o.Key, err)
	}
	return receipt
}

// bought must be how many orders the service has taken, none of them twice.
func (w *world) bought(n int) {
	w.t.Helper()
	if orders, seen := w.fake.Orders(), w.fake.Seen(); len(orders) != n || len(seen.Doubles) > 0 {
		w.t.Errorf("%d orders, %v of them twice; want %d", len(orders), seen.Doubles, n)
	}
}

// written is how many orders are written down.
func (w *world) written() int {
	w.t.Helper()
	n := 0
	list := w.orders.List(nil)
	for {
		if _, err := list.Next(w.t.Context()); err != nil {
			return n
		}
		n++
	}
}

// safeBuffer is a buffer for several writers.
type safeBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (s *safeBuffer) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.Write(p)
}

func (s *safeBuffer) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.String()
}
