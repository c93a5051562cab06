// Package ratelimit is the service that decides whether something may happen now.
//
// QuotaService takes every limit that counts a call and charges all of them or none; a refusal names the limits
// and the exact time to wait. Reserve does so for many calls at once and for a short time: what is not committed
// until then is refunded, so a caller that dies leaves no charge behind. Wait lets a caller wait here for its turn, and a
// stream of batches costs a tenth of single calls. RateLimitService shows and changes the limits in force.
// The service does not know what it limits: callers describe a call by descriptors, rules say which of them count.
//
// Counters live in this process's memory, written behind to a database, for one replica; or in Redis, for several.
//
// The parts, in the way of a call: quota answers callers and wait lets them wait; book holds the versions of the rules,
// which rule reads and match finds for a call; engine says what counts, decide is its arithmetic, memory and redis are
// the two engines, durable and outage stand around them. limits answers those who look at limits and change them.
package ratelimit
