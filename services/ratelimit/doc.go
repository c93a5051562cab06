// Package ratelimit is the service that decides whether something may happen now.
//
// QuotaService takes every limit that counts a call and charges all of them or none; a refusal names the limits
// and the exact time to wait. Reserve does so for many calls at once and for a short time: what is not committed
// until then is refunded, so a caller that dies leaves no charge behind. RateLimitService lists the limits in force.
// The service does not know what it limits: callers describe a call by descriptors, rules say which of them count.
// Counters live in this process's memory: they begin empty with it, and one replica serves all callers.
//
// The parts: rule reads the limits, decide is the arithmetic, memory holds the counters.
package ratelimit
