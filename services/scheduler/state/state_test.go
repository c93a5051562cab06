package state

import (
	"testing"

	schedulerv1 "github.com/sheetreel/sheetreel/gen/sheetreel/scheduler/v1"
)

func TestEveryStateIsInTheTable(t *testing.T) {
	for n, name := range schedulerv1.VideoJob_State_name {
		if _, ok := videoNext[Video(n)]; !ok && n != 0 {
			t.Errorf("video job state %s has no row", name)
		}
	}
	for n, name := range schedulerv1.BulkJob_State_name {
		if _, ok := bulkNext[Bulk(n)]; !ok && n != 0 {
			t.Errorf("bulk job state %s has no row", name)
		}
	}
}

// Nothing may be stuck: from every state that is not an end, an end can be reached.
func TestEveryUnfinishedStateReachesAnEnd(t *testing.T) {
	for from := range videoNext {
		if !reaches(from, func(s Video) bool { return Finished(s) }, videoNext) {
			t.Errorf("no end can be reached from %v", from)
		}
	}
	for from := range bulkNext {
		if !reaches(from, BulkFinished, bulkNext) {
			t.Errorf("no end can be reached from %v", from)
		}
	}
}

func reaches[S comparable](from S, end func(S) bool, next map[S][]S) bool {
	seen := map[S]bool{}
	todo := []S{from}
	for len(todo) > 0 {
		s := todo[0]
		todo = todo[1:]
		if end(s) {
			return true
		}
		if seen[s] {
			continue
		}
		seen[s] = true
		todo = append(todo, next[s]...)
	}
	return false
}

func TestCompletedIsForEver(t *testing.T) {
	for to := range videoNext {
		if VideoMayBecome(Completed, to) {
			t.Errorf("a completed video job may become %v", to)
		}
	}
}
