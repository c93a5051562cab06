package e2e

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"
)

// root is the repository, seen from this folder.
const root = ".."

// programs gives the folder with the programs under test, which the first test that wants them builds.
var programs = sync.OnceValues(build)

// built is the folder, for TestMain to remove.
var built string

func TestMain(m *testing.M) {
	code := m.Run()
	if built != "" {
		os.RemoveAll(built)
	}
	os.Exit(code)
}

// build builds the programs as a user would.
func build() (string, error) {
	var err error
	built, err = os.MkdirTemp("", "sheetreel-e2e-")
	if err != nil {
		return "", err
	}
	ours := []string{
		module + "cmd/sheetreel",
		module + "services/gateway/cmd/sheetreel-gateway",
		module + "services/ingest/cmd/sheetreel-ingest",
		module + "services/ratelimit/cmd/sheetreel-ratelimit",
		module + "services/render/cmd/sheetreel-render",
		module + "services/scheduler/cmd/sheetreel-scheduler",
	}
	// The workspace builds ours; the tool module stands outside of it.
	if err := goBuild(root, "", ours...); err != nil {
		return "", err
	}
	return built, goBuild(filepath.Join(root, "tools", "grpcurl"), "off", "github.com/fullstorydev/grpcurl/cmd/grpcurl")
}

func goBuild(dir, work string, packages ...string) error {
	cmd := exec.Command("go", append([]string{"build", "-o", built + string(filepath.Separator)}, packages...)...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "GOWORK="+work)
	if output, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("build in %s: %w\n%s", dir, err, output)
	}
	return nil
}
