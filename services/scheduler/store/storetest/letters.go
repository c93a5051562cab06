package storetest

import (
	"slices"
	"time"

	ingestv1 "github.com/sheetreel/sheetreel/gen/sheetreel/ingest/v1"
	schedulerv1 "github.com/sheetreel/sheetreel/gen/sheetreel/scheduler/v1"
	"github.com/sheetreel/sheetreel/services/scheduler/state"
	"github.com/sheetreel/sheetreel/services/scheduler/store"
)

// buried makes a bulk job with n dead letters, some milliseconds after each other, those at even places PERMANENT, and gives
// the ids in this order.
func (b *bundle) buried(n int) (store.BulkKey, []string) {
	b.Helper()
	bulk := b.running("ada", n)
	var ids []string
	for i, l := range b.claim(n) {
		class := schedulerv1.FailureClass_PERMANENT
		if i%2 == 1 {
			class = schedulerv1.FailureClass_INVALID_IDEA
		}
		b.now = b.now.Add(10 * time.Millisecond)
		_, err := b.s.Fail(b.ctx(), l.Lease, failure(class), b.retryUpTo(0), b.now)
		b.must(err)
		ids = append(ids, l.Video.Video)
	}
	return bulk.BulkKey, ids
}

// letters walks over the pages of a list.
func (b *bundle) letters(f store.LetterFilter, size int) (ids []string) {
	b.Helper()
	var at store.LetterPlace
	for {
		page, err := b.s.ListDeadLetters(b.ctx(), f, at, size)
		b.must(err)
		for _, d := range page {
			ids = append(ids, d.Video.Video)
			at = d.Place()
		}
		if len(page) < size {
			return ids
		}
	}
}

func (b *bundle) wantLetters(f store.LetterFilter, want ...string) {
	b.Helper()
	if got := b.letters(f, 2); !slices.Equal(got, want) {
		b.Errorf("dead letters of %+v: %v, want %v", f, got, want)
	}
}

func lettersByFilter(b *bundle) {
	one, first := b.buried(3)
	two, second := b.buried(2)
	all := store.LetterFilter{Project: "demo"}
	b.wantLetters(all, second[1], second[0], first[2], first[1], first[0])
	b.wantLetters(store.LetterFilter{Project: "demo", Class: schedulerv1.FailureClass_PERMANENT}, second[0], first[2], first[0])
	b.wantLetters(store.LetterFilter{Project: "demo", BulkJob: one.ID}, first[2], first[1], first[0])
	b.wantLetters(store.LetterFilter{Project: "demo", BulkJob: two.ID, Class: schedulerv1.FailureClass_INVALID_IDEA}, second[1])
	b.wantLetters(store.LetterFilter{Project: "demo", Before: b.now}, second[0], first[2], first[1], first[0])
	b.wantLetters(store.LetterFilter{Project: "other"})
	b.wantLetters(store.LetterFilter{Project: "demo", BulkJob: newID()})
}

func replayEdited(b *bundle) {
	bulk, ids := b.buried(2)
	r := store.Request{Method: "ReplayDeadLetter", ID: "once", Hash: "h"}
	idea := &ingestv1.Idea{Title: "A better one", Script: "Now it works."}
	v, err := b.s.ReplayDeadLetter(b.ctx(), r, "demo", ids[0], idea, b.now)
	b.must(err)
	if v.State != state.Queued || v.Idea.GetTitle() != "A better one" || v.Idea.GetRowKey() != "row-0" || v.Idea.GetRowNumber() != 2 || v.Failures != 0 {
		b.Errorf("replayed: %v, %v", v.State, v.Idea)
	}
	b.wantBulk(bulk, state.BulkRunning)
	b.wantLetters(store.LetterFilter{Project: "demo"}, ids[1])

	again, err := b.s.ReplayDeadLetter(b.ctx(), r, "demo", ids[0], idea, b.now)
	b.must(err) // the same request once more changes nothing
	if again.Video != ids[0] {
		b.Errorf("the repeated request gives %s", again.Video)
	}
	_, err = b.s.ReplayDeadLetter(b.ctx(), store.Request{}, "demo", ids[0], nil, b.now)
	b.wantErr(err, store.ErrNotFound)

	// The edited idea is what a worker gets, and what everybody sees until the end.
	l := b.claim(1)[0]
	if l.Video.Idea.GetScript() != "Now it works." {
		b.Errorf("the worker got %v", l.Video.Idea)
	}
	b.must(b.s.Complete(b.ctx(), l.Lease, result, b.now))
	if v := b.wantState(l.Video.VideoKey, state.Completed); v.Idea.GetTitle() != "A better one" {
		b.Errorf("after its end: %v", v.Idea)
	}
	list, _, err := b.s.ListVideoJobs(b.ctx(), bulk, 0, 10)
	b.must(err)
	if list[0].Idea.GetTitle() != "A better one" || list[1].Idea.GetTitle() != "Video 1" {
		b.Errorf("titles %q, %q", list[0].Idea.GetTitle(), list[1].Idea.GetTitle())
	}
}

