package render

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
)

const (
	scratchPrefix = "sheetreel-render-"
	scratchLock   = "lock"
)

// scratch is this process's folder of unfinished files. It is locked while the process lives, so that the next one
// can tell what a killed one has left behind, and remove it.
type scratch struct {
	dir  string
	lock *os.File
}

// openScratch makes the folder below root, after removing what dead processes left there.
func openScratch(root string) (*scratch, error) {
	s, err := makeScratch(root)
	if err != nil {
		return nil, fmt.Errorf("scratch folder: %w", err)
	}
	return s, nil
}

func makeScratch(root string) (*scratch, error) {
	if err := os.MkdirAll(root, 0o700); err != nil {
		return nil, err
	}
	// One process at a time: a folder that is made but not locked yet must not look left behind.
	gate, err := lock(filepath.Join(root, scratchPrefix+scratchLock), syscall.LOCK_EX)
	if err != nil {
		return nil, err
	}
	defer gate.Close()
	old, err := os.ReadDir(root)
	if err != nil {
		return nil, err
	}
	for _, entry := range old {
		if entry.IsDir() && strings.HasPrefix(entry.Name(), scratchPrefix) {
			removeDead(filepath.Join(root, entry.Name()))
		}
	}
	dir, err := os.MkdirTemp(root, scratchPrefix)
	if err != nil {
		return nil, err
	}
	own, err := lock(filepath.Join(dir, scratchLock), syscall.LOCK_EX)
	if err != nil {
		return nil, errors.Join(err, os.RemoveAll(dir))
	}
	return &scratch{dir: dir, lock: own}, nil
}

// removeDead removes a folder whose process is gone. Trouble is no reason not to work: it is another's folder.
func removeDead(dir string) {
	f, err := lock(filepath.Join(dir, scratchLock), syscall.LOCK_EX|syscall.LOCK_NB)
	if err != nil {
		return
	}
	defer f.Close()
	_ = os.RemoveAll(dir)
}

// lock opens a file and locks it until it is closed or its process ends.
func lock(path string, how int) (*os.File, error) {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, err
	}
	if err := syscall.Flock(int(f.Fd()), how); err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return f, nil
}

// close removes the folder with all that is in it.
func (s *scratch) close() {
	_ = os.RemoveAll(s.dir) // what stays, the next process removes
	s.lock.Close()
}

// folder makes a folder for one attempt.
func (s *scratch) folder() (attemptFolder, error) {
	path, err := os.MkdirTemp(s.dir, "attempt-")
	return attemptFolder{path}, err
}

// attemptFolder is the folder of one attempt.
type attemptFolder struct{ path string }

func (f attemptFolder) remove() { _ = os.RemoveAll(f.path) }

// hide takes the folder's path out of an error's text: callers see it, and it tells them nothing.
func (f attemptFolder) hide(err error) error {
	if err == nil || !strings.Contains(err.Error(), f.path) {
		return err
	}
	return &pathless{err: err, path: f.path}
}

type pathless struct {
	err  error
	path string
}

func (p *pathless) Error() string { return strings.ReplaceAll(p.err.Error(), p.path+"/", "") }
func (p *pathless) Unwrap() error { return p.err }
