package storetest

import (
	"slices"
	"time"

	statuspb "google.golang.org/genproto/googleapis/rpc/status"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/timestamppb"

	errorsv1 "github.com/sheetreel/sheetreel/gen/sheetreel/errors/v1"
	ingestv1 "github.com/sheetreel/sheetreel/gen/sheetreel/ingest/v1"
	schedulerv1 "github.com/sheetreel/sheetreel/gen/sheetreel/scheduler/v1"
	"github.com/sheetreel/sheetreel/kit/errs"
	"github.com/sheetreel/sheetreel/services/scheduler/state"
	"github.com/sheetreel/sheetreel/services/scheduler/store"
)

func notBefore(b *bundle) {
	at := b.now.Add(time.Hour)
	k := b.queued("ada", &schedulerv1.BulkJob{NotBeforeTime: timestamppb.New(at)}, 2)
	b.now = b.now.Add(time.Minute)
	b.queued("bob", &schedulerv1.BulkJob{}, 1)
	b.wantUsers("before the time", b.candidates(10), "bob")
	all, _, err := b.s.ListVideoJobs(b.ctx(), k, 0, 10)
	b.must(err)
	if v := all[0]; v.State != state.Queued || !v.Due.Equal(at) {
		b.Errorf("%v, due %v; want QUEUED, due %v", v.State, v.Due, at)
	}
	// The time holds for one that is started over, too.
	_, err = b.s.CancelVideoJob(b.ctx(), store.Request{}, all[1].VideoKey, b.now)
	b.must(err)
	_, err = b.s.RetryVideoJob(b.ctx(), store.Request{}, all[1].VideoKey, b.now)
	b.must(err)
	b.wantUsers("after a retry", b.candidates(10), "bob")
	due, ok, err := b.s.NextDue(b.ctx(), b.now)
	b.must(err)
	if !ok || !due.Equal(at) {
		b.Errorf("the next is due %v, want %v", due, at)
	}
	b.now = at
	b.wantUsers("at the time", b.candidates(10), "ada", "ada", "bob")
	if v := b.claim(1)[0].Video; !v.Due.IsZero() {
		b.Errorf("started, and still due %v", v.Due)
	}
}

func manyAtOnce(b *bundle) {
	at := timestamppb.New(b.now.Add(time.Hour))
	b.queued("ada", &schedulerv1.BulkJob{Priority: ingestv1.Priority_LOW, NotBeforeTime: at}, 2000)
	b.now = b.now.Add(time.Second)
	b.queued("bob", &schedulerv1.BulkJob{NotBeforeTime: at}, 500)
	b.now = at.AsTime().Add(-time.Millisecond)
	b.wantUsers("before the time", b.candidates(10))
	b.now = at.AsTime()
	got := b.candidates(501)
	if len(got) != 501 || got[499].User != "bob" || got[500].User != "ada" {
		b.Errorf("%d found, want bob's 500 and one of ada's", len(got))
	}
}

func wantedFirst(b *bundle) {
	b.queued("ada", &schedulerv1.BulkJob{}, 1)
	b.now = b.now.Add(time.Minute)
	late := timestamppb.New(b.now.Add(24 * time.Hour)) // later than its place, which stays
	b.queued("bob", &schedulerv1.BulkJob{DueTime: late}, 1)
	k, lease := b.open("eve", &schedulerv1.BulkJob{DueTime: late})
	soon := ideas(2)
	soon[1].Idea.DueTime = timestamppb.New(b.now.Add(time.Hour))
	_, err := b.s.AppendVideoJobs(b.ctx(), lease, soon, placed, b.now)
	b.must(err)
	got := b.candidates(10)
	b.wantUsers("in order", got, "eve", "ada", "bob", "eve")
	if got[0].Video != soon[1].ID || got[0].BulkKey != k {
		b.Errorf("first is %v, want the one that is wanted in an hour", got[0])
	}
}

// late tells whether an error is that of a deadline.
func late(why *statuspb.Status) bool {
	return errs.ReasonOf(status.ErrorProto(why)) == errorsv1.ErrorReason_JOB_DEADLINE_EXCEEDED
}

// wantLate wants the error of a deadline.
func (b *bundle) wantLate(what string, v store.Video) {
	b.Helper()
	if v.State != state.Cancelled || !late(v.Error) {
		b.Errorf("%s: %v because of %v, want CANCELLED by the deadline", what, v.State, v.Error)
	}
}

func deadlineCancels(b *bundle) {
	at := b.now.Add(time.Hour)
	k := b.queued("ada", &schedulerv1.BulkJob{DeadlineTime: timestamppb.New(at)}, 3)
	other := b.queued("bob", &schedulerv1.BulkJob{DeadlineTime: timestamppb.New(at.Add(time.Hour))}, 1)
	leased := b.claim(2)
	b.must(b.s.Complete(b.ctx(), leased[0].Lease, result, b.now))
	b.now = at.Add(-time.Millisecond)
	ok, err := b.s.EndOverdue(b.ctx(), b.now)
	b.must(err)
	if ok {
		b.Error("something was ended before its deadline")
	}
	_, err = b.s.Renew(b.ctx(), []store.Renewal{{Lease: leased[1].Lease}}, at.Add(time.Minute), b.now.Add(-59*time.Minute))
	b.must(err)
	b.now = at
	ok, err = b.s.EndOverdue(b.ctx(), b.now)
	b.must(err)
	again, err := b.s.EndOverdue(b.ctx(), b.now)
	b.must(err)
	if !ok || again {
		b.Errorf("ended one: %v, another one: %v; want one", ok, again)
	}
	got := b.wantBulk(k, state.BulkCancelled)
	if got.Counts.Completed != 1 || got.Counts.Cancelled != 2 || !late(got.Error) {
		b.Errorf("counts %+v, error %v", got.Counts, got.Error)
	}
	b.wantLate("the running one", b.video(leased[1].Video.VideoKey))
	if verdict := b.renew(leased[1].Lease, 50); verdict != schedulerv1.LeaseStatus_CANCEL {
		b.Errorf("its worker is told %v, want CANCEL", verdict)
	}
	_, err = b.s.RetryVideoJob(b.ctx(), store.Request{}, leased[1].Video.VideoKey, b.now)
	b.wantConflict(err)
	b.wantBulk(other, state.BulkRunning)
}

