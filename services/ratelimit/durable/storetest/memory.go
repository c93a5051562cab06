package storetest

import (
	"context"
	"errors"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/sheetreel/sheetreel/services/ratelimit/durable"
)

// Memory is a store in memory, for tests of what is above stores: it can be broken.
type Memory struct {
	// Distant makes it a store that does not see the death of an owner.
	Distant bool

	mu     sync.Mutex
	before func(context.Context) error
	owner  durable.Owner
	rows   map[rowName]durable.Row
}

type rowName struct {
	kind      durable.Kind
	rule, key string
}

func nameOf(r durable.Row) rowName { return rowName{r.Kind, r.Rule, r.Key} }

var _ durable.Store = (*Memory)(nil)

// Before sets what is called before each write from now on, when not nil; its error is the write's.
func (m *Memory) Before(before func(context.Context) error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.before = before
}

// Owner implements durable.Store.
func (m *Memory) Owner(context.Context) (durable.Owner, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.owner, nil
}

// Alone implements durable.Store.
func (m *Memory) Alone(context.Context) (bool, error) { return !m.Distant, nil }

// Take implements durable.Store.
func (m *Memory) Take(_ context.Context, seen durable.Owner, name string) (durable.Owner, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.owner.Fence != seen.Fence || m.owner.Beat != seen.Beat {
		return durable.Owner{}, durable.ErrOwned
	}
	m.owner.Name = name
	m.owner.Fence++
	m.owner.Beat++
	return m.owner, nil
}

// Load implements durable.Store.
func (m *Memory) Load(_ context.Context, fence int64, each func([]durable.Row) error) error {
	m.mu.Lock()
	rows, lost := slices.Collect(maps.Values(m.rows)), m.owner.Fence != fence
	m.mu.Unlock()
	if lost {
		return durable.ErrLost
	}
	for batch := range slices.Chunk(rows, 1000) {
		if err := each(batch); err != nil {
			return err
		}
	}
	return nil
}

// Write implements durable.Store.
func (m *Memory) Write(ctx context.Context, fence int64, b durable.Batch) error {
	m.mu.Lock()
	before := m.before
	m.mu.Unlock()
	if before != nil {
		if err := before(ctx); err != nil {
			return err
		}
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.owner.Fence != fence {
		return durable.ErrLost
	}
	for _, r := range b.Rows {
		if r.State == nil {
			return errors.New("a row without a state")
		}
	}
	if m.rows == nil {
		m.rows = map[rowName]durable.Row{}
	}
	for _, r := range b.Rows {
		m.rows[nameOf(r)] = r
	}
	for _, r := range b.Gone {
		delete(m.rows, nameOf(r))
	}
	m.owner.Beat++
	m.owner.Written = b.Written
	if b.Clean {
		m.owner.Name = ""
	}
	return nil
}

// Prune implements durable.Store.
func (m *Memory) Prune(_ context.Context, fence int64, before time.Time, most int) (int, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.owner.Fence != fence {
		return 0, durable.ErrLost
	}
	gone := 0
	for n, r := range m.rows {
		if gone < most && r.Expire.Before(before) {
			delete(m.rows, n)
			gone++
		}
	}
	return gone, nil
}

// Close implements durable.Store.
func (m *Memory) Close() error { return nil }

// Rows is how many there are of a kind.
func (m *Memory) Rows(kind durable.Kind) int {
	m.mu.Lock()
	defer m.mu.Unlock()
	n := 0
	for name := range m.rows {
		if name.kind == kind {
			n++
		}
	}
	return n
}

// Damage cuts the state of every row.
func (m *Memory) Damage() {
	m.mu.Lock()
	defer m.mu.Unlock()
	for n, r := range m.rows {
		r.State = r.State[:len(r.State)/2]
		m.rows[n] = r
	}
}
