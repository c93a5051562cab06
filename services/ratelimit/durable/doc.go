// Package durable keeps the counters of a limiter in memory over a restart. Decisions are made in memory and never wait
// for the database; what they changed is written behind, many counters in one transaction, ten times a second, and when
// the process ends.
//
// After a clean end nothing is missing. After a crash the last moment before it is: whatever may have been granted in it
// is taken as used, so that no limit is ever exceeded over a crash.
//
// One process at a time owns a database's counters. Another one waits, or is refused.
package durable
