package part

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/alecthomas/kong"

	schedulerv1 "github.com/sheetreel/sheetreel/gen/sheetreel/scheduler/v1"
	"github.com/sheetreel/sheetreel/kit/pg/pgserver"

	"github.com/sheetreel/sheetreel/cmd/sheetreel/torture/artifact"
	"github.com/sheetreel/sheetreel/cmd/sheetreel/torture/check"
	"github.com/sheetreel/sheetreel/cmd/sheetreel/torture/history"
	"github.com/sheetreel/sheetreel/cmd/sheetreel/torture/replicas"
	"github.com/sheetreel/sheetreel/cmd/sheetreel/torture/watch"
)

// bundle is a campaign in this process, in which nothing goes wrong.
type bundle struct {
	*testing.T
	folder, quota, scheduler string
	owner                    sync.WaitGroup
}

// setup serves a scheduler on SQLite and the rate limit service.
func setup(t *testing.T) *bundle {
	t.Helper()
	b := &bundle{T: t, folder: t.TempDir(), quota: address(t), scheduler: address(t)}
	ctx, cancel := context.WithCancel(context.Background())
	t.Cleanup(func() { cancel(); b.owner.Wait() })
	limits := filepath.Join(b.folder, "limits.yaml")
	text := "limits:\n  - {name: all, keys: [project], algorithm: token_bucket, capacity: 100000, period: 1s}\n"
	if err := os.WriteFile(limits, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	var r Ratelimit
	var s Scheduler
	b.parse(&r, "--listen", b.quota, "--limits", limits)
	b.parse(&s, "--listen", b.scheduler, "--ratelimit", b.quota, "--database", filepath.Join(b.folder, "jobs.db"), "--lease-duration", "3s")
	b.run(ctx, r.Run)
	b.run(ctx, s.Run)
	if err := artifact.Prepare(b.folder); err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(b.histories(), 0o700); err != nil {
		t.Fatal(err)
	}
	return b
}

func (b *bundle) histories() string { return filepath.Join(b.folder, "history") }

func address(t *testing.T) string {
	t.Helper()
	port, err := pgserver.FreePort()
	if err != nil {
		t.Fatal(err)
	}
	return fmt.Sprintf("127.0.0.1:%d", port)
}

// parse fills a command from flags, as the program does.
func (b *bundle) parse(command any, args ...string) {
	b.Helper()
	parser, err := kong.New(command)
	if err == nil {
		_, err = parser.Parse(args)
	}
	if err != nil {
		b.Fatal(err)
	}
}

// client gives the flags of a process that calls the scheduler.
func (b *bundle) client(name string, more ...string) []string {
	return append([]string{
		"--name", name, "--schedulers", b.scheduler, "--history", filepath.Join(b.histories(), name), "--project", "torture", "--seed", "1",
	}, more...)
}

// run runs a part until ctx ends, which must be in good order.
func (b *bundle) run(ctx context.Context, part func(context.Context) error) {
	b.owner.Go(func() {
		if err := part(ctx); err != nil {
			b.Error(err)
		}
	})
}

func TestPartsDoTheirWork(t *testing.T) {
	const jobs, perBatch = 220, 100
	b := setup(t)
	conn, err := replicas.Dial([]string{b.scheduler})
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()

	var e Enqueuer
	b.parse(&e, b.client("enqueuer", "--jobs", fmt.Sprint(jobs), "--per-batch", fmt.Sprint(perBatch), "--ahead", "2")...)
	workers, watcher := make([]Worker, 2), watch.New(conn, "projects/torture")
	stop, stopNow := context.WithCancel(ctx)
	var work sync.WaitGroup
	work.Go(func() {
		if err := watcher.Run(stop); err != nil {
			t.Error(err)
		}
	})
	for i := range workers {
		b.parse(&workers[i], b.client(fmt.Sprintf("worker-%d", i), "--slots", "8", "--artifacts", b.folder, "--slow", "1200ms", "--slow-share", "0.03")...)
		work.Go(func() {
			if err := workers[i].Run(stop); err != nil {
				t.Error(err)
			}
		})
	}
	if err := e.Run(ctx); err != nil {
		t.Fatal(err)
	}
	for watcher.Finished() < 3 && replicas.Pause(ctx, 20*time.Millisecond) {
	}
	// After a crash the next enqueuer gets what is there, and makes nothing again.
	var again Enqueuer
	b.parse(&again, b.client("enqueuer-again", "--jobs", fmt.Sprint(jobs), "--per-batch", fmt.Sprint(perBatch), "--ahead", "2")...)
	if err := again.Run(ctx); err != nil {
		t.Fatal(err)
	}
	stopNow()
	work.Wait()
	if watcher.Completed() != jobs || watcher.Finished() != 3 {
		t.Fatalf("%d jobs completed, %d bulk jobs finished; want %d, 3", watcher.Completed(), watcher.Finished(), jobs)
	}

	all, err := history.ReadFolder(b.histories())
	if err != nil {
		t.Fatal(err)
	}
	var f check.Findings
	callers := check.ReadCallers(all, 3*time.Second, &f)
	callers.Check(&f)
	jobsClient := schedulerv1.NewSchedulerServiceClient(conn)
	for name, seen := range watcher.Seen() {
		out, err := jobsClient.ListVideoJobs(ctx, &schedulerv1.ListVideoJobsRequest{Parent: name, PageSize: 1000})
		if err != nil {
			t.Fatal(err)
		}
		s := check.NewStored(name, &f)
		for _, v := range out.GetVideoJobs() {
			s.Read(v, callers, b.folder)
		}
		s.End(callers)
		if seen.Missing+seen.Again != 0 || len(out.GetVideoJobs()) > perBatch {
			t.Errorf("%s has %d video jobs; a watcher saw %+v", name, len(out.GetVideoJobs()), seen)
		}
	}
	if f.Total() > 0 || callers.Operations < 2*jobs || len(callers.Completed) != jobs || len(callers.Batches) != 3 {
		t.Errorf("%d operations, %d jobs completed, findings %v", callers.Operations, len(callers.Completed), f.Shown())
	}
}
