package former

import (
	"container/heap"
	"crypto/rand"
	"math"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/sheetreel/sheetreel/services/ratelimit/decide"
)

// reservations remembers what is reserved until it expires: by key, by number, and in the order of expiry. Its lock
// is always taken before those of shards.
type reservations struct {
	series string // differs between engines and from that of permits
	max    int
	next   atomic.Int64 // when the first one expires; MaxInt64 when there is none

	mu     sync.Mutex
	last   uint64 // the number of the newest
	known  map[uint64]*reservation
	keys   map[string]*reservation
	expiry expiry
}

// reservation is a charge that ends by itself. A committed one is only remembered, so that a repeated call gets the
// same answer.
type reservation struct {
	number    uint64
	key       string
	hash      uint64 // of what was asked
	expires   decide.Instant
	charges   []charge // nil once committed
	committed bool
	place     int // in expiry
}

func newReservations(limit int) *reservations {
	r := &reservations{
		series: rand.Text()[:13], max: limit, known: map[uint64]*reservation{}, keys: map[string]*reservation{},
	}
	r.next.Store(math.MaxInt64)
	return r
}

// put remembers a new reservation.
func (r *reservations) put(one *reservation) {
	if len(r.expiry) == r.max {
		r.drop(r.expiry[0])
	}
	r.last++
	one.number = r.last
	r.known[one.number] = one
	r.keys[one.key] = one
	heap.Push(&r.expiry, one)
	r.next.Store(int64(r.expiry[0].expires))
}

// drop forgets a reservation.
func (r *reservations) drop(one *reservation) {
	delete(r.known, one.number)
	delete(r.keys, one.key)
	heap.Remove(&r.expiry, one.place)
	if len(r.expiry) == 0 {
		r.next.Store(math.MaxInt64)
		return
	}
	r.next.Store(int64(r.expiry[0].expires))
}

// id is how a reservation is named outside: the series, a hyphen, a number.
func (r *reservations) id(number uint64) string {
	return r.series + "-" + strconv.FormatUint(number, 36)
}

// find returns the reservation of an id, or nil.
func (r *reservations) find(id string) *reservation {
	digits, ok := strings.CutPrefix(id, r.series+"-")
	if !ok {
		return nil
	}
	number, err := strconv.ParseUint(digits, 36, 64)
	if err != nil || strconv.FormatUint(number, 36) != digits { // another way to write the number is not the id
		return nil
	}
	return r.known[number]
}

// expiry is a heap of reservations, the one that expires first on top; of those, the oldest.
type expiry []*reservation

func (h expiry) Len() int { return len(h) }

func (h expiry) Less(i, j int) bool {
	if h[i].expires != h[j].expires {
		return h[i].expires < h[j].expires
	}
	return h[i].number < h[j].number
}

func (h expiry) Swap(i, j int) {
	h[i], h[j] = h[j], h[i]
	h[i].place, h[j].place = i, j
}

// Push implements [heap.Interface].
func (h *expiry) Push(x any) {
	one := x.(*reservation)
	one.place = len(*h)
	*h = append(*h, one)
}

// Pop implements [heap.Interface].
func (h *expiry) Pop() any {
	old := *h
	one := old[len(old)-1]
	old[len(old)-1] = nil
	*h = old[:len(old)-1]
	return one
}
