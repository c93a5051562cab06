package studio_test

import (
	"bytes"
	"context"
	"errors"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"

	"github.com/sheetreel/sheetreel/services/render/provider"
	"github.com/sheetreel/sheetreel/services/render/studio"
)

// victim is the environment variable that makes this test a worker that is going to be killed: its folder.
const victim = "SHEETREEL_TEST_VICTIM"

// TestKilledRenderGoesOn kills a worker with a signal that it cannot handle, in its second chunk. Nothing runs on, and
// another worker makes the rest.
func TestKilledRenderGoesOn(t *testing.T) {
	if dir := os.Getenv(victim); dir != "" {
		renderUntilKilled(t, dir)
		return
	}
	dir := t.TempDir()
	if err := syscall.Mkfifo(filepath.Join(dir, "second"), 0o600); err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestKilledRenderGoesOn$", "-test.count=1")
	cmd.Env = append(os.Environ(), victim+"="+dir)
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	if _, err := os.ReadFile(filepath.Join(dir, "second")); err != nil { // until the second encoder opens it
		t.Fatal(err)
	}
	if len(runningIn(dir)) == 0 {
		t.Error("no encoder runs")
	}
	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = cmd.Wait() // it says that it was killed
	for len(runningIn(dir)) > 0 {
		runtime.Gosched()
	}

	kept := openCache(t, filepath.Join(dir, "cache"))
	result, data := video(t, studio.New(studio.Config{}, studio.Deps{Speech: hum{}, Cache: kept}), small())
	if r := result.Receipt; r.GetReusedSceneCount() != 1 || r.GetRenderedSceneCount() != 2 {
		t.Errorf("%d scenes reused, %d rendered", r.GetReusedSceneCount(), r.GetRenderedSceneCount())
	}
	if _, whole := video(t, studio.New(studio.Config{}, studio.Deps{Speech: hum{}}), small()); !bytes.Equal(data, whole) {
		t.Error("the video is another than one that was rendered at once")
	}
}

// once is an ffmpeg that encodes one chunk, says so when it shall encode a second, and then hangs.
const once = `#!/bin/sh
case "$*" in *rawvideo*)
	mkdir first 2>/dev/null || { : >../second; exec sleep 1000; } ;;
esac
exec ffmpeg "$@"
`

// renderUntilKilled renders for ever.
func renderUntilKilled(t *testing.T, dir string) {
	work, program := filepath.Join(dir, "work"), filepath.Join(dir, "once")
	if err := errors.Join(os.Mkdir(work, 0o700), os.WriteFile(program, []byte(once), 0o700)); err != nil {
		t.Fatal(err)
	}
	s := studio.New(studio.Config{FFmpeg: program, Encoders: 1}, studio.Deps{Speech: hum{}, Cache: openCache(t, filepath.Join(dir, "cache"))})
	_, err := s.Render(t.Context(), provider.Request{Storyboard: small(), Dir: work})
	t.Fatalf("not killed: %v", err)
}

// TestCancelAnywhere stops renders at points that a seed chooses: no program runs on, and the cache has nothing half.
func TestCancelAnywhere(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	kept := t.TempDir()
	for range 3 {
		at, dir := 100*random.Float64(), t.TempDir()
		ctx, cancel := context.WithCancel(t.Context())
		s := studio.New(studio.Config{}, studio.Deps{Speech: hum{}, Cache: openCache(t, kept)})
		sb := small()
		sb.Theme.Seed = random.Uint64() // nothing of it is in the cache
		_, err := s.Render(ctx, provider.Request{Storyboard: sb, Dir: dir, Progress: func(p provider.Progress) {
			if p.Percent >= at {
				cancel()
			}
		}})
		cancel()
		if err != nil && !errors.Is(err, context.Canceled) {
			t.Errorf("cancelled at %.0f %%: %v", at, err)
		}
		if left := runningIn(dir); len(left) > 0 {
			t.Errorf("cancelled at %.0f %%: %v run on", at, left)
		}
	}
	if left := filesIn(t, filepath.Join(kept, "tmp")); len(left) > 0 {
		t.Errorf("left in the cache: %v", left)
	}
}

// runningIn are the processes whose working folder is dir or below.
func runningIn(dir string) (pids []string) {
	links, _ := filepath.Glob("/proc/[0-9]*/cwd")
	for _, link := range links {
		if cwd, err := os.Readlink(link); err == nil && strings.HasPrefix(cwd, dir) {
			pids = append(pids, link)
		}
	}
	return pids
}
