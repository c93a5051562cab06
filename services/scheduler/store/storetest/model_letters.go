package storetest

import (
	"slices"
	"time"

	"github.com/sheetreel/sheetreel/services/scheduler/state"
	"github.com/sheetreel/sheetreel/services/scheduler/store"
)

// matching gives the dead letters that a filter means, newest first.
func (m *model) matching(f store.LetterFilter) []*modelJob {
	return slices.DeleteFunc(m.letters(), func(j *modelJob) bool {
		return f.Class != 0 && f.Class != j.letter.class || f.BulkJob != "" && f.BulkJob != j.bulk.ID ||
			!f.Before.IsZero() && !j.letter.created.Before(f.Before)
	})
}

func (m *model) replay(j *modelJob, title string) outcome {
	if j.letter == nil {
		return unknown
	}
	if j.bulk.state == state.BulkCancelled || j.bulk.state == state.BulkFailed {
		return conflict
	}
	if title != "" {
		j.title = title
	}
	m.requeue(j)
	m.settle(j.bulk)
	return done
}

// replayAll replays the oldest dead letters that may be replayed.
func (m *model) replayAll(f store.LetterFilter, limit int) (n int) {
	oldest := m.matching(f)
	slices.Reverse(oldest)
	for _, j := range oldest {
		if n < limit && !j.letter.created.After(m.now) && m.replay(j, "") == done {
			n++
		}
	}
	return n
}

func (m *model) purge(f store.LetterFilter) (n int) {
	for _, j := range m.matching(f) {
		if !j.letter.created.After(m.now) {
			j.letter = nil
			n++
		}
	}
	return n
}

func (m *model) expireLetters(before time.Time) int {
	return m.purge(store.LetterFilter{Before: before})
}
