// Package storetest is the conformance suite of scheduler stores: what every store must do, told once.
package storetest

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"testing"
	"time"

	"github.com/google/uuid"
	statuspb "google.golang.org/genproto/googleapis/rpc/status"

	ingestv1 "github.com/sheetreel/sheetreel/gen/sheetreel/ingest/v1"
	schedulerv1 "github.com/sheetreel/sheetreel/gen/sheetreel/scheduler/v1"
	"github.com/sheetreel/sheetreel/services/scheduler/state"
	"github.com/sheetreel/sheetreel/services/scheduler/store"
)

// Run runs the suite. open gives an empty store with Rates that is closed with the test.
func Run(t *testing.T, open func(t *testing.T) store.Store) {
	tests := map[string]func(*bundle){
		"its clock is sure and goes on":                     clockGoesOn,
		"create is idempotent":                              createIsIdempotent,
		"equal requests at once create one":                 createTogether,
		"a derived request forgets failures":                derivedRequestForgetsFailures,
		"import leases one reader at a time":                importLeases,
		"an import lost three times fails":                  importLostThreeTimes,
		"append knows row keys":                             appendKnowsRowKeys,
		"a failed import is tried again with what it had":   failedImportIsRetried,
		"the findings of an import go with it":              findingsAreDeleted,
		"all of a large bulk job changes at once":           allOfALarge,
		"candidates come in order and skip users":           candidatesInOrder,
		"a skipped user's long queue hides nobody":          longQueueHidesNobody,
		"each of those that wait alike is its own":          eachOfThoseAlike,
		"a claim is given once":                             claimOnce,
		"an old lease changes nothing":                      oldLeaseChangesNothing,
		"complete may be repeated":                          completeRepeated,
		"many completions, each with its answer":            completeMany,
		"failures retry, then become dead letters":          failuresRetryThenDie,
		"three crashes quarantine":                          threeCrashes,
		"release costs no attempt":                          releaseCostsNothing,
		"pause takes leases back and holds":                 pauseHolds,
		"a pause ends with the bulk job":                    pauseEnds,
		"cancel tells the worker":                           cancelTells,
		"retry starts over":                                 retryStartsOver,
		"park waits for its time":                           parkWaits,
		"events are gap-free and agree with the counters":   eventsAgree,
		"progress never runs backwards, one event a second": progressCoalesces,
		"dead letters by class, bulk job and age":           lettersByFilter,
		"pages of dead letters under every filter":          lettersByPage,
		"a dead letter is replayed with another idea":       replayEdited,
		"many dead letters are replayed, oldest first":      replayMany,
		"purged dead letters stay FAILED":                   purgedLettersStayFailed,
		"unknown names are not found":                       unknownNames,
		"every end of an attempt is billed":                 everyEndIsBilled,
		"what is free leaves no line items":                 freeLeavesNothing,
		"usage that cannot be true changes nothing":         untrueUsageChangesNothing,
		"a bulk job pauses at its budget":                   ownBudget,
		"a project's bulk jobs pause at its budget":         projectBudget,
		"costs add up after any history":                    costsAddUp,
		"a project's history skips and repeats nothing":     projectHistory,
		"progress leaves the history of what has ended":     compaction,
		"a deleted bulk job is gone, its files by and by":   deletion,
		"only what is finished is deleted":                  deletionRefused,
		"what has ended is found by its age":                endedBefore,
		"webhook endpoints are kept":                        endpoints,
		"an event is written for those who want it":         outbox,
		"a delivery is leased":                              deliveryLeases,
		"a delivery is leased by one at a time":             deliveriesLeasedOnce,
		"endpoints with something due are found":            dueWebhooks,
		"endpoints that take nothing are disabled":          endpointsAreJudged,
		"deliveries are replayed":                           deliveriesAreReplayed,
		"deliveries are forgotten":                          deliveriesAreForgotten,
		"a spreadsheet is leased while results are to come": sheetLeases,
		"a connected sheet is looked at by one":             connectedSheets,
		"results are what has changed, with their costs":    sheetResults,
	}
	maps.Copy(tests, orderTests())
	maps.Copy(tests, memoryTests())
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			test(&bundle{T: t, s: open(t), now: time.Date(2026, 11, 24, 9, 0, 0, 0, time.UTC)})
		})
	}
}

// bundle is a store under test with a clock.
type bundle struct {
	*testing.T
	s   store.Store
	now time.Time
}

func (b *bundle) ctx() context.Context { return b.Context() }

func (b *bundle) must(err error) {
	b.Helper()
	if err != nil {
		b.Fatal(err)
	}
}

func (b *bundle) wantErr(err, want error) {
	b.Helper()
	if !errors.Is(err, want) {
		b.Fatalf("error = %v, want %v", err, want)
	}
}

func (b *bundle) wantConflict(err error) {
	b.Helper()
	var conflict *store.StateError
	if !errors.As(err, &conflict) {
		b.Fatalf("error = %v, want a StateError", err)
	}
}

func newID() string { return uuid.Must(uuid.NewV7()).String() }

