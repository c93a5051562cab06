package storetest

import (
	"time"

	"google.golang.org/protobuf/proto"
	"pgregory.net/rapid"

	ingestv1 "github.com/sheetreel/sheetreel/gen/sheetreel/ingest/v1"
	schedulerv1 "github.com/sheetreel/sheetreel/gen/sheetreel/scheduler/v1"
	"github.com/sheetreel/sheetreel/services/scheduler/store"
)

// bury makes a dead letter of a video job: it is claimed, and fails for good.
func (m *machine) bury(t *rapid.T) {
	before := len(m.leases)
	m.claim(t)
	for _, lease := range m.leases[before:] {
		class := rapid.SampledFrom([]schedulerv1.FailureClass{schedulerv1.FailureClass_PERMANENT, schedulerv1.FailureClass_INVALID_IDEA}).Draw(t, "class")
		m.failWith(t, lease, class)
	}
}

func (m *machine) letter(t *rapid.T) *modelJob {
	if letters := m.model.letters(); len(letters) > 0 && rapid.IntRange(0, 3).Draw(t, "any at 0") > 0 {
		return letters[rapid.IntRange(0, len(letters)-1).Draw(t, "dead letter")]
	}
	return m.video(t)
}

func (m *machine) filter(t *rapid.T) store.LetterFilter {
	f := store.LetterFilter{Project: "demo"}
	f.Class = rapid.SampledFrom([]schedulerv1.FailureClass{0, schedulerv1.FailureClass_PERMANENT, schedulerv1.FailureClass_POISON}).Draw(t, "class")
	if rapid.Bool().Draw(t, "of one bulk job") {
		f.BulkJob = m.bulk(t).ID
	}
	if rapid.Bool().Draw(t, "older only") {
		f.Before = m.model.now.Add(-time.Second)
	}
	return f
}

func (m *machine) replay(t *rapid.T) {
	j := m.letter(t)
	var idea *ingestv1.Idea
	title := ""
	if rapid.Bool().Draw(t, "edited") {
		title = "Edited " + j.title[max(0, len(j.title)-8):]
		idea = &ingestv1.Idea{RowKey: "not this one", RowNumber: 77, Title: title, Priority: j.priority}
	}
	got, err := m.s.ReplayDeadLetter(m.ctx, store.Request{}, "demo", j.key.Video, idea, m.model.now)
	m.want(t, err, m.model.replay(j, title))
	if err == nil && (got.Idea.GetRowKey() != j.row || got.Idea.GetRowNumber() == 77) {
		t.Fatalf("the replayed idea is of row %q, want %q", got.Idea.GetRowKey(), j.row)
	}
	if idea != nil && !proto.Equal(idea, &ingestv1.Idea{RowKey: "not this one", RowNumber: 77, Title: title, Priority: j.priority}) {
		t.Fatal("the caller's idea was changed")
	}
}

func (m *machine) replayAll(t *rapid.T) {
	f := m.filter(t)
	limit := rapid.IntRange(1, 4).Draw(t, "limit")
	got, err := m.s.ReplayDeadLetters(m.ctx, store.Request{}, f, limit, m.model.now)
	must(t, err)
	if want := m.model.replayAll(f, limit); got != want {
		t.Fatalf("%d replayed, want %d", got, want)
	}
}

func (m *machine) purge(t *rapid.T) {
	f := m.filter(t)
	got, err := m.s.PurgeDeadLetters(m.ctx, store.Request{}, f, m.model.now)
	must(t, err)
	if want := m.model.purge(f); got != want {
		t.Fatalf("%d purged, want %d", got, want)
	}
}

func (m *machine) expireLetters(t *rapid.T) {
	before := m.model.now.Add(-time.Minute)
	got, err := m.s.ExpireDeadLetters(m.ctx, before, 100)
	must(t, err)
	if want := m.model.expireLetters(before); got != want {
		t.Fatalf("%d dead letters expired, want %d", got, want)
	}
}
