package storetest

import (
	"fmt"
	"slices"
	"time"

	ingestv1 "github.com/sheetreel/sheetreel/gen/sheetreel/ingest/v1"
	schedulerv1 "github.com/sheetreel/sheetreel/gen/sheetreel/scheduler/v1"
	"github.com/sheetreel/sheetreel/services/scheduler/order"
	"github.com/sheetreel/sheetreel/services/scheduler/store"
)

// orderTests are about who goes first.
func orderTests() map[string]func(*bundle) {
	return map[string]func(*bundle){
		"fair: one job goes before a hundred thousand of another": fairNewcomer,
		"fair: users take turns by weight":                        fairTurns,
		"fair: a priority is not slowed by the user's others":     fairPriorities,
		"limits hold per user and hold up nobody":                 limitPerUser,
		"limits hold per provider":                                limitPerProvider,
		"limits hold among claims at once":                        limitTogether,
		"a worker gets the jobs of its providers":                 providersOfWorker,
		"a lane is skipped, the user's others are not":            laneSkipped,
		"nothing starts before its time, and keeps its place":     notBefore,
		"thousands whose time comes at once start in order":       manyAtOnce,
		"what is wanted sooner goes first":                        wantedFirst,
		"a deadline cancels what is unfinished":                   deadlineCancels,
		"nothing starts after a deadline":                         deadlineAtClaim,
		"a new priority moves what waits and what comes":          priorityChanges,
		"a new priority keeps what is wanted sooner first":        priorityOfWanted,
	}
}

// rules are those that the tests of order begin with.
func rules() store.Rules {
	return store.Rules{Offsets: order.Offsets{Normal: 4 * time.Hour, Low: 6 * time.Hour}}
}

func fair(weights map[string]float64) store.Rules {
	r := rules()
	r.Policy, r.Weights = "fair", weights
	return r
}

// placed orders as the scheduler does.
func placed(b store.Bulk, v *store.NewVideo, queued time.Time) {
	v.Priority = v.Idea.GetPriority()
	if v.Priority == ingestv1.Priority_PRIORITY_UNSPECIFIED {
		v.Priority = b.Spec.GetPriority()
	}
	v.SortKey, v.MaxAttempts = rules().Key(queued, v.Priority), 3
	v.NotBefore, v.Wanted = order.NotBefore(b.Spec, v.Idea), order.Wanted(b.Spec, v.Idea)
}

// open makes a bulk job whose sheet is being read, and gives the lease.
func (b *bundle) open(user string, spec *schedulerv1.BulkJob) (store.BulkKey, string) {
	b.Helper()
	if spec.Priority == ingestv1.Priority_PRIORITY_UNSPECIFIED {
		spec.Priority = ingestv1.Priority_NORMAL
	}
	in := store.Bulk{BulkKey: store.BulkKey{Project: "demo", ID: newID()}, User: user, Spec: spec}
	_, _, err := b.s.CreateBulkJob(b.ctx(), store.Request{}, in, b.now)
	b.must(err)
	return in.BulkKey, b.leaseImport()
}

// append adds ideas of a priority to an open bulk job.
func (b *bundle) append(lease string, n int, p ingestv1.Priority) []store.NewVideo {
	b.Helper()
	all := ideas(n)
	for i := range all {
		all[i].Idea.RowKey, all[i].Idea.Priority = all[i].ID, p
	}
	for chunk := range slices.Chunk(all, 5000) {
		_, err := b.s.AppendVideoJobs(b.ctx(), lease, chunk, placed, b.now)
		b.must(err)
	}
	return all
}

// queued makes a bulk job of n video jobs that wait.
func (b *bundle) queued(user string, spec *schedulerv1.BulkJob, n int) store.BulkKey {
	b.Helper()
	k, lease := b.open(user, spec)
	b.append(lease, n, ingestv1.Priority_PRIORITY_UNSPECIFIED)
	b.must(b.s.CompleteImport(b.ctx(), lease, &ingestv1.ImportReport{}, b.now))
	return k
}

// users are those of the first candidates.
func users(all []store.Candidate) []string {
	var names []string
	for _, c := range all {
		names = append(names, c.User)
	}
	return names
}

