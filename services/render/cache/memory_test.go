package cache_test

import (
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"

	"github.com/sheetreel/sheetreel/services/render/cache"
)

func TestMemory(t *testing.T) {
	made := ""
	m := cache.NewMemory(10, func(v string) int64 { return int64(len(v)) })
	get := func(v string) {
		t.Helper()
		got, err := m.Get(key(v), func() (string, error) { made += v + " "; return v, nil })
		if err != nil || got != v {
			t.Errorf("%s is %q, %v", v, got, err)
		}
	}
	for _, v := range []string{"aaaa", "bbbb", "aaaa", "cccc", "aaaa", "bbbb", "too long to be kept", "too long to be kept", "aaaa"} {
		get(v)
	}
	// Room is for two: b was not used for the longest time when c came, and c when b came again.
	if want := "aaaa bbbb cccc bbbb too long to be kept too long to be kept "; made != want {
		t.Errorf("made %q, want %q", made, want)
	}
	broken := errors.New("broken")
	for range 2 {
		if _, err := m.Get(key("x"), func() (string, error) { return "", broken }); !errors.Is(err, broken) {
			t.Errorf("error is %v", err)
		}
	}
	get("x")
}

func TestMemoryMakesOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := cache.NewMemory(10, func(int) int64 { return 1 })
		var made atomic.Int32
		gate := make(chan struct{})
		var all sync.WaitGroup
		for range 10 {
			all.Go(func() {
				v, err := m.Get(key("a"), func() (int, error) { made.Add(1); <-gate; return 7, nil })
				if v != 7 || err != nil {
					t.Errorf("got %d, %v", v, err)
				}
			})
		}
		synctest.Wait() // all wait for one
		close(gate)
		all.Wait()
		if made.Load() != 1 {
			t.Errorf("made %d times", made.Load())
		}
	})
}

func TestMemoryAfterPanic(t *testing.T) {
	m := cache.NewMemory(10, func(int) int64 { return 1 })
	func() {
		defer func() {
			if recover() == nil {
				t.Error("the panic is gone")
			}
		}()
		m.Get(key("a"), func() (int, error) { panic("broken") })
	}()
	if v, err := m.Get(key("a"), func() (int, error) { return 5, nil }); v != 5 || err != nil {
		t.Errorf("got %d, %v", v, err)
	}
}

func TestSize(t *testing.T) {
	for text, want := range map[string]cache.Size{"0": 0, "12": 12, "500MB": 500 << 20, " 10 gb ": 10 << 30, "1TB": 1 << 40, "3kb": 3 << 10} {
		var s cache.Size
		if err := s.UnmarshalText([]byte(text)); err != nil || s != want {
			t.Errorf("%q is %d, %v; want %d", text, s, err, want)
		}
	}
	for _, text := range []string{"", "GB", "-1", "1.5GB", "9999999TB", "12 apples", "9223372036854775807KB"} {
		var s cache.Size
		if err := s.UnmarshalText([]byte(text)); err == nil {
			t.Errorf("%q is %d", text, s)
		}
	}
}

func FuzzSize(f *testing.F) {
	f.Add("10GB")
	f.Fuzz(func(t *testing.T, text string) {
		var s, again cache.Size
		if s.UnmarshalText([]byte(text)) != nil {
			return
		}
		back, err := s.MarshalText()
		if err != nil || again.UnmarshalText(back) != nil || again != s || s < 0 {
			t.Errorf("%q is %d, then %s, then %d: %v", text, s, back, again, err)
		}
	})
}

func ExampleSize() {
	text, _ := cache.Size(10 << 30).MarshalText()
	fmt.Println(string(text))
	// Output: 10GB
}
