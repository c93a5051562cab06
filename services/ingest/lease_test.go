package ingest

import (
	"context"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	errorsv1 "github.com/sheetreel/sheetreel/gen/sheetreel/errors/v1"
	"github.com/sheetreel/sheetreel/kit/errs"
	"github.com/sheetreel/sheetreel/services/ingest/source"
	"github.com/sheetreel/sheetreel/services/ingest/source/sheets"
)

// importing runs an importer in fake time on a source that is a function.
func importing(t *testing.T, scheduler *fakeScheduler, read sourceFunc) {
	t.Helper()
	service, err := New(Config{}, Deps{Imports: inProcess{scheduler}, Quota: &granting{}})
	if err != nil {
		t.Fatal(err)
	}
	r := service.reader
	r.open = func(request) (source.Source, error) { return read, nil }
	i := &importer{worker: "w", imports: inProcess{scheduler}, reader: r, timeout: 10 * time.Minute, log: testLog(t)}
	start(t, func(ctx context.Context) error { i.run(ctx); return nil })
}

func smallTable() *source.Table {
	row := func(a, b string) []source.Cell { return []source.Cell{source.Text(a), source.Text(b)} }
	return &source.Table{FirstRow: 1, Range: "Ideas!A1:B2", Rows: [][]source.Cell{row("Title", "Script"), row("Tea", "Text")}}
}

func TestLeaseIsRenewedEachThird(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		begin := time.Now()
		scheduler := newFakeScheduler()
		importing(t, scheduler, func(ctx context.Context) (*source.Table, error) {
			wait(ctx, 70*time.Second)
			return smallTable(), ctx.Err()
		})
		scheduler.add("any", "")
		job := <-scheduler.ended
		if job.completed == nil {
			t.Fatalf("import failed: %v", job.failed)
		}
		var got []time.Duration
		for _, at := range scheduler.renewals {
			got = append(got, at.Sub(begin))
		}
		if diff := cmp.Diff([]time.Duration{20 * time.Second, 40 * time.Second, 60 * time.Second}, got); diff != "" {
			t.Errorf("renewals of a lease of a minute (-want +got):\n%s", diff)
		}
	})
}

func TestLateAnswerToTheLongPollIsRenewedAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		begin := time.Now()
		scheduler := newFakeScheduler()
		scheduler.length = 30 * time.Second
		importing(t, scheduler, func(ctx context.Context) (*source.Table, error) {
			wait(ctx, time.Second)
			return smallTable(), ctx.Err()
		})
		wait(t.Context(), 15*time.Second)
		scheduler.add("any", "")
		<-scheduler.ended
		if len(scheduler.renewals) != 1 || scheduler.renewals[0].Sub(begin) != 15*time.Second {
			t.Errorf("renewals at %v, want one as soon as the lease was there", scheduler.renewals)
		}
	})
}

func TestLostLeaseStopsTheReadingQuietly(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		scheduler := newFakeScheduler()
		scheduler.before = func(call string) error {
			if call == "renew" {
				return errs.LeaseLost()
			}
			return nil
		}
		stopped := make(chan error, 1)
		importing(t, scheduler, func(ctx context.Context) (*source.Table, error) {
			<-ctx.Done()
			stopped <- context.Cause(ctx)
			return nil, ctx.Err()
		})
		scheduler.add("any", "")
		if err := <-stopped; !errors.Is(err, errLeaseLost) {
			t.Errorf("reading stopped with %v, want the lost lease", err)
		}
		synctest.Wait()
		if len(scheduler.ended) != 0 {
			t.Error("a lost lease was reported")
		}
	})
}

func TestLeaseThatCannotBeRenewedIsGivenUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		scheduler := newFakeScheduler()
		scheduler.before = func(string) error { return unavailable() }
		stopped := make(chan error, 1)
		begin := time.Now()
		importing(t, scheduler, func(ctx context.Context) (*source.Table, error) {
			<-ctx.Done()
			stopped <- context.Cause(ctx)
			return nil, ctx.Err()
		})
		scheduler.add("any", "")
		if err := <-stopped; !errors.Is(err, errLeaseExpired) {
			t.Errorf("reading stopped with %v, want the expired lease", err)
		}
		if got := time.Since(begin); got != time.Minute {
			t.Errorf("the lease of a minute was given up after %v", got)
		}
	})
}

func TestImportTimeout(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		scheduler := newFakeScheduler()
		importing(t, scheduler, func(ctx context.Context) (*source.Table, error) {
			<-ctx.Done()
			return nil, ctx.Err()
		})
		scheduler.add("any", "")
		job := <-scheduler.ended
		err := status.FromProto(job.failed.GetError()).Err()
		if errs.ReasonOf(err) != errorsv1.ErrorReason_DEADLINE || !strings.Contains(err.Error(), "longer than 10m0s") {
			t.Errorf("error is %v, want DEADLINE with the bound", err)
		}
	})
}

func TestDefectsAreNotTold(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		scheduler := newFakeScheduler()
		importing(t, scheduler, func(context.Context) (*source.Table, error) { return nil, errors.New("secret detail") })
		scheduler.add("any", "")
		job := <-scheduler.ended
		if got := job.failed.GetError(); got.GetCode() != int32(codes.Internal) || strings.Contains(got.String(), "secret") {
			t.Errorf("error is %v, want INTERNAL without its text", got)
		}
	})
}

func TestOwnOutageDoesNotFailTheBulkJob(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		scheduler := newFakeScheduler()
		tries := 0
		importing(t, scheduler, func(context.Context) (*source.Table, error) {
			if tries++; tries < 5 {
				return nil, unavailable() // the quota service, for example
			}
			return smallTable(), nil
		})
		scheduler.add("any", "")
		if job := <-scheduler.ended; job.completed == nil {
			t.Errorf("import failed: %v", job.failed)
		}
	})
}

func TestStopLeavesTheImportToOthers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		scheduler := newFakeScheduler()
		reading := make(chan struct{})
		r, err := New(Config{}, Deps{Imports: inProcess{scheduler}, Quota: &granting{}})
		if err != nil {
			t.Fatal(err)
		}
		r.reader.open = func(request) (source.Source, error) {
			return sourceFunc(func(ctx context.Context) (*source.Table, error) {
				close(reading)
				<-ctx.Done()
				return nil, ctx.Err()
			}), nil
		}
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error, 1)
		go func() { done <- r.Run(ctx) }()
		scheduler.add("any", "")
		<-reading
		begin := time.Now()
		cancel()
		if err := <-done; err != nil {
			t.Errorf("Run = %v", err)
		}
		if waited := time.Since(begin); waited != 0 {
			t.Errorf("stopping took %v of fake time", waited)
		}
		if len(scheduler.ended) != 0 {
			t.Error("an import that was cut off was reported as ended")
		}
	})
}

func TestConfigIsChecked(t *testing.T) {
	for _, cfg := range []Config{{ImportWorkers: -1}, {ImportWorkers: 1000}, {ImportTimeout: -1}, {Sheets: sheets.Config{Endpoint: "nowhere"}}} {
		if _, err := New(cfg, Deps{Imports: inProcess{}, Quota: &granting{}}); err == nil {
			t.Errorf("New(%+v) takes a wrong configuration", cfg)
		}
	}
	if _, err := New(Config{}, Deps{}); err == nil {
		t.Error("New works without its peers")
	}
}

func TestWorkerNamesFitTheSchedulersForm(t *testing.T) {
	if a, b := workerName(1), workerName(2); a == b || strings.Trim(a, "-.") != a || len(a) > 127 {
		t.Errorf("worker names %q and %q", a, b)
	}
}
