package wake

import "testing"

func woken(c <-chan struct{}) bool {
	select {
	case <-c:
		return true
	default:
		return false
	}
}

func TestBroadcastWakesThoseOfItsTopics(t *testing.T) {
	var h Hub
	a, b, c := h.Wait("a"), h.Wait("b"), h.Wait("c")
	if h.Wait("a") != a {
		t.Error("two who wait for a topic get two channels")
	}
	h.Broadcast("a", "b", "nobody's")
	if !woken(a) || !woken(b) || woken(c) {
		t.Errorf("woken: a %v, b %v, c %v; want a and b", woken(a), woken(b), woken(c))
	}
	again := h.Wait("a")
	if woken(again) {
		t.Error("woken by what was before")
	}
	h.BroadcastAll()
	if !woken(again) || !woken(c) {
		t.Error("not everybody was woken")
	}
}

func TestTopicsAreForgottenWithTheirLastWatcher(t *testing.T) {
	var h Hub
	leave, leaveToo := h.Watch("a"), h.Watch("a")
	first := h.Wait("a")
	leave()
	leave() // once more changes nothing
	if woken(first) {
		t.Error("woken although another one watches")
	}
	h.Broadcast("a")
	if !woken(first) {
		t.Error("not woken")
	}
	second := h.Wait("a")
	leaveToo()
	if !woken(second) || len(h.topics) != 0 || len(h.watchers) != 0 {
		t.Errorf("left: %v, %v", h.topics, h.watchers)
	}
	h.Wait("plain")
	h.Broadcast("plain")
	if len(h.topics) != 0 {
		t.Errorf("left: %v", h.topics)
	}
}
