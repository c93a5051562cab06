package storetest

import (
	"errors"
	"time"

	"github.com/google/go-cmp/cmp"

	ingestv1 "github.com/sheetreel/sheetreel/gen/sheetreel/ingest/v1"
	schedulerv1 "github.com/sheetreel/sheetreel/gen/sheetreel/scheduler/v1"
	"github.com/sheetreel/sheetreel/services/scheduler/store"
)

func (b *bundle) connect(r store.Request, spreadsheet string) (store.Connected, error) {
	in := store.Connected{ConnectedKey: store.ConnectedKey{Project: "demo", ID: newID()}, Due: b.now, Sheet: &schedulerv1.ConnectedSheet{
		State: schedulerv1.ConnectedSheet_ACTIVE,
		BulkJob: &schedulerv1.BulkJob{Source: &ingestv1.Source{
			Kind: &ingestv1.Source_GoogleSheet{GoogleSheet: &ingestv1.GoogleSheet{Spreadsheet: spreadsheet}},
		}},
	}}
	return b.s.CreateConnected(b.ctx(), r, in, 2, b.now)
}

// look leases the connected sheet that is due, and gives its spreadsheet; empty when none is.
func (b *bundle) look() (lease, spreadsheet string) {
	b.Helper()
	lease = newID()
	c, err := b.s.LeaseConnected(b.ctx(), store.NewLease{ID: lease, Worker: "looker", Until: b.now.Add(time.Minute)}, b.now)
	if errors.Is(err, store.ErrNotFound) {
		return "", ""
	}
	b.must(err)
	return lease, c.Sheet.GetBulkJob().GetSource().GetGoogleSheet().GetSpreadsheet()
}

func (b *bundle) wantLook(want string) string {
	b.Helper()
	lease, got := b.look()
	if got != want {
		b.Fatalf("looks at %q, want %q", got, want)
	}
	return lease
}

func connectedSheets(b *bundle) {
	r := store.Request{Method: "CreateConnectedSheet", ID: "once", Hash: "h"}
	one, err := b.connect(r, "one")
	b.must(err)
	again, err := b.connect(r, "one")
	b.must(err)
	if again.ID != one.ID {
		b.Errorf("the same request again connected %s, want %s", again.ID, one.ID)
	}
	b.now = b.now.Add(time.Second)
	two, err := b.connect(store.Request{}, "two")
	b.must(err)
	var many *store.ConnectedLimitError
	if _, err := b.connect(store.Request{}, "three"); !errors.As(err, &many) {
		b.Errorf("a third gives %v, want the limit", err)
	}
	all, err := b.s.ListConnected(b.ctx(), "demo", "", 10)
	b.must(err)
	var ids []string
	for _, c := range all {
		ids = append(ids, c.ID)
	}
	if diff := cmp.Diff([]string{two.ID, one.ID}, ids); diff != "" {
		b.Errorf("listed (-want +got):\n%s", diff)
	}

	// Each is looked at by one, and again when it is due.
	lease := b.wantLook("one")
	b.wantLook("two")
	b.wantLook("")
	seen := func(c *store.Connected) { c.Sheet.Version, c.Due = 7, b.now.Add(30*time.Second) }
	b.must(b.s.SettleConnected(b.ctx(), lease, seen, b.now))
	b.wantErr(b.s.SettleConnected(b.ctx(), lease, seen, b.now), store.ErrLeaseLost)
	got, err := b.s.Connected(b.ctx(), one.ConnectedKey)
	b.must(err)
	if got.Sheet.GetVersion() != 7 || got.Lease != "" {
		b.Errorf("after a look: version %d, lease %q", got.Sheet.GetVersion(), got.Lease)
	}
	b.now = b.now.Add(40 * time.Second)
	b.wantLook("one")
	b.now = b.now.Add(30 * time.Second)
	lost := b.wantLook("two") // whoever looked was lost
	b.now = b.now.Add(time.Hour)

	// Nobody looks at a paused one, and a deleted one is gone in the middle of a look.
	_, err = b.s.ChangeConnected(b.ctx(), store.Request{}, one.ConnectedKey, func(c *store.Connected) { c.Sheet.State = schedulerv1.ConnectedSheet_PAUSED }, b.now)
	b.must(err)
	b.wantErr(b.s.SettleConnected(b.ctx(), lost, seen, b.now), store.ErrLeaseLost)
	lease = b.wantLook("two")
	b.wantLook("")
	b.must(b.s.DeleteConnected(b.ctx(), store.Request{}, two.ConnectedKey, b.now))
	b.wantErr(b.s.SettleConnected(b.ctx(), lease, seen, b.now), store.ErrLeaseLost)
	_, err = b.s.Connected(b.ctx(), two.ConnectedKey)
	b.wantErr(err, store.ErrNotFound)
	b.wantErr(b.s.DeleteConnected(b.ctx(), store.Request{}, two.ConnectedKey, b.now), store.ErrNotFound)
	_, err = b.s.ChangeConnected(b.ctx(), store.Request{}, one.ConnectedKey, func(c *store.Connected) { c.Sheet.State, c.Due = schedulerv1.ConnectedSheet_ACTIVE, b.now }, b.now)
	b.must(err)
	b.wantLook("one")
}
