// Package load is the work that all systems are given: jobs of about 200 bytes that do nothing, each of which must be
// done exactly once.
package load

import (
	"fmt"
	"sync/atomic"
)

// Script is most of a job's payload. With the title and the number a job is about 200 bytes.
const Script = "Octopuses have three hearts, nine brains and blue blood. Two hearts stop when they swim, which is why they would " +
	"rather crawl. Here is what else they do."

// Title is the rest of the payload of job i.
func Title(i int) string { return fmt.Sprintf("Three hearts, nine brains: part %d", i) }

// Tally counts how often each job was done.
type Tally struct {
	done []atomic.Int32
	left atomic.Int64
	all  chan struct{}
}

// NewTally makes a tally of n jobs, numbered from 0.
func NewTally(n int) *Tally {
	t := &Tally{done: make([]atomic.Int32, n), all: make(chan struct{})}
	t.left.Store(int64(n))
	return t
}

// Done says that job i was done. A number that is no job of these is counted by Check.
func (t *Tally) Done(i int) {
	if i >= 0 && i < len(t.done) {
		t.done[i].Add(1)
	}
	if t.left.Add(-1) == 0 {
		close(t.all)
	}
}

// Left is how many jobs are not done, if none was done twice.
func (t *Tally) Left() int64 { return t.left.Load() }

// All is closed when as many were done as there are jobs.
func (t *Tally) All() <-chan struct{} { return t.all }

// Check fails unless every job was done exactly once.
func (t *Tally) Check() error {
	never, often := 0, 0
	for i := range t.done {
		switch n := t.done[i].Load(); {
		case n == 0:
			never++
		case n > 1:
			often++
		}
	}
	if left := t.left.Load(); never+often > 0 || left != 0 {
		return fmt.Errorf("of %d jobs %d were never done and %d more than once; %d more were wanted", len(t.done), never, often, left)
	}
	return nil
}
