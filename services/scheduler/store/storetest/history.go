package storetest

import (
	"fmt"
	"time"

	schedulerv1 "github.com/sheetreel/sheetreel/gen/sheetreel/scheduler/v1"
	"github.com/sheetreel/sheetreel/services/scheduler/state"
	"github.com/sheetreel/sheetreel/services/scheduler/store"
)

// projectEvents reads the history of project demo from a place to its end, and fails when a bulk job's numbers do not
// follow each other. last has the number that each bulk job has reached, and is moved.
func (b *bundle) projectEvents(after store.ProjectPlace, last map[string]int64) (events []*schedulerv1.JobEvent, end store.ProjectPlace) {
	b.Helper()
	for {
		got, err := b.s.ProjectEvents(b.ctx(), "demo", after, 3)
		b.must(err)
		after = got.Next
		if len(got.Events) == 0 {
			if got.Held {
				continue // until what is under way elsewhere has ended
			}
			return events, after
		}
		for _, e := range got.Events {
			if e.GetSequence() != last[e.GetBulkJob()]+1 {
				b.Fatalf("%s: event %d after %d", e.GetBulkJob(), e.GetSequence(), last[e.GetBulkJob()])
			}
			last[e.GetBulkJob()] = e.GetSequence()
		}
		events = append(events, got.Events...)
	}
}

func projectHistory(b *bundle) {
	last := map[string]int64{}
	start, err := b.s.ProjectEnd(b.ctx(), "demo")
	b.must(err)
	one, two := b.running("ada", 3), b.running("bob", 2)
	events, place := b.projectEvents(start, last)
	if want := one.LastSequence + two.LastSequence; int64(len(events)) != want {
		b.Errorf("%d events, want %d", len(events), want)
	}
	for _, l := range b.claim(5) {
		b.must(b.s.Complete(b.ctx(), l.Lease, result, b.now))
	}
	events, place = b.projectEvents(place, last)
	if len(events) != 12 { // 5 starts, 5 ends, 2 bulk jobs
		b.Errorf("%d more events, want 12", len(events))
	}
	for _, k := range []store.BulkKey{one.BulkKey, two.BulkKey} {
		if got := b.bulk(k); last[k.Name()] != got.LastSequence {
			b.Errorf("%s: read up to %d of %d", k.Name(), last[k.Name()], got.LastSequence)
		}
	}
	if again, _ := b.projectEvents(place, last); len(again) != 0 {
		b.Errorf("%d events after the end", len(again))
	}
	other, err := b.s.ProjectEvents(b.ctx(), "other", store.ProjectPlace{}, 10)
	b.must(err)
	if len(other.Events) != 0 {
		b.Errorf("another project sees %d events", len(other.Events))
	}
	place.Turn += 1 << 40
	_, err = b.s.ProjectEvents(b.ctx(), "demo", place, 10)
	b.wantErr(err, store.ErrPlaceAhead)
}

// compact compacts until nothing is left to do, and returns how many steps that took.
func (b *bundle) compact(endedBefore time.Time) (steps int) {
	b.Helper()
	for {
		more, err := b.s.CompactEvents(b.ctx(), endedBefore, b.now)
		b.must(err)
		if !more {
			return steps
		}
		steps++
	}
}

// kinds counts the events of a bulk job by type.
func (b *bundle) kinds(k store.BulkKey) map[schedulerv1.JobEvent_Type]int {
	b.Helper()
	n := map[schedulerv1.JobEvent_Type]int{}
	after := int64(0)
	for _, e := range b.events(k) {
		if e.GetSequence() <= after {
			b.Errorf("event %d after %d", e.GetSequence(), after)
		}
		after = e.GetSequence()
		n[e.GetType()]++
	}
	return n
}

func compaction(b *bundle) {
	const progress = schedulerv1.JobEvent_VIDEO_JOB_PROGRESS
	place, err := b.s.ProjectEnd(b.ctx(), "demo")
	b.must(err)
	bulk, running := b.running("ada", 2), b.running("bob", 1)
	work := func(k store.BulkKey) {
		for {
			leased := b.claim(1)
			if len(leased) == 0 {
				return
			}
			l := leased[0]
			for i := range 50 {
				b.now = b.now.Add(1100 * time.Millisecond)
				b.renew(l.Lease, float64(i+1))
			}
			if l.Video.BulkKey == k {
				_, err := b.s.Fail(b.ctx(), l.Lease, failure(schedulerv1.FailureClass_PERMANENT), b.retryUpTo(0), b.now)
				b.must(err)
			}
		}
	}
	work(bulk.BulkKey)
	before := b.kinds(bulk.BulkKey)
	if before[progress] != 98 {
		b.Fatalf("%d progress events, want 98", before[progress])
	}
	ended := b.wantBulk(bulk.BulkKey, state.BulkCompleted)
	if b.compact(ended.Ended) != 0 || b.kinds(bulk.BulkKey)[progress] != 98 {
		b.Error("compacted too early")
	}
	if steps := b.compact(ended.Ended.Add(time.Millisecond)); steps < 2 {
		b.Errorf("%d steps for a hundred pages, want several", steps)
	}
	if b.compact(b.now.Add(time.Hour)) != 0 {
		b.Error("a compacted bulk job is compacted again")
	}
	before[progress] = 0
	after := b.kinds(bulk.BulkKey)
	after[progress] += 0
	if fmt.Sprint(after) != fmt.Sprint(before) {
		b.Errorf("left: %v, want %v", after, before)
	}
	if b.kinds(running.BulkKey)[progress] == 0 {
		b.Error("the history of a bulk job that goes on was compacted")
	}
	if all := b.events(bulk.BulkKey); all[len(all)-1].GetSequence() != ended.LastSequence {
		b.Errorf("the last event is %d, was %d", all[len(all)-1].GetSequence(), ended.LastSequence)
	}
	// A reader that stood at a dropped event goes on with what is left.
	rest, err := b.s.Events(b.ctx(), bulk.BulkKey, ended.LastSequence-3, 10)
	b.must(err)
	if len(rest) != 2 || rest[1].GetSequence() != ended.LastSequence {
		b.Errorf("after a dropped event: %v", rest)
	}
	seen := 0
	for {
		got, err := b.s.ProjectEvents(b.ctx(), "demo", place, 100)
		b.must(err)
		if len(got.Events) == 0 && !got.Held {
			break
		}
		for _, e := range got.Events {
			if e.GetBulkJob() == bulk.Name() {
				seen++
			}
		}
		place = got.Next
	}
	if seen != len(b.events(bulk.BulkKey)) {
		b.Errorf("the project's history has %d events of it, its own %d", seen, len(b.events(bulk.BulkKey)))
	}

	// Once more after a retry: only the new part.
	_, err = b.s.RetryBulkJob(b.ctx(), store.Request{}, bulk.BulkKey, b.now)
	b.must(err)
	work(bulk.BulkKey)
	if b.kinds(bulk.BulkKey)[progress] != 98 {
		b.Errorf("%d progress events after the retry, want 98", b.kinds(bulk.BulkKey)[progress])
	}
	b.compact(b.now.Add(time.Hour))
	if b.kinds(bulk.BulkKey)[progress] != 0 {
		b.Error("not compacted after the retry")
	}
}
