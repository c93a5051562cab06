// Package wake tells waiting calls of this process that something changed. It carries no data and may wake for
// nothing: whoever wakes reads the store again. It is never needed for correctness, only for speed.
package wake

import "sync"

// Hub is a set of topics. The zero value is ready.
type Hub struct {
	mu       sync.Mutex
	topics   map[string]chan struct{}
	watchers map[string]int // of topics that come and go
}

// Watch is for those who wait for one of a great many topics, and comes before Wait. When the last of them has left,
// the topic is forgotten.
func (h *Hub) Watch(topic string) (leave func()) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.watchers == nil {
		h.watchers = map[string]int{}
	}
	h.watchers[topic]++
	return sync.OnceFunc(func() {
		h.mu.Lock()
		defer h.mu.Unlock()
		if h.watchers[topic]--; h.watchers[topic] > 0 {
			return
		}
		delete(h.watchers, topic)
		if c, ok := h.topics[topic]; ok {
			close(c) // should anybody wait who does not watch
			delete(h.topics, topic)
		}
	})
}

// Wait gives a channel that is closed at the next Broadcast of the topic. Take it before reading the store, so
// that a change in between is not missed.
func (h *Hub) Wait(topic string) <-chan struct{} {
	h.mu.Lock()
	defer h.mu.Unlock()
	c, ok := h.topics[topic]
	if !ok {
		if h.topics == nil {
			h.topics = map[string]chan struct{}{}
		}
		c = make(chan struct{})
		h.topics[topic] = c
	}
	return c
}

// Broadcast wakes everybody who waits for one of the topics.
func (h *Hub) Broadcast(topics ...string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, t := range topics {
		if c, ok := h.topics[t]; ok {
			close(c)
			delete(h.topics, t)
		}
	}
}

// BroadcastAll wakes everybody.
func (h *Hub) BroadcastAll() {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, c := range h.topics {
		close(c)
	}
	clear(h.topics)
}
