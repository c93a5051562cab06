package storetest

import (
	"slices"
	"time"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/protobuf/testing/protocmp"

	ingestv1 "github.com/sheetreel/sheetreel/gen/sheetreel/ingest/v1"
	schedulerv1 "github.com/sheetreel/sheetreel/gen/sheetreel/scheduler/v1"
	"github.com/sheetreel/sheetreel/services/scheduler/cost"
	"github.com/sheetreel/sheetreel/services/scheduler/state"
	"github.com/sheetreel/sheetreel/services/scheduler/store"
)

// createFor makes a bulk job that writes its results back into a spreadsheet.
func (b *bundle) createFor(spreadsheet string) store.Bulk {
	b.Helper()
	in := store.Bulk{BulkKey: store.BulkKey{Project: "demo", ID: newID()}, User: "ada", Spec: &schedulerv1.BulkJob{
		Source: &ingestv1.Source{
			Kind:    &ingestv1.Source_GoogleSheet{GoogleSheet: &ingestv1.GoogleSheet{Spreadsheet: spreadsheet}},
			Options: &ingestv1.ImportOptions{WriteBack: true},
		},
	}}
	stored, _, err := b.s.CreateBulkJob(b.ctx(), store.Request{}, in, b.now)
	b.must(err)
	return stored
}

func (b *bundle) leaseSheet(want string, live int) string {
	b.Helper()
	lease := newID()
	sheet, n, err := b.s.LeaseSheet(b.ctx(), store.NewLease{ID: lease, Worker: "writer", Until: b.now.Add(time.Minute)}, b.now)
	b.must(err)
	if sheet != want || n != live {
		b.Fatalf("leased %q with %d leases, want %q with %d", sheet, n, want, live)
	}
	return lease
}

func (b *bundle) noSheet() {
	b.Helper()
	_, _, err := b.s.LeaseSheet(b.ctx(), store.NewLease{ID: newID(), Until: b.now.Add(time.Minute)}, b.now)
	b.wantErr(err, store.ErrNotFound)
}

func sheetLeases(b *bundle) {
	b.create("ada") // nothing of it goes anywhere
	b.noSheet()
	first := b.createFor("https://docs.google.com/spreadsheets/d/one/edit#gid=0")
	second := b.createFor("one")
	b.now = b.now.Add(time.Second)
	b.createFor("two")
	one := b.leaseSheet("one", 1)
	b.leaseSheet("two", 2)
	b.noSheet()

	listed := func(lease string) (all []string) {
		b.Helper()
		found, err := b.s.SheetBulkJobs(b.ctx(), lease, 10, b.now)
		b.must(err)
		for _, bulk := range found {
			all = append(all, bulk.ID)
		}
		return all
	}
	if diff := cmp.Diff([]string{first.ID, second.ID}, listed(one)); diff != "" {
		b.Errorf("bulk jobs of the sheet (-want +got):\n%s", diff)
	}
	status := &schedulerv1.WriteBack{WrittenRowCount: 7}
	b.must(b.s.SaveWriteBack(b.ctx(), one, first.BulkKey, first.LastSequence, status, b.now))
	if got := b.bulk(first.BulkKey); got.Written != first.LastSequence || !cmp.Equal(got.WriteBack, status, protocmp.Transform()) {
		b.Errorf("stored: event %d and %v", got.Written, got.WriteBack)
	}
	if diff := cmp.Diff([]string{second.ID}, listed(one)); diff != "" {
		b.Errorf("after one is written (-want +got):\n%s", diff)
	}

	// A lease lasts as long as it is renewed; an old one changes nothing.
	b.now = b.now.Add(50 * time.Second)
	if live, err := b.s.RenewSheet(b.ctx(), one, b.now.Add(time.Minute), b.now); err != nil || live != 2 {
		b.Errorf("renewed: %d leases, %v", live, err)
	}
	b.now = b.now.Add(50 * time.Second)
	b.leaseSheet("two", 2) // its writer was lost
	b.now = b.now.Add(10 * time.Second)
	again := b.leaseSheet("one", 2)
	_, err := b.s.RenewSheet(b.ctx(), one, b.now.Add(time.Minute), b.now)
	b.wantErr(err, store.ErrLeaseLost)
	_, err = b.s.SheetBulkJobs(b.ctx(), one, 10, b.now)
	b.wantErr(err, store.ErrLeaseLost)
	b.wantErr(b.s.SaveWriteBack(b.ctx(), one, second.BulkKey, 1, nil, b.now), store.ErrLeaseLost)
	b.wantErr(b.s.ReleaseSheet(b.ctx(), one, b.now, b.now), store.ErrLeaseLost)

	// Who gives it up says when it is due again; a new bulk job makes it due at once.
	b.must(b.s.ReleaseSheet(b.ctx(), again, b.now.Add(time.Hour), b.now))
	b.noSheet()
	third := b.createFor("one")
	lease := b.leaseSheet("one", 2)
	for _, bulk := range []store.Bulk{second, third} {
		b.must(b.s.SaveWriteBack(b.ctx(), lease, bulk.BulkKey, bulk.LastSequence, nil, b.now))
	}
	b.must(b.s.ReleaseSheet(b.ctx(), lease, b.now, b.now))
	b.noSheet()
	_, err = b.s.CancelBulkJob(b.ctx(), store.Request{}, third.BulkKey, b.now)
	b.must(err)
	b.must(b.s.DeleteBulkJob(b.ctx(), store.Request{}, third.BulkKey, b.now))
	b.noSheet()
	_, err = b.s.CancelBulkJob(b.ctx(), store.Request{}, second.BulkKey, b.now)
	b.must(err)
	b.leaseSheet("one", 2)
}

