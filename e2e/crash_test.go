package e2e

import (
	"testing"

	schedulerv1 "github.com/sheetreel/sheetreel/gen/sheetreel/scheduler/v1"
)

// TestCrash kills everything in the middle of a batch and starts it again on the same folder.
func TestCrash(t *testing.T) {
	sheets := emulate(t, newSheet(t, short("a", "the first video"), long("b", "the second video"), long("c", "the third video")))
	data := t.TempDir()
	args := []string{"--workers", "1", "--lease-duration", "3s"}
	s := up(t, data, sheets, args...)
	job := s.create(t, "ana")

	s.watch(t, job.GetName(), func(told history) bool {
		return len(told.entered(schedulerv1.VideoJob_COMPLETED)) == 1 && len(told.running()) == 1
	})
	left := children(t, s.renderer.cmd.Process.Pid)
	before := s.videos(t, job.GetName())
	s.renderer.kill()

	s = up(t, data, sheets, args...)
	told := s.finish(t, job.GetName())
	after := s.videos(t, job.GetName())
	if state := s.get(t, job.GetName()).GetState(); state != schedulerv1.BulkJob_COMPLETED {
		t.Errorf("bulk job is %v; want COMPLETED", state)
	}
	completed := told.entered(schedulerv1.VideoJob_COMPLETED)
	for i, v := range after {
		if completed[v.GetName()] != 1 {
			t.Errorf("%s came %d times to COMPLETED; want 1", v.GetIdea().GetTitle(), completed[v.GetName()])
		}
		checkAttempts(t, before[i], v)
	}
	checkDownloads(t, s, after)
	eventually(t, "what the killed process left behind has ended", func() bool {
		for _, p := range left {
			if p.lives(t) {
				return false
			}
		}
		return true
	})
}

// checkAttempts compares a video job before and after a crash: what ran was tried again and says why, and nothing
// else was.
func checkAttempts(t *testing.T, before, after *schedulerv1.VideoJob) {
	t.Helper()
	title, want := after.GetIdea().GetTitle(), 1
	if before.GetState() == schedulerv1.VideoJob_IN_PROGRESS {
		want = 2
	}
	attempts := after.GetAttempts()
	if len(attempts) != want {
		t.Fatalf("%s took %d attempts; want %d: %v", title, len(attempts), want, attempts)
	}
	for i, a := range attempts {
		if a.GetEndTime() == nil {
			t.Errorf("attempt %d of %s has no end", a.GetNumber(), title)
		}
		if lost := i < want-1; lost != (a.GetError() != nil) {
			t.Errorf("attempt %d of %s ended with: %v", a.GetNumber(), title, a.GetError())
		}
	}
}
