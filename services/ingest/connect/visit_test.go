package connect

import (
	"context"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/types/known/durationpb"

	errorsv1 "github.com/sheetreel/sheetreel/gen/sheetreel/errors/v1"
	ingestv1 "github.com/sheetreel/sheetreel/gen/sheetreel/ingest/v1"
	schedulerv1 "github.com/sheetreel/sheetreel/gen/sheetreel/scheduler/v1"
	"github.com/sheetreel/sheetreel/kit/errs"
	"github.com/sheetreel/sheetreel/services/ingest/source/sheets"
)

// world is a spreadsheet that is watched, and the scheduler that remembers what was seen. All runs on one goroutine after
// the other, in fake time.
type world struct {
	schedulerv1.SchedulerServiceClient // the methods that nobody here calls

	mu       sync.Mutex
	sheet    *schedulerv1.ConnectedSheet
	due      time.Time
	version  int64
	news     bool
	trouble  error // of the version
	bad      error // of the rows
	reading  bool  // the last bulk job has not read its sheet
	requests []string
	looks    []time.Time
	compared int
}

func (w *world) LeaseConnectedSheet(ctx context.Context, in *schedulerv1.LeaseConnectedSheetRequest, _ ...grpc.CallOption) (*schedulerv1.LeaseConnectedSheetResponse, error) {
	w.mu.Lock()
	pause := min(time.Until(w.due), in.GetWaitDuration().AsDuration())
	w.mu.Unlock()
	wait(ctx, pause)
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if time.Now().Before(w.due) {
		return &schedulerv1.LeaseConnectedSheetResponse{}, nil
	}
	w.due = time.Now().Add(time.Hour)
	return &schedulerv1.LeaseConnectedSheetResponse{LeaseToken: "t", ConnectedSheet: w.sheet, LeaseDuration: durationpb.New(5 * time.Minute)}, nil
}

func (w *world) SettleConnectedSheet(_ context.Context, in *schedulerv1.SettleConnectedSheetRequest, _ ...grpc.CallOption) (*schedulerv1.SettleConnectedSheetResponse, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.sheet, w.due = in.GetConnectedSheet(), time.Now().Add(in.GetPauseDuration().AsDuration())
	return &schedulerv1.SettleConnectedSheetResponse{}, nil
}

func (w *world) GetBulkJob(context.Context, *schedulerv1.GetBulkJobRequest, ...grpc.CallOption) (*schedulerv1.BulkJob, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.reading {
		return &schedulerv1.BulkJob{State: schedulerv1.BulkJob_INGESTING}, nil
	}
	return &schedulerv1.BulkJob{State: schedulerv1.BulkJob_RUNNING, ImportReport: &ingestv1.ImportReport{}}, nil
}

func (w *world) CreateBulkJob(_ context.Context, in *schedulerv1.CreateBulkJobRequest, _ ...grpc.CallOption) (*schedulerv1.BulkJob, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.requests = append(w.requests, in.GetRequestId())
	w.news = false // its rows are remembered
	return &schedulerv1.BulkJob{Name: in.GetParent() + "/bulkJobs/" + in.GetRequestId()}, nil
}

// edit makes a new version.
func (w *world) edit(news bool) { w.change(func() { w.version, w.news = w.version+1, w.news || news }) }

func (w *world) change(do func()) {
	w.mu.Lock()
	defer w.mu.Unlock()
	do()
}

// watched runs a test while a new sheet is watched.
func watched(t *testing.T, test func(t *testing.T, w *world)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		w := &world{version: 1, sheet: &schedulerv1.ConnectedSheet{Name: "projects/demo/connectedSheets/s", BulkJob: &schedulerv1.BulkJob{User: "ada"}}}
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan struct{})
		go func() {
			defer close(done)
			Run(ctx, Deps{
				Polls: w, Jobs: w, Worker: "w", Interval: 30 * time.Second, Log: slog.New(slog.DiscardHandler),
				Version: func(_ context.Context, project string, _ *schedulerv1.BulkJob) (sheets.Version, error) {
					if project != "demo" {
						t.Errorf("project %q", project)
					}
					w.mu.Lock()
					defer w.mu.Unlock()
					w.looks = append(w.looks, time.Now())
					return sheets.Version{Number: w.version}, w.trouble
				},
				Changed: func(context.Context, string, *schedulerv1.BulkJob) (bool, error) {
					w.mu.Lock()
					defer w.mu.Unlock()
					w.compared++
					return w.news, w.bad
				},
			})
		}()
		test(t, w)
		cancel()
		<-done
	})
}

