package ledger

import (
	"errors"
	"hash/fnv"
	"sync"

	"github.com/sheetreel/sheetreel/services/scheduler/store"
)

// lanes are the gatherings of a book. A bulk job's reports always take the same one, so that transactions which run at
// the same time do not wait for each other's bulk jobs; with more than one, the database works on one batch while
// another is prepared.
type lanes []gathering

// of is the lane of a bulk job, by its place.
func (l lanes) of(k store.BulkKey) int {
	if len(l) == 1 {
		return 0
	}
	h := fnv.New32a()
	_, _ = h.Write([]byte(k.ID)) // never fails
	return int(h.Sum32() % uint32(len(l)))
}

// split calls fn for each lane that a list of n things takes, with the places of those things in the list, all at once,
// and waits for all of them.
func (l lanes) split(n int, of func(i int) store.BulkKey, fn func(q *gathering, places []int) error) error {
	byLane := make([][]int, len(l))
	for i := range n {
		lane := l.of(of(i))
		byLane[lane] = append(byLane[lane], i)
	}
	errs := make([]error, len(l))
	var group sync.WaitGroup
	for lane, places := range byLane {
		switch {
		case len(places) == n && n > 0:
			errs[lane] = fn(&l[lane], places) // nobody else to wait for
		case len(places) > 0:
			group.Go(func() { errs[lane] = fn(&l[lane], places) })
		}
	}
	group.Wait()
	return errors.Join(errs...)
}