func replayMany(b *bundle) {
	const n = 450 // more than two transactions take
	bulk, ids := b.buried(n)
	r := store.Request{Method: "ReplayDeadLetters", ID: "many", Hash: "h"}
	f := store.LetterFilter{Project: "demo"}
	for range 2 { // the second time nothing changes
		got, err := b.s.ReplayDeadLetters(b.ctx(), r, f, 430, b.now)
		b.must(err)
		if got != 430 {
			b.Fatalf("%d replayed, want 430", got)
		}
	}
	if left := b.letters(f, 100); !slices.Equal(left, reversed(ids[430:])) {
		b.Errorf("%d dead letters left, want the newest 20", len(left))
	}
	if c := b.bulk(bulk).Counts; c.Pending != 430 || c.Failed != 20 {
		b.Errorf("counts = %+v", c)
	}
	_, err := b.s.CancelBulkJob(b.ctx(), store.Request{}, bulk, b.now)
	b.must(err)
	got, err := b.s.ReplayDeadLetters(b.ctx(), store.Request{}, f, 100, b.now)
	b.must(err)
	if got != 0 {
		b.Errorf("%d dead letters of a cancelled bulk job were replayed", got)
	}
}

func reversed(ids []string) []string {
	ids = slices.Clone(ids)
	slices.Reverse(ids)
	return ids
}

func purgedLettersStayFailed(b *bundle) {
	bulk, ids := b.buried(4)
	k := func(i int) store.VideoKey { return store.VideoKey{BulkKey: bulk, Video: ids[i]} }
	f := store.LetterFilter{Project: "demo", Class: schedulerv1.FailureClass_PERMANENT}
	r := store.Request{Method: "PurgeDeadLetters", ID: "once", Hash: "h"}
	for range 2 {
		n, err := b.s.PurgeDeadLetters(b.ctx(), r, f, b.now)
		b.must(err)
		if n != 2 {
			b.Fatalf("%d purged, want 2", n)
		}
	}
	b.wantLetters(store.LetterFilter{Project: "demo"}, ids[3], ids[1])
	n, err := b.s.ExpireDeadLetters(b.ctx(), b.now, 10)
	b.must(err)
	if n != 1 {
		b.Errorf("%d expired, want the one that is older", n)
	}
	b.wantLetters(store.LetterFilter{Project: "demo"}, ids[3])
	_, err = b.s.DeadLetter(b.ctx(), "demo", ids[0])
	b.wantErr(err, store.ErrNotFound)
	_, err = b.s.ReplayDeadLetter(b.ctx(), store.Request{}, "demo", ids[0], nil, b.now)
	b.wantErr(err, store.ErrNotFound)
	for _, i := range []int{0, 1} {
		b.wantState(k(i), state.Failed)
		_, err := b.s.RetryVideoJob(b.ctx(), store.Request{}, k(i), b.now)
		b.must(err)
		b.wantState(k(i), state.Queued)
	}
}

// lettersByPage compares pages under every filter with the list of all, filtered here.
func lettersByPage(b *bundle) {
	first, _ := b.buried(5)
	second, _ := b.buried(5)
	all, err := b.s.ListDeadLetters(b.ctx(), store.LetterFilter{Project: "demo"}, store.LetterPlace{}, 100)
	b.must(err)
	if len(all) != 10 {
		b.Fatalf("%d dead letters, want 10", len(all))
	}
	places, times := []store.LetterPlace{{}}, []time.Time{{}}
	for _, i := range []int{0, 3, 4, 7, 9} {
		places = append(places, store.LetterPlace{Created: all[i].Created.UnixMilli(), ID: all[i].Video.Video})
		times = append(times, all[i].Created, all[i].Created.Add(time.Millisecond))
	}
	for _, f := range []store.LetterFilter{
		{},
		{BulkJob: first.ID},
		{BulkJob: second.ID},
		{Class: schedulerv1.FailureClass_PERMANENT},
		{BulkJob: first.ID, Class: schedulerv1.FailureClass_INVALID_IDEA},
	} {
		f.Project = "demo"
		for _, f.Before = range times {
			for _, place := range places {
				got, err := b.s.ListDeadLetters(b.ctx(), f, place, 3)
				b.must(err)
				if want := lettersBefore(all, f, place, 3); !slices.EqualFunc(got, want, func(a, b store.DeadLetter) bool { return a.Video.Video == b.Video.Video }) {
					b.Errorf("%d letters of %+v before %+v, want %d", len(got), f, place, len(want))
				}
			}
		}
	}
}

// lettersBefore gives the first few of a list that a filter lets through, before a place.
func lettersBefore(all []store.DeadLetter, f store.LetterFilter, place store.LetterPlace, limit int) (some []store.DeadLetter) {
	passed := place.ID == ""
	for _, l := range all {
		if passed && (f.BulkJob == "" || l.Video.ID == f.BulkJob) && (f.Class == 0 || l.Class == f.Class) &&
			(f.Before.IsZero() || l.Created.Before(f.Before)) && len(some) < limit {
			some = append(some, l)
		}
		passed = passed || l.Video.Video == place.ID
	}
	return some
}