func sheetResults(b *bundle) {
	bulk, other := b.createFor("one"), b.createFor("two")
	lease := b.leaseSheet("one", 1)
	reading := b.leaseImport()
	rows := ideas(3)
	_, err := b.s.AppendVideoJobs(b.ctx(), reading, rows, place, b.now)
	b.must(err)
	b.must(b.s.CompleteImport(b.ctx(), reading, &ingestv1.ImportReport{}, b.now))
	var after int64
	results := func() (all map[string]state.Video, costs int) {
		b.Helper()
		all = map[string]state.Video{}
		for more := true; more; {
			found, err := b.s.SheetResults(b.ctx(), lease, bulk.BulkKey, after, b.now)
			b.must(err)
			for _, v := range found.Videos {
				all[v.Idea.GetRowKey()] = v.State
			}
			costs += len(found.Costs)
			after, more = found.Sequence, found.More
		}
		if last := b.bulk(bulk.BulkKey).LastSequence; after != last {
			b.Errorf("seen up to event %d, want %d", after, last)
		}
		return all, costs
	}
	want := func(costs int, rows map[string]state.Video) {
		b.Helper()
		got, n := results()
		if diff := cmp.Diff(rows, got); diff != "" || n != costs {
			b.Errorf("%d costs, want %d; rows (-want +got):\n%s", n, costs, diff)
		}
	}
	want(0, map[string]state.Video{"row-0": state.Queued, "row-1": state.Queued, "row-2": state.Queued})
	want(0, map[string]state.Video{})
	leased := b.claim(2)
	slices.SortFunc(leased, func(x, y store.Leased) int { return int(x.Video.Position - y.Video.Position) })
	made := result
	made.Usage = []cost.Usage{{Type: "image", Units: 2}}
	b.renew(leased[1].Lease, 10)
	b.must(b.s.Complete(b.ctx(), leased[0].Lease, made, b.now))
	want(1, map[string]state.Video{"row-0": state.Completed, "row-1": state.InProgress})
	b.renew(leased[1].Lease, 20)
	want(0, map[string]state.Video{}) // progress is no result

	_, err = b.s.SheetResults(b.ctx(), lease, other.BulkKey, 0, b.now)
	b.wantErr(err, store.ErrNotFound)
	_, err = b.s.SheetResults(b.ctx(), newID(), bulk.BulkKey, 0, b.now)
	b.wantErr(err, store.ErrLeaseLost)
}