// pass lets time go by, and everything that is due in it.
func pass(d time.Duration) {
	wait(context.Background(), d)
	synctest.Wait()
}

func (w *world) want(t *testing.T, what string, requests ...string) {
	t.Helper()
	if got, want := strings.Join(w.requests, " "), strings.Join(requests, " "); got != want {
		t.Errorf("%s: bulk jobs %q, want %q", what, got, want)
	}
}

func TestNewRowsMakeABulkJobOnce(t *testing.T) {
	watched(t, func(t *testing.T, w *world) {
		w.change(func() { w.news = true })
		pass(time.Second)
		w.want(t, "at first", "s-1")
		pass(5 * time.Minute)
		w.want(t, "later", "s-1")
		if n := len(w.looks); n < 8 || n > 14 || w.compared != 1 {
			t.Errorf("%d looks in five minutes, and %d comparisons; want about ten and one", n, w.compared)
		}
		w.edit(true)
		pass(time.Minute)
		w.want(t, "after an edit", "s-1", "s-2")
	})
}

func TestEditsWithoutNewsMakeNone(t *testing.T) {
	watched(t, func(t *testing.T, w *world) {
		for range 5 {
			w.edit(false) // such as results that are written back, or failed rows
			pass(2 * time.Minute)
		}
		w.want(t, "after results")
		if w.compared != 6 && w.compared != 5 {
			t.Errorf("compared %d times, want once for each version", w.compared)
		}
	})
}

func TestEditsAreWaitedForButNotForEver(t *testing.T) {
	watched(t, func(t *testing.T, w *world) {
		pass(time.Second)
		w.change(func() { w.news = true })
		for range 20 {
			w.edit(false)
			pass(5 * time.Second)
		}
		w.want(t, "in the middle of edits")
		for range 20 {
			w.edit(false)
			pass(5 * time.Second)
		}
		if len(w.requests) != 1 {
			t.Errorf("after three minutes of edits: bulk jobs %v, want one", w.requests)
		}
	})
}

func TestABulkJobThatReadsIsWaitedFor(t *testing.T) {
	watched(t, func(t *testing.T, w *world) {
		w.change(func() { w.news = true })
		pass(time.Second)
		w.change(func() { w.reading = true })
		w.edit(true)
		pass(5 * time.Minute)
		w.want(t, "while it reads", "s-1")
		w.change(func() { w.reading = false })
		pass(time.Minute)
		w.want(t, "when it has read", "s-1", "s-2")
	})
}

func TestTroubleIsToldAndLooksBecomeRare(t *testing.T) {
	watched(t, func(t *testing.T, w *world) {
		w.change(func() {
			w.trouble = errs.New(codes.FailedPrecondition, errorsv1.ErrorReason_SHEET_NOT_SHARED, "the sheet is not shared")
		})
		pass(time.Hour)
		if n := len(w.looks); n < 8 || n > 14 {
			t.Errorf("%d looks in an hour of trouble", n)
		}
		if got := w.sheet.GetError().GetMessage(); got != "the sheet is not shared" {
			t.Errorf("says %q", got)
		}
		w.change(func() { w.trouble, w.news = nil, true })
		pass(15 * time.Minute)
		w.want(t, "when it is over", "s-1")
		if w.sheet.GetError() != nil || w.sheet.GetFailureCount() != 0 {
			t.Errorf("still says %v", w.sheet.GetError())
		}
	})
}

func TestBadRowsAreToldUntilTheyAreEdited(t *testing.T) {
	watched(t, func(t *testing.T, w *world) {
		w.change(func() { w.bad = errs.New(codes.FailedPrecondition, errorsv1.ErrorReason_HEADER_NOT_FOUND, "no header") })
		pass(5 * time.Minute)
		if w.compared != 1 || w.sheet.GetError().GetMessage() != "no header" {
			t.Errorf("compared %d times, says %v", w.compared, w.sheet.GetError())
		}
		w.change(func() { w.bad = nil })
		w.edit(true)
		pass(time.Minute)
		w.want(t, "after the edit", "s-2")
		if w.sheet.GetError() != nil {
			t.Errorf("still says %v", w.sheet.GetError())
		}
	})
}
