package storetest

import (
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	schedulerv1 "github.com/sheetreel/sheetreel/gen/sheetreel/scheduler/v1"
	"github.com/sheetreel/sheetreel/services/scheduler/store"
)

// claim leases the first candidates, perhaps without those of a user.
func (m *machine) claim(t *rapid.T) {
	n := rapid.IntRange(1, 4).Draw(t, "count")
	skip := rapid.SampledFrom([]string{"", "ada"}).Draw(t, "skip")
	search := store.Search{Limit: n}
	if skip != "" {
		search.Skip = append(search.Skip, store.Lane{UserKey: store.UserKey{Project: "demo", User: skip}})
	}
	got, err := m.s.Candidates(m.ctx, search, m.model.now)
	must(t, err)
	want := m.model.candidates(skip)
	want = want[:min(n, len(want))]
	m.sameCandidates(t, got, want)
	m.claimThese(t, want)
}

func (m *machine) sameCandidates(t *rapid.T, got []store.Candidate, want []*modelJob) {
	t.Helper()
	var titles [2][]string
	for _, c := range got {
		titles[0] = append(titles[0], c.Video+" of "+c.User)
	}
	for _, j := range want {
		titles[1] = append(titles[1], j.key.Video+" of "+j.bulk.user)
	}
	if diff := cmp.Diff(titles[1], titles[0]); diff != "" {
		t.Fatalf("candidates (-model +store):\n%s", diff)
	}
}

// claimAny asks for video jobs that may not be there to be claimed, one of them twice.
func (m *machine) claimAny(t *rapid.T) {
	one, other := m.video(t), m.video(t)
	m.claimThese(t, []*modelJob{one, other, one})
}

func (m *machine) claimThese(t *rapid.T, jobs []*modelJob) {
	t.Helper()
	worker := rapid.SampledFrom([]string{"w1", "w2"}).Draw(t, "worker")
	var claims []store.Claim
	for _, j := range jobs {
		claims = append(claims, store.Claim{VideoKey: j.key, Lease: "lease-" + m.id()})
	}
	got, err := m.s.Claim(m.ctx, claims, worker, m.model.now.Add(leaseFor), m.model.now)
	must(t, err)
	for i, j := range jobs {
		if !m.model.startable(j) {
			continue
		}
		if len(got) == 0 {
			t.Fatalf("%s was not leased", j.key.Video)
		}
		l := got[0]
		got = got[1:]
		token := store.LeaseToken(j.key, claims[i].Lease)
		if l.Lease != token || l.Video.VideoKey != j.key || l.Video.Idea.GetTitle() != j.title {
			t.Fatalf("leased %s of %s, want %s of %s", l.Lease, l.Video.Video, token, j.key.Video)
		}
		m.model.claim(j, token, worker)
		m.leases = append(m.leases, token)
	}
	if len(got) > 0 {
		t.Fatalf("leased what may not start: %s", got[0].Video.Video)
	}
}

func (m *machine) renew(t *rapid.T) {
	var renewals []store.Renewal
	var want []schedulerv1.LeaseStatus_Verdict
	for range rapid.IntRange(1, 2).Draw(t, "leases") {
		r := store.Renewal{Lease: m.lease(t)}
		if rapid.Bool().Draw(t, "progress") {
			r.Progress = &schedulerv1.RenderProgress{
				Percent: float64(rapid.IntRange(0, 100).Draw(t, "percent")), Stage: rapid.SampledFrom([]string{"", "plan", "frames"}).Draw(t, "stage"),
			}
		}
		renewals = append(renewals, r)
		want = append(want, m.model.renew(r.Lease, r.Progress))
	}
	got, err := m.s.Renew(m.ctx, renewals, m.model.now.Add(leaseFor), m.model.now)
	must(t, err)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Fatalf("verdicts (-model +store):\n%s", diff)
	}
}

func (m *machine) complete(t *rapid.T) {
	var all []store.Completion
	var want []outcome
	for range rapid.SampledFrom([]int{1, 1, 1, 3}).Draw(t, "leases") {
		c := store.Completion{Lease: m.lease(t), Result: result}
		all = append(all, c)
		want = append(want, m.model.complete(c.Lease))
	}
	for i, err := range m.s.CompleteAll(m.ctx, all, m.model.now) {
		m.want(t, err, want[i])
	}
}

func (m *machine) fail(t *rapid.T) {
	class := schedulerv1.FailureClass(rapid.IntRange(0, int(schedulerv1.FailureClass_AUTHENTICATION)).Draw(t, "class"))
	m.failWith(t, m.lease(t), class)
}

func (m *machine) failWith(t *rapid.T, lease string, class schedulerv1.FailureClass) {
	t.Helper()
	again := class < schedulerv1.FailureClass_PERMANENT
	f := failure(class)
	now := m.model.now
	got, err := m.s.Fail(m.ctx, lease, f, func(_ store.Video, _ *schedulerv1.RetryPolicy, failures int) (time.Time, bool) {
		return now.Add(2 * time.Second), again && failures < 3
	}, now)
	to, want := m.model.fail(lease, class, f.Error.GetMessage(), again)
	m.want(t, err, want)
	if got != to {
		t.Fatalf("after a %v failure: %v, want %v", class, got, to)
	}
}

func (m *machine) release(t *rapid.T) {
	lease := m.lease(t)
	m.want(t, m.s.Release(m.ctx, lease, m.model.now), m.model.release(lease))
}

func (m *machine) park(t *rapid.T) {
	j := m.video(t)
	until := m.model.now.Add(time.Duration(rapid.IntRange(1, 30).Draw(t, "seconds")) * time.Second)
	must(t, m.s.Park(m.ctx, []store.VideoKey{j.key}, until, m.model.now))
	m.model.park(j, until)
}

func (m *machine) expire(t *rapid.T) {
	got, err := m.s.Expire(m.ctx, 100, m.model.now)
	must(t, err)
	if want := m.model.expire(); got != want {
		t.Fatalf("%d leases expired, want %d", got, want)
	}
}

// crash lets all leases end, after it has claimed something.
func (m *machine) crash(t *rapid.T) {
	m.claim(t)
	m.model.now = m.model.now.Add(leaseFor)
	m.expire(t)
}
