package cache_test

import (
	"bytes"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/sheetreel/sheetreel/services/render/cache"
)

// open opens a cache of a size in a folder.
func open(t *testing.T, cfg cache.Config) *cache.Cache {
	t.Helper()
	c, err := cache.Open(cfg, cache.Deps{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := c.Close(); err != nil {
			t.Error(err)
		}
	})
	return c
}

func put(t *testing.T, c *cache.Cache, k cache.Key, content string, cost time.Duration) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "content")
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	c.Put(t.Context(), k, path, cost)
}

// get gives the content of a key and what it cost.
func get(t *testing.T, c *cache.Cache, k cache.Key) (string, time.Duration, bool) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "content")
	cost, ok := c.Get(t.Context(), k, path)
	data, err := os.ReadFile(path)
	if ok != (err == nil) {
		t.Fatalf("found: %v, but %v", ok, err)
	}
	return string(data), cost, ok
}

func key(text string) cache.Key { return cache.KeyOf("test", []byte(text)) }

// entries are the files of a cache's folder, but for its lock.
func entries(t *testing.T, dir string) (paths []string, size int64) {
	t.Helper()
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err == nil && d.Type().IsRegular() && d.Name() != "lock" {
			info, err := d.Info()
			if err != nil {
				return err
			}
			paths, size = append(paths, path), size+info.Size()
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return paths, size
}

func TestGetGivesWhatWasPut(t *testing.T) {
	dir := t.TempDir()
	c := open(t, cache.Config{Dir: dir})
	if _, _, ok := get(t, c, key("a")); ok {
		t.Error("an empty cache has something")
	}
	put(t, c, key("a"), "film", time.Second)
	put(t, c, key("a"), "film", 2*time.Second) // again
	put(t, c, key("b"), "", 0)
	for _, other := range []*cache.Cache{c, open(t, cache.Config{Dir: dir})} {
		if content, cost, ok := get(t, other, key("a")); content != "film" || cost != 2*time.Second || !ok {
			t.Errorf("a is %q, cost %v, %v", content, cost, ok)
		}
		if content, _, ok := get(t, other, key("b")); content != "" || !ok {
			t.Errorf("b is %q, %v", content, ok)
		}
	}
}

func TestDamageIsAMiss(t *testing.T) {
	for name, damage := range map[string]func([]byte) []byte{
		"empty":     func([]byte) []byte { return nil },
		"cut":       func(b []byte) []byte { return b[:len(b)-1] },
		"longer":    func(b []byte) []byte { return append(b, 0) },
		"content":   func(b []byte) []byte { b[len(b)-1] ^= 1; return b },
		"length":    func(b []byte) []byte { b[8] = 0xff; return b },
		"cost":      func(b []byte) []byte { b[20]++; return b },
		"no header": func(b []byte) []byte { return bytes.Repeat([]byte("x"), len(b)) },
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			c := open(t, cache.Config{Dir: dir})
			put(t, c, key("a"), "film", time.Second)
			paths, _ := entries(t, dir)
			data, err := os.ReadFile(paths[0])
			if err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(paths[0], damage(data), 0o600); err != nil {
				t.Fatal(err)
			}
			if content, _, ok := get(t, c, key("a")); ok {
				t.Errorf("got %q", content)
			}
			if paths, _ := entries(t, dir); len(paths) != 0 {
				t.Errorf("stays: %v", paths)
			}
		})
	}
}

// TestOtherMachine shares a bucket between two folders.
func TestOtherMachine(t *testing.T) {
	bucket := t.TempDir()
	one, two := t.TempDir(), t.TempDir()
	put(t, open(t, cache.Config{Dir: one, Shared: bucket}), key("a"), "film", time.Second)
	c := open(t, cache.Config{Dir: two, Shared: bucket})
	if content, cost, ok := get(t, c, key("a")); content != "film" || cost != time.Second || !ok {
		t.Errorf("the other machine gets %q, %v, %v", content, cost, ok)
	}
	if err := os.RemoveAll(bucket); err != nil {
		t.Fatal(err)
	}
	if content, _, ok := get(t, c, key("a")); content != "film" || !ok {
		t.Errorf("it kept %q, %v", content, ok)
	}
	if _, _, ok := get(t, c, key("b")); ok {
		t.Error("a bucket that is gone has something")
	}
}

