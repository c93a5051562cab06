package e2e

import (
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"google.golang.org/protobuf/types/known/durationpb"

	schedulerv1 "github.com/sheetreel/sheetreel/gen/sheetreel/scheduler/v1"
)

// TestPause pauses a bulk job while a video renders, and resumes it.
func TestPause(t *testing.T) {
	s := allInOne(t, newSheet(t, endless("a", "the endless video"), short("b", "the short video")), "--workers", "1")
	job := s.createSlow(t, "ana")
	caught := s.catch(t, job.GetName())

	paused, err := s.scheduler.PauseBulkJob(bounded(t), &schedulerv1.PauseBulkJobRequest{Name: job.GetName()})
	if err != nil {
		t.Fatal(err)
	}
	if paused.GetState() != schedulerv1.BulkJob_PAUSED {
		t.Errorf("bulk job is %v; want PAUSED", paused.GetState())
	}
	videos := s.videos(t, job.GetName())
	for _, v := range videos {
		if v.GetState() != schedulerv1.VideoJob_QUEUED {
			t.Errorf("%s is %v; want QUEUED", v.GetIdea().GetTitle(), v.GetState())
		}
	}
	s.quiet(t, caught)

	if _, err := s.scheduler.ResumeBulkJob(bounded(t), &schedulerv1.ResumeBulkJobRequest{Name: job.GetName()}); err != nil {
		t.Fatal(err)
	}
	endless, other := videos[0].GetName(), videos[1].GetName()
	s.watch(t, job.GetName(), func(told history) bool { // it keeps its place, so it renders first again
		return told.entered(schedulerv1.VideoJob_IN_PROGRESS)[endless] == 2
	})
	if _, err := s.scheduler.CancelVideoJob(bounded(t), &schedulerv1.CancelVideoJobRequest{Name: endless}); err != nil {
		t.Fatal(err)
	}
	told := s.finish(t, job.GetName())
	if n := told.entered(schedulerv1.VideoJob_IN_PROGRESS)[endless]; n != 2 {
		t.Errorf("the endless video was begun %d times; want 2", n)
	}
	if n := told.entered(schedulerv1.VideoJob_COMPLETED)[other]; n != 1 {
		t.Errorf("the short video came %d times to COMPLETED; want 1", n)
	}
	if state := s.get(t, job.GetName()).GetState(); state != schedulerv1.BulkJob_COMPLETED {
		t.Errorf("bulk job is %v; want COMPLETED", state)
	}
}

// TestCancel cancels a bulk job whose videos would render for much longer than the test waits.
func TestCancel(t *testing.T) {
	s := allInOne(t, newSheet(t, endless("a", "the first video"), endless("b", "the second video"), endless("c", "the third video")))
	job := s.createSlow(t, "ana")
	caught := s.catch(t, job.GetName())

	asked := time.Now()
	cancelled, err := s.scheduler.CancelBulkJob(bounded(t), &schedulerv1.CancelBulkJobRequest{Name: job.GetName()})
	if err != nil {
		t.Fatal(err)
	}
	if cancelled.GetState() != schedulerv1.BulkJob_CANCELLED {
		t.Errorf("bulk job is %v; want CANCELLED", cancelled.GetState())
	}
	told := s.finish(t, job.GetName())
	for _, v := range s.videos(t, job.GetName()) {
		if v.GetState() != schedulerv1.VideoJob_CANCELLED || len(v.GetArtifacts()) > 0 {
			t.Errorf("%s is %v with %d files; want CANCELLED without", v.GetIdea().GetTitle(), v.GetState(), len(v.GetArtifacts()))
		}
	}
	last := told[len(told)-1]
	t.Logf("the last event came %v after the request", last.GetEventTime().AsTime().Sub(asked))
	if n := len(told.entered(schedulerv1.VideoJob_CANCELLED)); n != 3 {
		t.Errorf("%d videos came to CANCELLED; want 3", n)
	}
	s.quiet(t, caught)
	t.Logf("the renders were gone %v after the request", time.Since(asked))
}

