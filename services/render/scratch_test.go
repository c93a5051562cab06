package render

import (
	"errors"
	"os"
	"path/filepath"
	"testing"
)

func TestScratchOfDeadProcessesIsRemoved(t *testing.T) {
	root := t.TempDir()
	dead, err := openScratch(root)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := dead.folder(); err != nil {
		t.Fatal(err)
	}
	dead.lock.Close() // as the end of a process does
	alive, err := openScratch(root)
	if err != nil {
		t.Fatal(err)
	}
	defer alive.close()
	third, err := openScratch(root)
	if err != nil {
		t.Fatal(err)
	}
	third.close()
	for dir, want := range map[string]bool{dead.dir: false, alive.dir: true, third.dir: false} {
		if _, err := os.Stat(dir); (err == nil) != want || err != nil && !errors.Is(err, os.ErrNotExist) {
			t.Errorf("%s: %v, want it there: %v", filepath.Base(dir), err, want)
		}
	}
}