func (b *bundle) wantUsers(what string, got []store.Candidate, want ...string) {
	b.Helper()
	if !slices.Equal(users(got), want) {
		b.Errorf("%s: %v, want %v", what, users(got), want)
	}
}

func fairNewcomer(b *bundle) {
	b.s.Govern(fair(nil))
	b.queued("ada", &schedulerv1.BulkJob{}, 100_000/slowness)
	b.now = b.now.Add(time.Second)
	b.queued("bob", &schedulerv1.BulkJob{}, 1)
	b.wantUsers("before anything started", b.candidates(3), "bob", "ada", "ada")
	if got := b.claim(100); got[0].Video.User != "bob" {
		b.Errorf("%s started first, want bob", got[0].Video.User)
	}
	b.now = b.now.Add(time.Second)
	b.queued("eve", &schedulerv1.BulkJob{}, 1)
	b.wantUsers("after 99 of ada's have started", b.candidates(2), "eve", "ada")
}

func fairTurns(b *bundle) {
	b.s.Govern(fair(map[string]float64{"projects/demo/users/bob": 2}))
	b.queued("ada", &schedulerv1.BulkJob{}, 30)
	b.queued("bob", &schedulerv1.BulkJob{}, 30)
	counts := map[string]int{}
	for i := range 30 {
		counts[b.claim(1)[0].Video.User]++
		if ahead := counts["bob"] - 2*counts["ada"]; ahead < -2 || ahead > 2 {
			b.Errorf("after %d: %v; want twice as many of bob's", i+1, counts)
		}
	}
	// The lanes are kept as long as they tell something, and a user comes back at the clock.
	b.must(b.s.Forget(b.ctx(), b.now))
	b.queued("ada", &schedulerv1.BulkJob{}, 1)
	all, err := b.s.Candidates(b.ctx(), store.Search{Limit: 100}, b.now)
	b.must(err)
	if last := all[len(all)-1]; last.User != "ada" {
		b.Errorf("the last in order is %s's, want ada's new one", last.User)
	}
}

func fairPriorities(b *bundle) {
	b.s.Govern(fair(nil))
	b.queued("ada", &schedulerv1.BulkJob{}, 1000)
	b.claim(1)
	k := b.queued("ada", &schedulerv1.BulkJob{Priority: ingestv1.Priority_URGENT}, 1)
	if got := b.candidates(1)[0]; got.BulkKey != k {
		b.Errorf("the urgent job waits behind the user's others: %v is first", got)
	}
}

func providersOfWorker(b *bundle) {
	b.queued("ada", byProvider("pika"), 500)
	b.now = b.now.Add(time.Second)
	b.queued("bob", byProvider("studio"), 1)
	b.queued("eve", byProvider("veo"), 1)
	find := func(providers ...string) []store.Candidate {
		all, err := b.s.Candidates(b.ctx(), store.Search{Limit: 2, Providers: providers}, b.now)
		b.must(err)
		return all
	}
	b.wantUsers("of all", find(), "ada", "ada")
	b.wantUsers("of studio", find("studio"), "bob")
	b.wantUsers("of two", find("veo", "studio", "veo"), "bob", "eve")
	b.wantUsers("of none that there is", find("luma"))
	k := find("studio")[0].VideoKey
	b.must(b.s.Park(b.ctx(), []store.VideoKey{k}, b.now.Add(time.Second), b.now))
	b.now = b.now.Add(time.Second)
	b.wantUsers("of veo, when another's time has come", find("veo"), "eve")
	b.wantUsers("of studio, when its time has come", find("studio"), "bob")
}

func laneSkipped(b *bundle) {
	b.queued("ada", byProvider("pika"), 500)
	b.now = b.now.Add(time.Second)
	b.queued("bob", byProvider("pika"), 1)
	b.queued("ada", byProvider("studio"), 1)
	lane := store.Lane{UserKey: store.UserKey{Project: "demo", User: "ada"}, Provider: "pika"}
	for _, limit := range []int{1, 2, 10} {
		all, err := b.s.Candidates(b.ctx(), store.Search{Limit: limit, Skip: []store.Lane{lane}}, b.now)
		b.must(err)
		b.wantUsers(fmt.Sprintf("up to %d", limit), all, []string{"bob", "ada"}[:min(limit, 2)]...)
	}
}
