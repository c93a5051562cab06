package allinone

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/gofrs/flock"
)

// ErrLocked is returned when another process works in the data folder.
var ErrLocked = errors.New("another sheetreel works in this data folder")

// lock is a claim on a data folder. It ends with the process, however that ends.
type lock struct {
	flock *flock.Flock
	note  string // the file that says who holds the lock
}

// lockFolder makes the folder if it is missing and claims it. The lock is a file of its own, because on some
// systems nobody else can read a file that is locked.
func lockFolder(dir string) (*lock, error) {
	if err := os.MkdirAll(dir, 0o750); err != nil {
		return nil, fmt.Errorf("data folder: %w", err)
	}
	l := &lock{flock: flock.New(filepath.Join(dir, "lock"), flock.SetPermissions(0o640)), note: filepath.Join(dir, "pid")}
	ours, err := l.flock.TryLock()
	if err != nil {
		return nil, fmt.Errorf("data folder %s: lock: %w", dir, err)
	}
	if !ours {
		return nil, fmt.Errorf("data folder %s: %w%s; stop it first, or choose another folder with --data", dir, ErrLocked, holder(l.note))
	}
	if err := os.WriteFile(l.note, fmt.Appendf(nil, "%d\n", os.Getpid()), 0o640); err != nil {
		return nil, errors.Join(fmt.Errorf("data folder: %w", err), l.flock.Unlock())
	}
	return l, nil
}

// holder names the process that holds the lock, as far as it said.
func holder(note string) string {
	pid, err := os.ReadFile(note)
	if err != nil || strings.TrimSpace(string(pid)) == "" {
		return ""
	}
	return " (process " + strings.TrimSpace(string(pid)) + ")"
}

// release gives the folder free. The lock file stays: removing it could take it from under another process.
func (l *lock) release() error {
	return errors.Join(os.Remove(l.note), l.flock.Unlock())
}
