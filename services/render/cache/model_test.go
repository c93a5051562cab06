package cache_test

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/sheetreel/sheetreel/services/render/cache"
)

// model is what a cache should hold: keys by last use, the oldest first.
type model struct {
	contents map[string]string
	used     []string
}

func (m *model) use(k string) {
	m.used = append(slices.DeleteFunc(m.used, func(o string) bool { return o == k }), k)
}

// put keeps content, and forgets the oldest when there is more than room.
func (m *model) put(k, content string, header, room int) {
	m.contents[k] = content
	m.use(k)
	size := func() (n int) {
		for _, c := range m.contents {
			n += header + len(c)
		}
		return n
	}
	if size() <= room {
		return
	}
	for size() > room*9/10 {
		delete(m.contents, m.used[0])
		m.used = m.used[1:]
	}
}

// TestModel draws any order of uses, reopenings and damage: the cache has exactly what the model has.
func TestModel(t *testing.T) {
	const header, room = 56, 1000
	rapid.Check(t, func(r *rapid.T) {
		dir, err := os.MkdirTemp(t.TempDir(), "")
		if err != nil {
			r.Fatal(err)
		}
		now := time.Unix(1e9, 0)
		clock := func() time.Time { now = now.Add(time.Second); return now }
		open := func() *cache.Cache {
			c, err := cache.Open(cache.Config{Dir: dir, Size: room}, cache.Deps{Now: clock})
			if err != nil {
				r.Fatal(err)
			}
			return c
		}
		c, m, files := open(), model{contents: map[string]string{}}, 0
		file := func() string { files++; return filepath.Join(dir, fmt.Sprint("file", files)) }
		keys := rapid.SampledFrom([]string{"a", "b", "c", "d", "e", "f"})
		r.Repeat(map[string]func(*rapid.T){
			"put": func(r *rapid.T) {
				k, content := keys.Draw(r, "key"), strings.Repeat("x", rapid.IntRange(0, 300).Draw(r, "size"))
				src := file()
				if err := os.WriteFile(src, []byte(content), 0o600); err != nil {
					r.Fatal(err)
				}
				c.Put(t.Context(), key(k), src, 0)
				m.put(k, content, header, room)
			},
			"get": func(r *rapid.T) {
				k, dst := keys.Draw(r, "key"), file()
				want, there := m.contents[k]
				if _, ok := c.Get(t.Context(), key(k), dst); ok != there {
					r.Fatalf("%s is there: %v, want %v", k, ok, there)
				}
				if !there {
					return
				}
				m.use(k)
				if data, err := os.ReadFile(dst); err != nil || string(data) != want {
					r.Fatalf("%s is %q, %v", k, data, err)
				}
			},
			"reopen": func(*rapid.T) { c = open() },
		})
	})
}
