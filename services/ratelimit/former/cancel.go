package former

import "github.com/sheetreel/sheetreel/services/ratelimit/decide"

// Cancel gives back what a permit was charged, as far as time has not freed it already: a sliding log forgets the
// grant, a token bucket gets back the tokens that it has not refilled since. It returns whether there was such a
// permit; a permit that is unknown, already cancelled or older than ten minutes changes nothing.
func (e *Engine) Cancel(permit string) bool {
	e.refundExpired()
	charges := e.permits.take(e.now(), permit)
	if charges == nil {
		return false
	}
	e.refund(charges, e.now)
	return true
}

// refund takes charges back as of the time that at tells with the locks held.
func (e *Engine) refund(charges []charge, at func() decide.Instant) {
	var set shardSet
	for _, c := range charges {
		set.add(c.shard)
	}
	e.lock(set)
	defer e.unlock(set)
	now := at()
	for _, c := range charges {
		c.counter.Refund(now, c.receipt)
	}
}
