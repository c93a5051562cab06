package storetest

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"strconv"
	"testing"
	"time"

	statuspb "google.golang.org/genproto/googleapis/rpc/status"
	"pgregory.net/rapid"

	ingestv1 "github.com/sheetreel/sheetreel/gen/sheetreel/ingest/v1"
	schedulerv1 "github.com/sheetreel/sheetreel/gen/sheetreel/scheduler/v1"
	"github.com/sheetreel/sheetreel/services/scheduler/store"
)

// Model runs random histories, so many of them, on empty stores and on a model of a store, and compares everything
// that can be seen after each step. fresh gives an empty store and what closes it. A flag -rapid.checks wins. The race detector gets fewer.
func Model(t *testing.T, checks int, fresh func(t *testing.T) (store.Store, func())) {
	given := false
	flag.Visit(func(f *flag.Flag) { given = given || f.Name == "rapid.checks" })
	if !given {
		before := flag.Lookup("rapid.checks").Value.String()
		if err := flag.Set("rapid.checks", strconv.Itoa(max(1, checks/slowness))); err != nil {
			t.Fatal(err)
		}
		defer flag.Set("rapid.checks", before) //nolint:errcheck // it was valid
	}
	rapid.Check(t, func(r *rapid.T) {
		s, end := fresh(t)
		defer end()
		m := &machine{
			ctx: t.Context(), s: s, seen: map[*modelBulk]*seen{}, leases: []string{"unknown"}, imports: []string{"unknown"},
			model: &model{now: time.Date(2026, 11, 24, 9, 0, 0, 0, time.UTC)},
		}
		m.begin(r)
		r.Repeat(m.actions())
		m.compareAll(r)
	})
}

// machine drives a store and its model.
type machine struct {
	ctx     context.Context
	s       store.Store
	model   *model
	seen    map[*modelBulk]*seen
	leases  []string // all that were ever given, by their tokens
	imports []string
	ids     int
}

func (m *machine) actions() map[string]func(*rapid.T) {
	return map[string]func(*rapid.T){
		"":                   m.compare,
		"create":             m.create,
		"lease import":       m.leaseImport,
		"append":             m.append,
		"append again":       m.append,
		"complete import":    m.completeImport,
		"fail import":        m.rarely(m.failImport),
		"claim":              m.claim,
		"claim again":        m.claim,
		"claim once more":    m.claim,
		"claim what is held": m.claimAny,
		"renew":              m.renew,
		"complete":           m.complete,
		"complete again":     m.complete,
		"fail":               m.fail,
		"fail again":         m.fail,
		"crash":              m.crash,
		"release":            m.release,
		"park":               m.park,
		"bury":               m.bury,
		"replay":             m.replay,
		"replay many":        m.replayAll,
		"purge":              m.rarely(m.purge),
		"expire letters":     m.rarely(m.expireLetters),
		"expire":             m.expire,
		"clock":              m.clock,
		"pause":              m.steer(m.store().PauseBulkJob, m.model.pause),
		"resume":             m.steer(m.store().ResumeBulkJob, m.model.resume),
		"cancel":             m.rarely(m.steer(m.store().CancelBulkJob, m.model.cancel)),
		"retry":              m.steer(m.store().RetryBulkJob, m.model.retry),
		"cancel video":       m.steerVideo(m.store().CancelVideoJob, m.model.cancelVideo),
		"retry video":        m.steerVideo(m.store().RetryVideoJob, m.model.retryVideo),
	}
}

// rarely claims instead as a rule, because not much happens after this action.
func (m *machine) rarely(action func(*rapid.T)) func(*rapid.T) {
	return func(t *rapid.T) {
		if rapid.IntRange(0, 3).Draw(t, "act at 3") == 3 {
			action(t)
		} else {
			m.claim(t)
		}
	}
}

func (m *machine) store() store.Store { return m.s }

// id makes a UUID whose order is that of its making.
func (m *machine) id() string {
	m.ids++
	return fmt.Sprintf("01900000-0000-7000-8000-%012x", m.ids)
}

// outcome is what an error tells; an unexpected one ends the test.
func (m *machine) outcome(t *rapid.T, err error) outcome {
	var refused *store.StateError
	switch {
	case err == nil:
		return done
	case errors.Is(err, store.ErrLeaseLost):
		return lost
	case errors.Is(err, store.ErrNotFound):
		return unknown
	case errors.As(err, &refused):
		return conflict
	}
	t.Fatal(err)
	return ""
}

func (m *machine) want(t *rapid.T, err error, want outcome) {
	t.Helper()
	if got := m.outcome(t, err); got != want {
		t.Fatalf("the store says %q (%v), the model %q", got, err, want)
	}
}

