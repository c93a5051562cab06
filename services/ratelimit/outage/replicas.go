package outage

import (
	"cmp"
	"hash/fnv"
	"slices"
	"time"
)

// replicas is what this one knows of all.
type replicas struct {
	names []string // that were alive at the last beat, this one too
	first time.Time
	last  time.Time
}

// hear takes what a beat told at a time here.
func (r *replicas) hear(heard map[string]time.Time, now, here time.Time, gone time.Duration) {
	r.names = r.names[:0:0]
	for name, at := range heard {
		if now.Sub(at) < gone {
			r.names = append(r.names, name)
		}
	}
	slices.Sort(r.names)
	if r.first.IsZero() {
		r.first = here
	}
	r.last = here
}

// settled tells whether the others have heard of this one too: it was in the list for two beats.
func (r *replicas) settled(beat time.Duration) bool {
	return !r.first.IsZero() && r.last.Sub(r.first) >= 2*beat
}

// share is how much of a capacity a replica gives out for a key. What cannot be divided goes to some, which differ from key
// to key (rendezvous hashing), so that the shares add up to the capacity.
func (r *replicas) share(self string, capacity int64, key string) int64 {
	n := int64(len(r.names))
	if n == 0 {
		return 0
	}
	each, rest := capacity/n, capacity%n
	if rest == 0 {
		return each
	}
	weigh := func(name string) uint64 {
		h := fnv.New64a()
		h.Write([]byte(name))
		h.Write([]byte{0})
		h.Write([]byte(key))
		return h.Sum64()
	}
	own := weigh(self)
	rank, known := int64(0), false
	for _, name := range r.names {
		known = known || name == self
		if w := weigh(name); w < own || w == own && cmp.Less(name, self) {
			rank++
		}
	}
	if !known {
		return 0
	}
	if rank < rest {
		each++
	}
	return each
}
