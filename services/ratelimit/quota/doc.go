// Package quota answers QuotaService: it decides whether something may happen now.
//
// It turns a call's descriptors into the limits that count it, asks the engine, and says the answer in the words of the API.
// It promises that an answer of one call never depends on the batch that it came in, that whatever is not granted has a
// reason and, unless it can never be granted, a time; and that a caller that waits here is woken at the engine's exact
// time. It keeps no counters itself.
package quota
