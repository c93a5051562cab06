package scheduler_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"

	ingestv1 "github.com/sheetreel/sheetreel/gen/sheetreel/ingest/v1"
	schedulerv1 "github.com/sheetreel/sheetreel/gen/sheetreel/scheduler/v1"
	"github.com/sheetreel/sheetreel/kit/grpckit"
	"github.com/sheetreel/sheetreel/services/scheduler"
	"github.com/sheetreel/sheetreel/services/scheduler/store"
	"github.com/sheetreel/sheetreel/services/scheduler/store/ledger"
	"github.com/sheetreel/sheetreel/services/scheduler/store/sqlite"
)

// counted counts how often watches read the store.
type counted struct {
	store.Store
	mu    sync.Mutex
	reads int
}

func (c *counted) count() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.reads
}

func (c *counted) Events(ctx context.Context, k store.BulkKey, after int64, limit int) ([]*schedulerv1.JobEvent, error) {
	c.mu.Lock()
	c.reads++
	c.mu.Unlock()
	return c.Store.Events(ctx, k, after, limit)
}

// crowd is a scheduler on a real socket, with a bulk job whose rows are still being read.
type crowd struct {
	*testing.T
	store   *counted
	address string
	key     store.BulkKey
	lease   string
}

func newCrowd(t *testing.T) *crowd {
	t.Helper()
	log := slog.New(slog.DiscardHandler)
	db, err := sqlite.Open(t.Context(), filepath.Join(t.TempDir(), "test.db"), ledger.Options{})
	if err != nil {
		t.Fatal(err)
	}
	c := &crowd{T: t, store: &counted{Store: db}, key: store.BulkKey{Project: "demo", ID: uuid.Must(uuid.NewV7()).String()}, lease: "import"}
	server, err := grpckit.NewServer(log)
	if err != nil {
		t.Fatal(err)
	}
	service, err := scheduler.New(scheduler.Config{LeaseDuration: time.Minute}, scheduler.Deps{Store: c.store, Log: log})
	if err != nil {
		t.Fatal(err)
	}
	service.Register(server)
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	c.address = listener.Addr().String()
	ctx, cancel := context.WithCancel(context.Background())
	var owner sync.WaitGroup
	owner.Go(func() { _ = server.Serve(ctx, listener) })
	t.Cleanup(func() {
		cancel()
		owner.Wait()
		db.Close()
	})
	now := time.Now()
	_, _, err = db.CreateBulkJob(t.Context(), store.Request{}, store.Bulk{BulkKey: c.key, User: "ada", Spec: &schedulerv1.BulkJob{User: "ada"}}, now)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := db.LeaseImport(t.Context(), store.NewLease{ID: c.lease, Worker: "reader", Until: now.Add(time.Hour)}, now); err != nil {
		t.Fatal(err)
	}
	return c
}

// append adds rows, each of which is two events of about 600 bytes: when it comes, and at its end.
func (c *crowd) append(from, n int) {
	c.Helper()
	var videos []store.NewVideo
	for i := range n {
		videos = append(videos, store.NewVideo{ID: uuid.Must(uuid.NewV7()).String(), Idea: &ingestv1.Idea{
			RowKey: fmt.Sprint(from + i), RowNumber: int32(from + i), Title: strings.Repeat("x", 500),
		}})
	}
	place := func(_ store.Bulk, v *store.NewVideo, now time.Time) { v.SortKey, v.MaxAttempts = now.UnixMilli(), 1 }
	if _, err := c.store.AppendVideoJobs(c.Context(), c.lease, videos, place, time.Now()); err != nil {
		c.Fatal(err)
	}
}

// dial connects a client.
func (c *crowd) dial() schedulerv1.SchedulerServiceClient {
	c.Helper()
	conn, err := grpc.NewClient(c.address, grpc.WithTransportCredentials(insecure.NewCredentials()),
		grpc.WithInitialWindowSize(64<<10), grpc.WithInitialConnWindowSize(1<<20)) // a fixed window: gRPC does not widen it
	if err != nil {
		c.Fatal(err)
	}
	c.Cleanup(func() { conn.Close() })
	return schedulerv1.NewSchedulerServiceClient(conn)
}

// watch begins a watch, and reads its first message.
func (c *crowd) watch(ctx context.Context, client schedulerv1.SchedulerServiceClient) grpc.ServerStreamingClient[schedulerv1.WatchBulkJobResponse] {
	c.Helper()
	stream, err := client.WatchBulkJob(ctx, &schedulerv1.WatchBulkJobRequest{Name: c.key.Name()})
	if err != nil {
		c.Fatal(err)
	}
	if _, err := stream.Recv(); err != nil {
		c.Fatal(err)
	}
	return stream
}

// readAll reads a watch to its end, and returns the last event. It fails unless each comes once, in order.
func readAll(t *testing.T, stream grpc.ServerStreamingClient[schedulerv1.WatchBulkJobResponse]) (after int64) {
	for {
		m, err := stream.Recv()
		if errors.Is(err, io.EOF) {
			return after
		}
		if err != nil {
			t.Error(err)
			return after
		}
		for _, e := range m.GetEvents() {
			if e.GetSequence() != after+1 {
				t.Errorf("event %d after %d", e.GetSequence(), after)
				return after
			}
			after = e.GetSequence()
		}
	}
}

func heap() uint64 {
	runtime.GC()
	runtime.GC() // twice, for what is in pools
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc + m.StackInuse
}

func TestFrozenWatchersHoldUpNobody(t *testing.T) {
	const watchers, frozen, clients, rows, step = 500, 50, 10, 200, 20
	c := newCrowd(t)
	var connections []schedulerv1.SchedulerServiceClient
	for range clients {
		connections = append(connections, c.dial())
	}
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	empty := heap()
	for i := range frozen { // on the same connections as the others
		c.watch(ctx, connections[i%clients])
	}
	ends := make([]int64, watchers-frozen)
	var group sync.WaitGroup
	for i := range ends {
		stream := c.watch(ctx, connections[i%clients])
		group.Go(func() { ends[i] = readAll(t, stream) })
	}
	quiet := heap()

	for from := 0; from < rows; from += step {
		c.append(from, step)
	}
	b, err := c.store.CancelBulkJob(t.Context(), store.Request{}, c.key, time.Now()) // ends all of them
	if err != nil {
		t.Fatal(err)
	}
	group.Wait()
	for i, end := range ends {
		if end != b.LastSequence {
			t.Errorf("watcher %d ended at event %d of %d", i, end, b.LastSequence)
		}
	}
	after := heap()

	t.Logf("%d events of 600 bytes to %d watchers by %d readings of the history", b.LastSequence, len(ends), c.store.count())
	kB := func(from, to uint64) int64 { return (int64(to) - int64(from)) / 1024 }
	t.Logf("heap and stacks of server and clients together: %d kB for %d quiet watchers, %d kB each; %d kB for %d frozen ones, %d kB each",
		kB(empty, quiet), watchers, kB(empty, quiet)/watchers, kB(empty, after), frozen, kB(empty, after)/frozen)
	if each := kB(empty, after) / frozen; each > 1024 {
		t.Errorf("a frozen watcher costs %d kB on both ends, want no more than windows and a message", each)
	}
	if n, most := c.store.count(), len(ends)*20; n > most {
		t.Errorf("%d readings of the history, want at most %d: they should be shared", n, most)
	}
}
