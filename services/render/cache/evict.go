package cache

import (
	"cmp"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"syscall"
	"time"
)

const (
	// lookAgain is the part of the size after which a process looks at what others have added.
	lookAgain = 16
	// tempAge is how old a temporary file must be to belong to a process that is gone.
	tempAge = time.Hour
)

// kept is an entry as the folder lists it.
type kept struct {
	path string
	size int64
	used time.Time
}

// grow notes a new entry, and makes room when there is too much.
func (c *Cache) grow(size int64) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.used, c.added = c.used+size, c.added+size
	if c.used >= size && c.used <= c.size && c.added < c.size/lookAgain {
		return nil
	}
	return c.evict()
}

// evict looks at the folder and deletes what was not used for the longest time, down to nine tenths of the size. One
// process does so at a time; another's looking is as good as ours.
func (c *Cache) evict() error {
	gate, err := os.OpenFile(filepath.Join(c.dir, "lock"), os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return err
	}
	defer gate.Close() // and with it the lock
	if err := syscall.Flock(int(gate.Fd()), syscall.LOCK_EX); err != nil {
		return err
	}
	all, total, err := c.list()
	if err != nil {
		return err
	}
	if total > c.size {
		slices.SortFunc(all, func(a, b kept) int {
			return cmp.Or(a.used.Compare(b.used), cmp.Compare(a.path, b.path))
		})
		for _, e := range all {
			if total <= c.size*9/10 {
				break
			}
			if err := os.Remove(e.path); err != nil && !errors.Is(err, fs.ErrNotExist) {
				return err
			}
			total -= e.size
		}
	}
	c.used, c.added = total, 0
	return nil
}

// list lists all entries. What vanishes meanwhile is left out.
func (c *Cache) list() (all []kept, total int64, err error) {
	err = filepath.WalkDir(filepath.Join(c.dir, "cas"), func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return unlessGone(err)
		}
		info, err := d.Info()
		if err != nil {
			return unlessGone(err)
		}
		all = append(all, kept{path, info.Size(), info.ModTime()})
		total += info.Size()
		return nil
	})
	return all, total, err
}

func unlessGone(err error) error {
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}

// sweep removes temporary files of processes that are gone.
func (c *Cache) sweep() {
	entries, err := os.ReadDir(c.temporary())
	if err != nil {
		return // the next Put will say so
	}
	for _, e := range entries {
		if info, err := e.Info(); err == nil && c.now().Sub(info.ModTime()) > tempAge {
			_ = os.Remove(filepath.Join(c.temporary(), e.Name())) // another may have done it
		}
	}
}