// TestRetry cancels one video and makes it after all, and lets a sheet that was empty be read again.
func TestRetry(t *testing.T) {
	table := newSheet(t, long("a", "the first video"), short("b", "the second video"))
	s := allInOne(t, table)

	t.Run("cancelled video", func(t *testing.T) {
		job := s.create(t, "ana")
		s.watch(t, job.GetName(), func(told history) bool { return len(told.running()) > 0 })
		first := s.videos(t, job.GetName())[0].GetName()
		if _, err := s.scheduler.CancelVideoJob(bounded(t), &schedulerv1.CancelVideoJobRequest{Name: first}); err != nil {
			t.Fatal(err)
		}
		if _, err := s.scheduler.RetryVideoJob(bounded(t), &schedulerv1.RetryVideoJobRequest{Name: first}); err != nil {
			t.Fatal(err)
		}
		told := s.finish(t, job.GetName())
		if n := told.entered(schedulerv1.VideoJob_CANCELLED)[first]; n != 1 {
			t.Errorf("it came %d times to CANCELLED; want 1", n)
		}
		for _, v := range s.videos(t, job.GetName()) {
			if n := told.entered(schedulerv1.VideoJob_COMPLETED)[v.GetName()]; n != 1 {
				t.Errorf("%s came %d times to COMPLETED; want 1", v.GetIdea().GetTitle(), n)
			}
		}
	})

	t.Run("sheet without a valid row", func(t *testing.T) {
		table.write(t, short("a", ""))
		job := s.create(t, "ben")
		s.finish(t, job.GetName())
		if failed := s.get(t, job.GetName()); failed.GetState() != schedulerv1.BulkJob_FAILED || failed.GetError().GetMessage() == "" {
			t.Fatalf("bulk job is %v with error %v; want FAILED with a reason", failed.GetState(), failed.GetError())
		}
		table.write(t, short("a", "the first video"))
		if _, err := s.scheduler.RetryBulkJob(bounded(t), &schedulerv1.RetryBulkJobRequest{Name: job.GetName()}); err != nil {
			t.Fatal(err)
		}
		s.finish(t, job.GetName())
		done := s.get(t, job.GetName())
		if done.GetState() != schedulerv1.BulkJob_COMPLETED || done.GetProgress().GetCompletedCount() != 1 {
			t.Errorf("bulk job is %v with %d videos; want COMPLETED with 1", done.GetState(), done.GetProgress().GetCompletedCount())
		}
	})
}

// TestDeadLetter loses an encoder: the video gives up with a reason, and is made once the encoder is back.
func TestDeadLetter(t *testing.T) {
	sheets, data := emulate(t, newSheet(t, short("a", "the first video"))), t.TempDir()
	s := up(t, data, sheets, "--ffmpeg", filepath.Join(t.TempDir(), "ffmpeg"))
	request := createRequest("ana")
	request.BulkJob.RetryPolicy = &schedulerv1.RetryPolicy{MaxAttempts: 2, InitialBackoff: durationpb.New(10 * time.Millisecond)}
	job := s.createOf(t, request)
	told := s.finish(t, job.GetName())
	video := s.videos(t, job.GetName())[0]
	if video.GetState() != schedulerv1.VideoJob_FAILED || !strings.Contains(video.GetError().GetMessage(), "ffmpeg") {
		t.Errorf("the video is %v because of %v; want FAILED because of ffmpeg", video.GetState(), video.GetError())
	}
	if n := told.entered(schedulerv1.VideoJob_RETRYING)[video.GetName()]; n != 1 || len(video.GetAttempts()) != 2 {
		t.Errorf("the video was tried %d times, after %d waits; want 2 after 1", len(video.GetAttempts()), n)
	}
	letters := s.deadLetters(t)
	if len(letters) != 1 || letters[0].GetVideoJob() != video.GetName() {
		t.Fatalf("dead letters are %v; want the one of %s", letters, video.GetName())
	}
	s.stop(t)

	s = up(t, data, sheets)
	if _, err := s.scheduler.RetryBulkJob(bounded(t), &schedulerv1.RetryBulkJobRequest{Name: job.GetName()}); err != nil {
		t.Fatal(err)
	}
	told = s.finish(t, job.GetName())
	if n := told.entered(schedulerv1.VideoJob_COMPLETED)[video.GetName()]; n != 1 {
		t.Errorf("the video came %d times to COMPLETED; want 1", n)
	}
	if letters := s.deadLetters(t); len(letters) > 0 {
		t.Errorf("dead letters that are left: %v", letters)
	}
}

func (s *server) deadLetters(t *testing.T) []*schedulerv1.DeadLetter {
	t.Helper()
	list, err := s.scheduler.ListDeadLetters(bounded(t), &schedulerv1.ListDeadLettersRequest{Parent: project})
	if err != nil {
		t.Fatal(err)
	}
	return list.GetDeadLetters()
}

// catch waits until a video of a bulk job is drawn and encoded, and gives its encoders.
func (s *server) catch(t *testing.T, name string) []program {
	t.Helper()
	// Before the frames there are encoders too, but they end by themselves.
	s.watch(t, name, func(told history) bool {
		last := told[max(0, len(told)-1):]
		return len(last) > 0 && last[0].GetProgress().GetStage() == "frames"
	})
	var caught []program
	eventually(t, "an encoder runs", func() bool {
		caught = encoders(t, s.renderer.cmd.Process.Pid)
		return len(caught) > 0
	})
	return caught
}

// quietBound is far less than the renders would need, and less than a worker needs that was told nothing and only
// stops because its lease is over.
const quietBound = 10 * time.Second

// quiet waits until the renders that were caught are gone, and no other has come.
func (s *server) quiet(t *testing.T, caught []program) {
	t.Helper()
	within(t, quietBound, "the encoders have ended", func() bool {
		return len(encoders(t, s.renderer.cmd.Process.Pid)) == 0 &&
			!slices.ContainsFunc(caught, func(p program) bool { return p.lives(t) })
	})
}
