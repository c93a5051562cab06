package assets

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"time"
)

// shelf keeps files by the hash of their content in a folder, `aa/bb/<hash>`, and drops those that were not used for
// longest when they take more than its limit. Processes may share a folder: files come by rename and go by unlink, and what is
// handed out is a link of its own.
type shelf struct {
	dir  string
	most int64
	now  func() time.Time

	mu    sync.Mutex
	taken int64 // as far as this process knows
}

func openShelf(dir string, most int64) (*shelf, error) {
	s := &shelf{dir: dir, most: most, now: time.Now}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, err
	}
	return s, s.trim()
}

func (s *shelf) place(hash string) string {
	return filepath.Join(s.dir, hash[:2], hash[2:4], hash)
}

// add moves a file, which must be on the same disk, to its place.
func (s *shelf) add(file, hash string, size int64) error {
	place := s.place(hash)
	if err := os.MkdirAll(filepath.Dir(place), 0o700); err != nil {
		return err
	}
	now := s.now()
	if err := os.Chtimes(file, now, now); err != nil {
		return err
	}
	if err := os.Rename(file, place); err != nil {
		return err
	}
	s.mu.Lock()
	s.taken += size
	over := s.taken > s.most
	s.mu.Unlock()
	if over {
		return s.trim()
	}
	return nil
}

// link gives a file a second name, `to`, which stays when the shelf drops it. It is false when the file is not here, or not what
// it should be: then it is dropped. On another disk it is copied.
func (s *shelf) link(hash, to string) (bool, error) {
	place := s.place(hash)
	sum, err := digest(place)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return false, nil
	case err != nil:
		return false, err
	case sum != hash:
		return false, os.Remove(place)
	}
	now := s.now()
	if err := os.Chtimes(place, now, now); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return false, err
	}
	err = os.Link(place, to)
	switch {
	case err == nil, errors.Is(err, fs.ErrExist):
		return true, nil
	case errors.Is(err, fs.ErrNotExist):
		return false, nil
	}
	return true, copyFile(place, to)
}

func digest(path string) (string, error) {
	f, err := os.Open(path)
	if err != nil {
		return "", err
	}
	defer f.Close()
	sum := sha256.New()
	if _, err := io.Copy(sum, f); err != nil {
		return "", err
	}
	return hex.EncodeToString(sum.Sum(nil)), nil
}

func copyFile(from, to string) (err error) {
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer in.Close()
	out, err := os.OpenFile(to, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, out.Close()) }()
	_, err = io.Copy(out, in)
	return err
}

type shelved struct {
	path string
	size int64
	used time.Time
}

// trim counts what is there, and drops the files that were not used for longest until nine tenths of the limit are kept.
func (s *shelf) trim() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	files, total, err := s.look()
	if err != nil {
		return fmt.Errorf("look through %s: %w", s.dir, err)
	}
	if total > s.most {
		slices.SortFunc(files, func(a, b shelved) int { return cmp.Or(a.used.Compare(b.used), cmp.Compare(a.path, b.path)) })
		for _, f := range files {
			if total <= s.most/10*9 {
				break
			}
			if err := os.Remove(f.path); err != nil && !errors.Is(err, fs.ErrNotExist) {
				return err
			}
			total -= f.size
		}
	}
	s.taken = total
	return nil
}

func (s *shelf) look() (files []shelved, total int64, err error) {
	err = filepath.WalkDir(s.dir, func(path string, entry fs.DirEntry, err error) error {
		if errors.Is(err, fs.ErrNotExist) { // another process dropped it
			return nil
		}
		if err != nil || entry.IsDir() {
			return err
		}
		info, err := entry.Info()
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		if err != nil {
			return err
		}
		files = append(files, shelved{path, info.Size(), info.ModTime()})
		total += info.Size()
		return nil
	})
	return files, total, err
}
