package cache

import (
	"container/list"
	"errors"
	"sync"
)

// errAbandoned is for those who waited for a value whose making panicked.
var errAbandoned = errors.New("nobody made the value")

// Memory keeps values of one process, by key, up to a number of bytes; what was not used for the longest time goes
// first. Those who ask for the same missing value at the same time wait for one that makes it. Values are shared, so
// nobody may change them. A nil Memory keeps nothing.
type Memory[V any] struct {
	limit int64
	size  func(V) int64

	mu     sync.Mutex
	used   int64
	byKey  map[Key]*list.Element
	recent *list.List // of *held[V], most recent first
	making map[Key]*making[V]
}

type held[V any] struct {
	key   Key
	value V
	size  int64
}

type making[V any] struct {
	done  chan struct{}
	value V
	err   error
}

// NewMemory makes a memory of limit bytes; size says how many a value takes.
func NewMemory[V any](limit int64, size func(V) int64) *Memory[V] {
	return &Memory[V]{limit: limit, size: size, byKey: map[Key]*list.Element{}, recent: list.New(), making: map[Key]*making[V]{}}
}

// Get gives the value of a key, and makes it when it is not there. An error is not kept.
func (m *Memory[V]) Get(k Key, create func() (V, error)) (V, error) {
	if m == nil {
		return create()
	}
	m.mu.Lock()
	if e, ok := m.byKey[k]; ok {
		m.recent.MoveToFront(e)
		m.mu.Unlock()
		return e.Value.(*held[V]).value, nil
	}
	if other, ok := m.making[k]; ok {
		m.mu.Unlock()
		<-other.done
		return other.value, other.err
	}
	mine := &making[V]{done: make(chan struct{}), err: errAbandoned}
	m.making[k] = mine
	m.mu.Unlock()
	defer func() { // also when create panics
		m.mu.Lock()
		delete(m.making, k)
		if mine.err == nil {
			m.keep(k, mine.value)
		}
		m.mu.Unlock()
		close(mine.done)
	}()
	mine.value, mine.err = create()
	return mine.value, mine.err
}

func (m *Memory[V]) keep(k Key, v V) {
	h := &held[V]{k, v, m.size(v)}
	if h.size > m.limit {
		return
	}
	m.byKey[k] = m.recent.PushFront(h)
	m.used += h.size
	for m.used > m.limit {
		last := m.recent.Remove(m.recent.Back()).(*held[V])
		delete(m.byKey, last.key)
		m.used -= last.size
	}
}
