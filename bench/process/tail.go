package process

import "sync"

// kept is how much of what a program complains is kept.
const kept = 4 << 10

// tail keeps the last of what is written to it. The zero value is empty.
type tail struct {
	mu   sync.Mutex
	text []byte
}

func (t *tail) Write(p []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.text = append(t.text, p[max(0, len(p)-kept):]...)
	t.text = append(t.text[:0], t.text[max(0, len(t.text)-kept):]...)
	return len(p), nil
}

// String is the text on lines of its own, or nothing.
func (t *tail) String() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	if len(t.text) == 0 {
		return ""
	}
	return "\n" + string(t.text)
}