func (b *bundle) create(user string) store.Bulk {
	b.Helper()
	in := store.Bulk{BulkKey: store.BulkKey{Project: "demo", ID: newID()}, User: user, Spec: &schedulerv1.BulkJob{
		User: user, RetryPolicy: &schedulerv1.RetryPolicy{MaxAttempts: 3},
	}}
	stored, created, err := b.s.CreateBulkJob(b.ctx(), store.Request{}, in, b.now)
	b.must(err)
	if !created || stored.State != state.BulkPending {
		b.Fatalf("created = %v in state %v, want a PENDING one", created, stored.State)
	}
	return stored
}

func (b *bundle) leaseImport() string {
	b.Helper()
	lease := newID()
	_, err := b.s.LeaseImport(b.ctx(), store.NewLease{ID: lease, Worker: "reader", Until: b.now.Add(time.Minute)}, b.now)
	b.must(err)
	return lease
}

// place orders by row number within a priority.
func place(_ store.Bulk, v *store.NewVideo, now time.Time) {
	v.Priority = v.Idea.GetPriority()
	v.SortKey = now.UnixMilli() + int64(v.Priority)*1000
	v.MaxAttempts = 3
}

func ideas(n int) []store.NewVideo {
	var all []store.NewVideo
	for i := range n {
		all = append(all, store.NewVideo{ID: newID(), Idea: &ingestv1.Idea{
			RowKey: fmt.Sprintf("row-%d", i), RowNumber: int32(i + 2), Title: fmt.Sprintf("Video %d", i), Priority: ingestv1.Priority_NORMAL,
		}})
	}
	return all
}

// running makes a RUNNING bulk job with n queued video jobs.
func (b *bundle) running(user string, n int) store.Bulk {
	b.Helper()
	bulk := b.create(user)
	lease := b.leaseImport()
	_, err := b.s.AppendVideoJobs(b.ctx(), lease, ideas(n), place, b.now)
	b.must(err)
	b.must(b.s.CompleteImport(b.ctx(), lease, &ingestv1.ImportReport{ValidRowCount: int32(n)}, b.now))
	return b.bulk(bulk.BulkKey)
}

func (b *bundle) bulk(k store.BulkKey) store.Bulk {
	b.Helper()
	bulk, err := b.s.BulkJob(b.ctx(), k)
	b.must(err)
	return bulk
}

func (b *bundle) video(k store.VideoKey) store.Video {
	b.Helper()
	v, err := b.s.VideoJob(b.ctx(), k)
	b.must(err)
	return v
}

func (b *bundle) candidates(limit int, skip ...store.UserKey) []store.Candidate {
	b.Helper()
	search := store.Search{Limit: limit}
	for _, u := range skip {
		search.Skip = append(search.Skip, store.Lane{UserKey: u})
	}
	all, err := b.s.Candidates(b.ctx(), search, b.now)
	b.must(err)
	return all
}

// claim leases up to n candidates for a minute.
func (b *bundle) claim(n int) []store.Leased {
	b.Helper()
	var claims []store.Claim
	for _, c := range b.candidates(n) {
		claims = append(claims, store.Claim{VideoKey: c.VideoKey, Row: c.Row, Lease: newID()})
	}
	leased, err := b.s.Claim(b.ctx(), claims, "worker", b.now.Add(time.Minute), b.now)
	b.must(err)
	return leased
}

func (b *bundle) renew(lease string, percent float64) schedulerv1.LeaseStatus_Verdict {
	b.Helper()
	answers, err := b.s.Renew(b.ctx(), []store.Renewal{{Lease: lease, Progress: &schedulerv1.RenderProgress{Percent: percent, Stage: "frames"}}}, b.now.Add(time.Minute), b.now)
	b.must(err)
	return answers[0]
}

func (b *bundle) events(k store.BulkKey) []*schedulerv1.JobEvent {
	b.Helper()
	all, err := b.s.Events(b.ctx(), k, 0, 10000)
	b.must(err)
	return all
}

func (b *bundle) wantState(k store.VideoKey, want state.Video) store.Video {
	b.Helper()
	v := b.video(k)
	if v.State != want {
		b.Fatalf("state = %v, want %v", v.State, want)
	}
	return v
}

func (b *bundle) wantBulk(k store.BulkKey, want state.Bulk) store.Bulk {
	b.Helper()
	bulk := b.bulk(k)
	if bulk.State != want {
		b.Fatalf("bulk job state = %v, want %v", bulk.State, want)
	}
	return bulk
}

var result = store.Result{Artifacts: []*schedulerv1.Artifact{{FileName: "video.mp4", BlobKey: "k"}}, VideoDuration: 9 * time.Second}

func failure(class schedulerv1.FailureClass) store.Failure {
	return store.Failure{Class: class, Error: &statuspb.Status{Code: 14, Message: "no luck"}}
}

// retryUpTo tries again after a second until so many attempts failed.
func (b *bundle) retryUpTo(attempts int) store.Retry {
	return func(_ store.Video, _ *schedulerv1.RetryPolicy, failures int) (time.Time, bool) {
		return b.now.Add(time.Second), failures < attempts
	}
}
