package durable

import (
	"context"
	"errors"
	"time"
)

// Store keeps what an engine has counted, for its next start. One engine at a time owns it; it is not asked at
// decisions. It is safe for concurrent use.
type Store interface {
	// Owner reads who owns the store.
	Owner(ctx context.Context) (Owner, error)
	// Alone tells whether the store knows that no other process that owned it is alive, so that nobody needs to wait for
	// a sign of life of it. It is ErrOwned when it knows that one is.
	Alone(ctx context.Context) (bool, error)
	// Take makes name the owner, with a new fence, and marks the store as not cleanly closed. It is ErrOwned when the
	// owner is no longer as it was seen.
	Take(ctx context.Context, seen Owner, name string) (Owner, error)
	// Load gives all rows, in batches that the callee must not keep. It is ErrLost when fence is not the owner's.
	Load(ctx context.Context, fence int64, each func([]Row) error) error
	// Write changes the store by a batch, all of it or nothing. It is ErrLost when fence is not the owner's.
	Write(ctx context.Context, fence int64, batch Batch) error
	// Prune deletes at most so many rows that expired before, and tells how many. It is ErrLost when fence is not the
	// owner's.
	Prune(ctx context.Context, fence int64, before time.Time, most int) (int, error)
	// Close closes the store. What it owned stays owned in the database; a process' death does no more.
	Close() error
}

// Owner is who may write.
type Owner struct {
	// Name says who it is; empty: nobody, and the last one closed it cleanly.
	Name string
	// Fence is higher with each owner.
	Fence int64
	// Beat is higher with each of the owner's writes: a sign of life.
	Beat int64
	// Written is the last write, by the owner's wall clock.
	Written time.Time
}

// Kind tells rows apart.
type Kind int16

// The kinds. They are stored: never change one.
const (
	// Counter rows are named by rule and key.
	Counter Kind = 1
	// Charge rows are reservations that are neither committed nor cancelled, named by their number.
	Charge Kind = 2
	// Crash is the row that says until when an earlier process may have granted what nobody wrote.
	Crash Kind = 3
)

// Row is something that an engine keeps.
type Row struct {
	Kind Kind
	// Rule is the counter's rule; empty for others.
	Rule string
	// Key is the counter's key, or the name of another thing.
	Key string
	// State is what the engine wrote.
	State []byte
	// Expire is when it means nothing any more, by the wall clock.
	Expire time.Time
}

// Batch is a write.
type Batch struct {
	// Rows are stored, over what has their names. A name occurs once.
	Rows []Row
	// Gone are the names of rows to delete: kind, rule and key. None of them is in Rows.
	Gone []Row
	// Written is the time of the write, by the wall clock.
	Written time.Time
	// Clean gives the store up: everything has been written.
	Clean bool
}

var (
	// ErrOwned means that another process owns the store.
	ErrOwned = errors.New("another process counts in this database")
	// ErrLost means that another process has become the owner.
	ErrLost = errors.New("another process has taken this database over")
)
