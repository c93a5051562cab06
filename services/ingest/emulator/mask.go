package emulator

import (
	"errors"
	"fmt"
	"strings"
)

// mask is a parsed `fields` parameter: what to keep of an object. A nil mask keeps everything.
type mask map[string]mask

// schema is what an object may hold; nil below a name means that it has no fields of its own, "*" that it may
// have any.
type schema map[string]schema

const (
	maxMaskBytes = 8 << 10
	maxMaskDepth = 16
)

// parseMask reads "a,b.c,d/e,f(g,h(i))" and "*".
func parseMask(text string) (mask, error) {
	if len(text) > maxMaskBytes {
		return nil, errors.New("too long")
	}
	p := &maskParser{rest: text}
	m, err := p.list(0)
	if err == nil && p.rest != "" {
		err = fmt.Errorf("unexpected %q", p.rest[:1])
	}
	return m, err
}

type maskParser struct{ rest string }

func (p *maskParser) list(depth int) (mask, error) {
	if depth > maxMaskDepth {
		return nil, errors.New("too deep")
	}
	m := mask{}
	for {
		if err := p.path(m, depth); err != nil {
			return nil, err
		}
		if !p.take(",") {
			return m, nil
		}
	}
}

// path reads one path into m.
func (p *maskParser) path(m mask, depth int) error {
	n := strings.IndexFunc(p.rest, func(r rune) bool { return strings.ContainsRune(",./()", r) })
	if n < 0 {
		n = len(p.rest)
	}
	name := strings.TrimSpace(p.rest[:n])
	p.rest = p.rest[n:]
	if name == "" {
		return errors.New("a name is missing")
	}
	if depth > maxMaskDepth {
		return errors.New("too deep")
	}
	switch {
	case p.take("."), p.take("/"):
		below := mask{}
		if err := p.path(below, depth+1); err != nil {
			return err
		}
		m.add(name, below)
	case p.take("("):
		below, err := p.list(depth + 1)
		if err != nil {
			return err
		}
		if !p.take(")") {
			return errors.New("a parenthesis is not closed")
		}
		m.add(name, below)
	default:
		m.add(name, nil)
	}
	return nil
}

func (p *maskParser) take(token string) bool {
	rest, found := strings.CutPrefix(p.rest, token)
	p.rest = rest
	return found
}

// add merges what a path keeps; everything wins over a part.
func (m mask) add(name string, below mask) {
	old, known := m[name]
	if below == nil || (known && old == nil) {
		m[name] = nil
		return
	}
	if !known {
		m[name] = below
		return
	}
	for child, more := range below {
		old.add(child, more)
	}
}

// check finds a path that the schema does not have.
func (m mask) check(s schema, prefix string) (unknown string, ok bool) {
	if _, open := s["*"]; open {
		return "", true
	}
	for name, below := range m {
		path := prefix + name
		if name == "*" && len(below) == 0 {
			continue
		}
		child, known := s[name]
		if !known {
			return path, false
		}
		if unknown, ok := below.check(child, path+"."); !ok {
			return unknown, false
		}
	}
	return "", true
}

// apply keeps of a decoded value what the mask names.
func (m mask) apply(value any) any {
	if _, all := m["*"]; m == nil || all {
		return value
	}
	switch v := value.(type) {
	case map[string]any:
		kept := map[string]any{}
		for name, below := range m {
			if child, ok := v[name]; ok {
				kept[name] = below.apply(child)
			}
		}
		return kept
	case []any:
		kept := make([]any, len(v))
		for i := range v {
			kept[i] = m.apply(v[i])
		}
		return kept
	}
	return value
}