func deadlineAtClaim(b *bundle) {
	at := b.now.Add(time.Hour)
	k := b.queued("ada", &schedulerv1.BulkJob{DeadlineTime: timestamppb.New(at)}, 3)
	b.queued("bob", &schedulerv1.BulkJob{}, 1)
	b.now = at
	found := b.candidates(4)
	if leased := b.claim(4); len(leased) != 1 || leased[0].Video.User != "bob" {
		b.Errorf("%d started at the deadline, want bob's only", len(leased))
	}
	for _, c := range found {
		if c.BulkKey == k {
			v := b.video(c.VideoKey)
			b.wantLate("what was about to start", v)
			if v.Attempt != 0 || len(v.Attempts) != 0 {
				b.Errorf("it has %d attempts", len(v.Attempts))
			}
		}
	}
	ok, err := b.s.EndOverdue(b.ctx(), b.now)
	b.must(err)
	if got := b.wantBulk(k, state.BulkCancelled); !ok || got.Counts.Cancelled != 3 {
		b.Errorf("ended: %v, counts %+v", ok, got.Counts)
	}
}

func priorityChanges(b *bundle) {
	b.s.Govern(rules())
	k, lease := b.open("ada", &schedulerv1.BulkJob{Priority: ingestv1.Priority_LOW})
	b.append(lease, 2, ingestv1.Priority_PRIORITY_UNSPECIFIED)
	running := b.claim(1)[0]
	b.now = b.now.Add(time.Second)
	b.queued("bob", &schedulerv1.BulkJob{}, 1)
	b.wantUsers("before", b.candidates(10), "bob", "ada")
	r := store.Request{Method: "ChangeBulkJobPriority", ID: "once", Hash: "h"}
	got, err := b.s.ChangePriority(b.ctx(), r, k, ingestv1.Priority_NORMAL, b.now)
	b.must(err)
	if got.Spec.GetPriority() != ingestv1.Priority_NORMAL {
		b.Errorf("priority = %v", got.Spec.GetPriority())
	}
	b.wantUsers("after: it came first", b.candidates(10), "ada", "bob")
	b.append(lease, 1, ingestv1.Priority_PRIORITY_UNSPECIFIED)
	b.wantUsers("what its sheet still brings", b.candidates(10), "ada", "bob", "ada")
	events := b.events(k)
	last := slices.IndexFunc(events, func(e *schedulerv1.JobEvent) bool {
		return e.GetType() == schedulerv1.JobEvent_BULK_JOB_PRIORITY_CHANGED
	})
	if last < 0 || events[last].GetPriority() != ingestv1.Priority_NORMAL || events[last].GetBulkJobState() != state.BulkIngesting {
		b.Errorf("events: %v", events)
	}
	if v := b.video(running.Video.VideoKey); v.Priority != ingestv1.Priority_LOW {
		b.Errorf("the running one has priority %v now", v.Priority)
	}
	again, err := b.s.ChangePriority(b.ctx(), r, k, ingestv1.Priority_NORMAL, b.now)
	b.must(err)
	if n := len(b.events(k)); n != len(events) {
		b.Errorf("the repeated request wrote %d events more", n-len(events))
	}
	for _, c := range b.candidates(10) {
		if c.BulkKey == k && b.video(c.VideoKey).Priority != ingestv1.Priority_NORMAL {
			b.Errorf("%v has priority %v", c, b.video(c.VideoKey).Priority)
		}
	}
	_, err = b.s.CancelBulkJob(b.ctx(), store.Request{}, again.BulkKey, b.now)
	b.must(err)
	_, err = b.s.ChangePriority(b.ctx(), store.Request{}, k, ingestv1.Priority_URGENT, b.now)
	b.wantConflict(err)
}

func priorityOfWanted(b *bundle) {
	b.s.Govern(rules())
	k := b.queued("ada", &schedulerv1.BulkJob{DueTime: timestamppb.New(b.now.Add(time.Hour))}, 1)
	b.now = b.now.Add(30 * time.Minute)
	b.queued("bob", &schedulerv1.BulkJob{Priority: ingestv1.Priority_URGENT}, 1)
	b.wantUsers("urgent before wanted in half an hour", b.candidates(10), "bob", "ada")
	change := func(p ingestv1.Priority) {
		_, err := b.s.ChangePriority(b.ctx(), store.Request{}, k, p, b.now)
		b.must(err)
	}
	change(ingestv1.Priority_LOW)
	b.wantUsers("as low", b.candidates(10), "bob", "ada")
	change(ingestv1.Priority_NORMAL)
	b.wantUsers("as normal again", b.candidates(10), "bob", "ada")
	b.now = b.now.Add(time.Hour)
	b.queued("eve", &schedulerv1.BulkJob{Priority: ingestv1.Priority_URGENT}, 1)
	b.wantUsers("before what came after it was wanted", b.candidates(10), "bob", "ada", "eve")
	change(ingestv1.Priority_URGENT)
	b.wantUsers("as urgent, by age", b.candidates(10), "ada", "bob", "eve")
}