func must(t *rapid.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// bulk picks a bulk job.
func (m *machine) bulk(t *rapid.T) *modelBulk {
	return rapid.SampledFrom(m.model.bulks).Draw(t, "bulk job")
}

// video picks a video job.
func (m *machine) video(t *rapid.T) *modelJob {
	all := m.model.all()
	return all[rapid.IntRange(0, len(all)-1).Draw(t, "video job")]
}

// lease picks a lease, as a rule one of the newest.
func (m *machine) lease(t *rapid.T) string {
	i := rapid.IntRange(0, min(len(m.leases), 12)-1).Draw(t, "newest lease but")
	return m.leases[len(m.leases)-1-i]
}

func (m *machine) clock(t *rapid.T) {
	step := rapid.SampledFrom([]time.Duration{
		time.Millisecond, time.Second, 20 * time.Second, 90 * time.Second, -time.Second, -10 * time.Minute, -time.Hour,
	}).Draw(t, "step")
	m.model.now = m.model.now.Add(step)
}

func (m *machine) create(t *rapid.T) {
	if len(m.model.bulks) == 3 { // few are enough; a skipped step would count against the length of the history
		m.claim(t)
		return
	}
	k := store.BulkKey{Project: "demo", ID: m.id()}
	user := rapid.SampledFrom([]string{"ada", "bob"}).Draw(t, "user")
	m.model.now = m.model.now.Add(time.Millisecond) // no two of them at the same time
	in := store.Bulk{BulkKey: k, User: user, Spec: &schedulerv1.BulkJob{User: user}}
	_, created, err := m.s.CreateBulkJob(m.ctx, store.Request{}, in, m.model.now)
	must(t, err)
	if !created {
		t.Fatal("not created")
	}
	m.model.create(k, user)
}

// begin makes a bulk job with some video jobs, some of them leased.
func (m *machine) begin(t *rapid.T) {
	m.create(t)
	m.leaseImport(t)
	for range 2 {
		m.appendTo(t, m.imports[1], m.model.bulks[0])
	}
	if rapid.Bool().Draw(t, "complete the import") {
		must(t, m.s.CompleteImport(m.ctx, m.imports[1], &ingestv1.ImportReport{}, m.model.now))
		m.model.completeImport(m.model.bulks[0])
	}
	m.claim(t)
}

func (m *machine) steer(change func(context.Context, store.Request, store.BulkKey, time.Time) (store.Bulk, error), model func(*modelBulk) outcome) func(*rapid.T) {
	return func(t *rapid.T) {
		b := m.bulk(t)
		_, err := change(m.ctx, store.Request{}, b.BulkKey, m.model.now)
		m.want(t, err, model(b))
	}
}

func (m *machine) steerVideo(change func(context.Context, store.Request, store.VideoKey, time.Time) (store.Video, error), model func(*modelJob) outcome) func(*rapid.T) {
	return func(t *rapid.T) {
		j := m.video(t)
		_, err := change(m.ctx, store.Request{}, j.key, m.model.now)
		m.want(t, err, model(j))
	}
}

func (m *machine) leaseImport(t *rapid.T) {
	l := store.NewLease{ID: "import-" + m.id(), Worker: "reader", Until: m.model.now.Add(leaseFor)}
	got, err := m.s.LeaseImport(m.ctx, l, m.model.now)
	b, want := m.model.leaseImport(l)
	m.want(t, err, want)
	if want != done {
		return
	}
	m.imports = append(m.imports, l.ID)
	if got.BulkKey != b.BulkKey {
		t.Fatalf("leased the import of %s, want the oldest, %s", got.ID, b.ID)
	}
}

// importLease picks a lease of an import with its bulk job, if it is in force.
func (m *machine) importLease(t *rapid.T) (string, *modelBulk) {
	i := rapid.IntRange(0, min(len(m.imports), 4)-1).Draw(t, "newest import but")
	lease := m.imports[len(m.imports)-1-i]
	return lease, m.model.importing(lease)
}

func (m *machine) append(t *rapid.T) {
	lease, b := m.importLease(t)
	m.appendTo(t, lease, b)
}

func (m *machine) appendTo(t *rapid.T, lease string, b *modelBulk) {
	var all []store.NewVideo
	for range rapid.IntRange(1, 3).Draw(t, "rows") {
		row := rapid.IntRange(1, 6).Draw(t, "row")
		v := store.NewVideo{ID: m.id(), Idea: &ingestv1.Idea{
			RowKey: fmt.Sprintf("row-%d", row), RowNumber: int32(row), Title: fmt.Sprintf("Video %d", row),
			Priority: rapid.SampledFrom([]ingestv1.Priority{ingestv1.Priority_NORMAL, ingestv1.Priority_URGENT, ingestv1.Priority_LOW}).Draw(t, "priority"),
		}}
		if rapid.IntRange(0, 7).Draw(t, "skip at 7") == 7 {
			v.Skip = &statuspb.Status{Code: 3, Message: "no title"}
		}
		all = append(all, v)
	}
	n, err := m.s.AppendVideoJobs(m.ctx, lease, all, place, m.model.now)
	if b == nil {
		m.want(t, err, lost)
		return
	}
	must(t, err)
	want := 0
	for _, v := range all {
		if m.model.add(b, v) {
			want++
		}
	}
	if n != want {
		t.Fatalf("appended %d video jobs, want %d", n, want)
	}
}

func (m *machine) completeImport(t *rapid.T) {
	lease, b := m.importLease(t)
	err := m.s.CompleteImport(m.ctx, lease, &ingestv1.ImportReport{}, m.model.now)
	if b == nil {
		m.want(t, err, lost)
		return
	}
	must(t, err)
	m.model.completeImport(b)
}

func (m *machine) failImport(t *rapid.T) {
	lease, b := m.importLease(t)
	err := m.s.FailImport(m.ctx, lease, &ingestv1.ImportReport{}, &statuspb.Status{Code: 5, Message: "no sheet"}, m.model.now)
	if b == nil {
		m.want(t, err, lost)
		return
	}
	must(t, err)
	m.model.failImport(b, "no sheet")
}
