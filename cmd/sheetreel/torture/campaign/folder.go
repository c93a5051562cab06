package campaign

import (
	"fmt"
	"os"
	"path/filepath"

	"github.com/sheetreel/sheetreel/cmd/sheetreel/torture/artifact"
)

// folder is where everything of a campaign is.
type folder string

// newFolder makes a folder. Others may enter it, because PostgreSQL runs as another user when we are root, but they
// cannot look around.
func newFolder() (folder, error) {
	path, err := os.MkdirTemp("", "sheetreel-torture-")
	if err != nil {
		return "", err
	}
	return folder(path), os.Chmod(path, 0o711)
}

// prepare makes what is in it.
func (f folder) prepare() error {
	for _, path := range []string{f.histories(), f.logs(), f.artifacts()} {
		if err := os.Mkdir(path, 0o700); err != nil {
			return fmt.Errorf("folder of the campaign: %w", err)
		}
	}
	return artifact.Prepare(f.artifacts())
}

func (f folder) histories() string          { return filepath.Join(string(f), "history") }
func (f folder) history(name string) string { return filepath.Join(f.histories(), name+".jsonl") }
func (f folder) logs() string               { return filepath.Join(string(f), "logs") }
func (f folder) log(name string) string     { return filepath.Join(f.logs(), name+".log") }
func (f folder) artifacts() string          { return filepath.Join(string(f), "artifacts") }
func (f folder) limits() string             { return filepath.Join(string(f), "limits.yaml") }
func (f folder) database() string           { return filepath.Join(string(f), "sheetreel.db") }
