package encode

import (
	"context"
	"os"
	"os/exec"
	"sync"
)

// Versions remembers the version of an ffmpeg program as long as its file is the same.
type Versions struct {
	mu    sync.Mutex
	file  os.FileInfo
	known string
}

// Version is that of [Version].
func (v *Versions) Version(ctx context.Context, program string) (string, error) {
	v.mu.Lock()
	defer v.mu.Unlock()
	file := fileOf(program)
	if v.file != nil && file != nil && os.SameFile(v.file, file) && v.file.ModTime().Equal(file.ModTime()) {
		return v.known, nil
	}
	version, err := Version(ctx, program)
	if err != nil {
		return "", err
	}
	v.file, v.known = file, version
	return version, nil
}

// fileOf is a program's file; nil when there is none.
func fileOf(program string) os.FileInfo {
	if program == "" {
		program = "ffmpeg"
	}
	path, err := exec.LookPath(program)
	if err != nil {
		return nil
	}
	info, err := os.Stat(path)
	if err != nil {
		return nil
	}
	return info
}
