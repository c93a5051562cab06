package scheduler

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"

	errorsv1 "github.com/sheetreel/sheetreel/gen/sheetreel/errors/v1"
	ingestv1 "github.com/sheetreel/sheetreel/gen/sheetreel/ingest/v1"
	schedulerv1 "github.com/sheetreel/sheetreel/gen/sheetreel/scheduler/v1"
	"github.com/sheetreel/sheetreel/kit/errs"
	"github.com/sheetreel/sheetreel/kit/grpckit"
	"github.com/sheetreel/sheetreel/services/scheduler/store"
)

// serve serves the scheduler on a socket. Each stream that ends is told to ended.
func (k *keeper) serve(ended chan<- error) schedulerv1.SchedulerServiceClient {
	k.Helper()
	server, err := grpckit.NewServer(slog.New(slog.DiscardHandler), grpc.ChainStreamInterceptor(
		func(srv any, stream grpc.ServerStream, _ *grpc.StreamServerInfo, next grpc.StreamHandler) error {
			err := next(srv, stream)
			ended <- err
			return err
		}))
	k.must(err)
	k.Register(server)
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	k.must(err)
	ctx, cancel := context.WithCancel(context.Background())
	var owner sync.WaitGroup
	owner.Go(func() { _ = server.Serve(ctx, listener) })
	conn, err := grpc.NewClient(listener.Addr().String(), grpc.WithTransportCredentials(insecure.NewCredentials()),
		grpc.WithInitialWindowSize(64<<10), grpc.WithInitialConnWindowSize(64<<10))
	k.must(err)
	k.Cleanup(func() {
		conn.Close()
		cancel()
		owner.Wait()
	})
	return schedulerv1.NewSchedulerServiceClient(conn)
}

// long makes a bulk job with a history of n events of about a kilobyte, and some more.
func (k *keeper) long(n int) store.BulkKey {
	k.Helper()
	key := store.BulkKey{Project: "demo", ID: newUUID()}
	_, _, err := k.store.CreateBulkJob(k.Context(), store.Request{}, store.Bulk{BulkKey: key, User: "ada", Spec: &schedulerv1.BulkJob{User: "ada"}}, k.clock)
	k.must(err)
	_, err = k.store.LeaseImport(k.Context(), store.NewLease{ID: "import", Worker: "reader", Until: k.clock.Add(time.Minute)}, k.clock)
	k.must(err)
	var videos []store.NewVideo
	for range n {
		id := newUUID()
		videos = append(videos, store.NewVideo{ID: id, Idea: &ingestv1.Idea{RowKey: id, Title: strings.Repeat("x", 1000)}})
	}
	place := func(_ store.Bulk, v *store.NewVideo, now time.Time) { v.SortKey, v.MaxAttempts = now.UnixMilli(), 1 }
	_, err = k.store.AppendVideoJobs(k.Context(), "import", videos, place, k.clock)
	k.must(err)
	return key
}

// A frozen watcher is cut off, and misses nothing and sees nothing twice when it wakes up.
func TestFrozenWatcherIsCutOffAndComesBack(t *testing.T) {
	k := newKeeper(t, Keep{})
	k.stall = 200 * time.Millisecond
	ended := make(chan error, 1)
	client := k.serve(ended)
	key := k.long(500)
	in := &schedulerv1.WatchBulkJobRequest{Name: key.Name()}
	stream, err := client.WatchBulkJob(t.Context(), in)
	k.must(err)
	if err := <-ended; errs.ReasonOf(err) != errorsv1.ErrorReason_WATCH_TOO_SLOW {
		t.Fatalf("the server ended the watch with %v, want WATCH_TOO_SLOW", err)
	}
	after := int64(0)
	read := func() error {
		for {
			m, err := stream.Recv()
			if err != nil {
				return err
			}
			in.ResumeToken = m.GetResumeToken()
			for _, e := range m.GetEvents() {
				if e.GetSequence() != after+1 {
					t.Fatalf("event %d after %d", e.GetSequence(), after)
				}
				after = e.GetSequence()
			}
		}
	}
	if err := read(); errs.ReasonOf(err) != errorsv1.ErrorReason_WATCH_TOO_SLOW {
		t.Errorf("what was sent ends with %v, want WATCH_TOO_SLOW", err)
	}
	b, err := k.store.CancelBulkJob(t.Context(), store.Request{}, key, k.clock)
	k.must(err)
	if after == 0 || after >= b.LastSequence {
		t.Errorf("read %d of %d events before the cut, want some", after, b.LastSequence)
	}
	k.stall = stallMost
	stream, err = client.WatchBulkJob(t.Context(), in)
	k.must(err)
	if err := read(); !errors.Is(err, io.EOF) || after != b.LastSequence {
		t.Errorf("read %d of %d events, then %v", after, b.LastSequence, err)
	}
}
