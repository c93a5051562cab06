package former

import (
	"crypto/rand"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/sheetreel/sheetreel/services/ratelimit/decide"
)

// permitLife is how long a permit can be cancelled.
const permitLife = 10 * time.Minute

// charge is what one counter was charged, and where that counter lives. The counter may have been forgotten in
// the meantime: then it was idle, and a refund finds nothing in it.
type charge struct {
	counter decide.Counter
	receipt decide.Receipt
	shard   int
}

// permits keeps what was charged, in the order of the charges, until it is cancelled or its life ends. Permits are
// numbered without gaps, so the queue needs no index.
type permits struct {
	series string // differs between engines, so that a permit of an earlier process means nothing to this one
	max    int

	mu    sync.Mutex
	first uint64 // the number of queue[0]
	queue []permit
}

type permit struct {
	at      decide.Instant
	charges []charge // nil once cancelled
}

func newPermits(limit int) permits {
	return permits{series: rand.Text()[:13], max: limit}
}

// put keeps charges and returns the permit's name: the series, a hyphen, a number.
func (p *permits) put(now decide.Instant, charges []charge) string {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.expire(now)
	if len(p.queue) == p.max {
		p.drop(1)
	}
	p.queue = append(p.queue, permit{now, charges})
	return p.name(p.first + uint64(len(p.queue)) - 1)
}

func (p *permits) name(number uint64) string { return p.series + "-" + strconv.FormatUint(number, 36) }

// take removes a permit and returns its charges; nil when it is unknown, cancelled or too old.
func (p *permits) take(now decide.Instant, name string) []charge {
	_, digits, _ := strings.Cut(name, "-")
	number, err := strconv.ParseUint(digits, 36, 64)
	if err != nil || name != p.name(number) { // another series, or another way to write the number
		return nil
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.expire(now)
	if number < p.first || number-p.first >= uint64(len(p.queue)) {
		return nil
	}
	found := &p.queue[number-p.first]
	charges := found.charges
	found.charges = nil
	if now.Sub(found.at) >= permitLife { // its neighbours in the queue may be younger by the length of a call
		return nil
	}
	return charges
}

// sweep drops the permits whose life has ended.
func (p *permits) sweep(now decide.Instant) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.expire(now)
}

func (p *permits) expire(now decide.Instant) {
	old := 0
	for old < len(p.queue) && now.Sub(p.queue[old].at) >= permitLife {
		old++
	}
	if old > 0 {
		p.drop(old)
	}
}

// drop forgets the oldest n permits. The queue moves to a smaller array when most of it is unused.
func (p *permits) drop(n int) {
	clear(p.queue[:n])
	p.first += uint64(n)
	p.queue = p.queue[n:]
	if cap(p.queue) > 64 && cap(p.queue) > 4*len(p.queue) {
		p.queue = append([]permit(nil), p.queue...)
	}
}
