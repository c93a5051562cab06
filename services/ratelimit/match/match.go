package match

import (
	"time"

	"github.com/sheetreel/sheetreel/services/ratelimit/engine"
	"github.com/sheetreel/sheetreel/services/ratelimit/rule"
)

// Scratch is memory that matching works in. Its zero value is ready. One goroutine uses it at a time.
type Scratch struct {
	lines []engine.Line
	keys  []byte
	ends  []int
}

// Reset makes the memory free for use again: the lines that were found with it are no longer valid.
func (s *Scratch) Reset() { s.lines, s.keys = s.lines[:0], s.keys[:0] }

// Match finds the limits that count a call, by the names of their rules. The lines are valid until the scratch is reset,
// so calls of one batch can be matched one after the other. A call that has nothing to limit gets none.
func (s *Set) Match(descriptors map[string]string, now time.Time, scratch *Scratch) []engine.Line {
	entries, ok := s.byAction[descriptors[action]]
	if !ok {
		entries = s.others
	}
	first := len(scratch.lines)
	scratch.ends = scratch.ends[:0]
	start := len(scratch.keys)
	for _, e := range entries {
		if !e.matches(descriptors) {
			continue
		}
		keys, ok := e.appendKey(scratch.keys, descriptors)
		scratch.keys = keys
		if !ok {
			continue
		}
		line := engine.Line{Limit: e.limit}
		if e.tagged {
			line.Tag = descriptors[project]
		}
		if len(e.shapes) > 0 {
			line.Limit, scratch.keys = e.inForce(scratch.keys, descriptors, now)
		}
		scratch.lines = append(scratch.lines, line)
		scratch.ends = append(scratch.ends, len(scratch.keys))
	}
	// The keys are cut out at the end, since the buffer may have moved while it grew.
	found := scratch.lines[first:len(scratch.lines):len(scratch.lines)]
	for i := range found {
		found[i].Key = scratch.keys[start:scratch.ends[i]:scratch.ends[i]]
		start = scratch.ends[i]
	}
	return found
}

// matches tells whether an entry that was looked up by its action matches the rest.
func (e *entry) matches(descriptors map[string]string) bool {
	for i := range e.more {
		if value, ok := descriptors[e.more[i].name]; !ok || value != e.more[i].value {
			return false
		}
	}
	for _, name := range e.any {
		if _, ok := descriptors[name]; !ok {
			return false
		}
	}
	return true
}

// appendKey writes the key of a call after what buf holds; not ok when the call lacks one of the rule's keys.
func (e *entry) appendKey(buf []byte, descriptors map[string]string) ([]byte, bool) {
	start := len(buf)
	for i, name := range e.rule.Keys {
		value, ok := descriptors[name]
		if !ok {
			return buf[:start], false
		}
		if i > 0 {
			buf = append(buf, ',')
		}
		buf = rule.AppendPart(buf, name, value)
	}
	return buf, true
}

// inForce is the limit for a call: that of the most specific override that counts now, or else the rule's own. It
// works behind the end of buf, and gives the buffer back as long as it was.
func (e *entry) inForce(buf []byte, descriptors map[string]string, now time.Time) (*rule.Limit, []byte) {
	end := len(buf)
	for i := range e.shapes {
		buf = e.shapes[i].appendKey(buf[:end], e.rule.Keys, descriptors)
		if o, ok := e.shapes[i].byKey[string(buf[end:])]; ok && !o.Expired(now) {
			return o.limit, buf[:end]
		}
	}
	return e.limit, buf[:end]
}

func (s *shape) appendKey(buf []byte, keys []string, descriptors map[string]string) []byte {
	for i, place := range s.places {
		if i > 0 {
			buf = append(buf, ',')
		}
		buf = rule.AppendPart(buf, keys[place], descriptors[keys[place]])
	}
	return buf
}