func TestDamageInTheBucketIsAMiss(t *testing.T) {
	bucket := t.TempDir()
	put(t, open(t, cache.Config{Dir: t.TempDir(), Shared: bucket}), key("a"), "film", 0)
	paths, _ := entries(t, bucket)
	if err := os.WriteFile(paths[0], []byte("garbage"), 0o600); err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	if content, _, ok := get(t, open(t, cache.Config{Dir: dir, Shared: bucket}), key("a")); ok {
		t.Errorf("got %q", content)
	}
	if paths, _ := entries(t, dir); len(paths) != 0 {
		t.Errorf("left behind: %v", paths)
	}
}

// TestTroubleIsAMiss takes the folder away while it is used.
func TestTroubleIsAMiss(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "cache")
	c := open(t, cache.Config{Dir: dir})
	if err := os.RemoveAll(dir); err != nil {
		t.Fatal(err)
	}
	put(t, c, key("a"), "film", 0)
	if _, _, ok := get(t, c, key("a")); ok {
		t.Error("kept in a folder that is gone")
	}
}

func TestNoCache(t *testing.T) {
	for _, cfg := range []cache.Config{{}, {Dir: cache.Off, Size: 5}} {
		c := open(t, cfg)
		put(t, c, key("a"), "film", 0)
		if _, _, ok := get(t, c, key("a")); ok {
			t.Error("no cache keeps something")
		}
	}
}

func TestTemporaryFilesOfDeadProcessesGo(t *testing.T) {
	dir := t.TempDir()
	open(t, cache.Config{Dir: dir})
	old, young := filepath.Join(dir, "tmp", "entry-1"), filepath.Join(dir, "tmp", "entry-2")
	for _, path := range []string{old, young} {
		if err := os.WriteFile(path, []byte("half"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	yesterday := time.Now().Add(-24 * time.Hour)
	if err := os.Chtimes(old, yesterday, yesterday); err != nil {
		t.Fatal(err)
	}
	open(t, cache.Config{Dir: dir})
	if paths, _ := entries(t, dir); len(paths) != 1 || paths[0] != young {
		t.Errorf("there are %v", paths)
	}
}

// TestManyAtOnce uses one folder through several caches, as processes do, with little room.
func TestManyAtOnce(t *testing.T) {
	dir := t.TempDir()
	const room = 4000
	content := func(n int) string { return string(bytes.Repeat([]byte{byte('a' + n)}, 300)) }
	var all sync.WaitGroup
	for range 4 {
		c := open(t, cache.Config{Dir: dir, Size: room})
		all.Go(func() {
			for i := range 60 {
				n := i * 7 % 20
				put(t, c, key(content(n)), content(n), 0)
				if got, _, ok := get(t, c, key(content(n))); ok && got != content(n) {
					t.Errorf("%c became %q", 'a'+n, got)
				}
			}
		})
	}
	all.Wait()
	if _, size := entries(t, dir); size > room+room/4 {
		t.Errorf("the folder has %d bytes", size)
	}
}

func FuzzDamage(f *testing.F) {
	f.Add([]byte("SRCACHE1"), uint16(3))
	f.Add(bytes.Repeat([]byte{0xff}, 60), uint16(8))
	f.Fuzz(func(t *testing.T, change []byte, at uint16) {
		dir := t.TempDir()
		c := open(t, cache.Config{Dir: dir})
		put(t, c, key("a"), "a film of some length", 0)
		paths, _ := entries(t, dir)
		data, err := os.ReadFile(paths[0])
		if err != nil {
			t.Fatal(err)
		}
		broken := append([]byte(nil), data...)
		broken = append(broken[:min(int(at), len(broken))], change...)
		if bytes.Equal(broken, data) {
			return
		}
		if err := os.WriteFile(paths[0], broken, 0o600); err != nil {
			t.Fatal(err)
		}
		if content, _, ok := get(t, c, key("a")); ok {
			t.Errorf("%q came out", content)
		}
	})
}
