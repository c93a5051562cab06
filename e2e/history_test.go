package e2e

import (
	"errors"
	"io"
	"testing"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	schedulerv1 "github.com/sheetreel/sheetreel/gen/sheetreel/scheduler/v1"
)

// history is what watchers were told of a bulk job, in the order in which they were told.
type history []*schedulerv1.JobEvent

// watch follows a bulk job until enough is true or the watch ends by itself, and gives all that it was told.
func (s *server) watch(t *testing.T, name string, enough func(history) bool) history {
	t.Helper()
	var told history
	token := ""
	for {
		stream, err := s.scheduler.WatchBulkJob(bounded(t), &schedulerv1.WatchBulkJobRequest{Name: name, ResumeToken: token})
		if err != nil {
			t.Fatalf("watch %s: %v", name, err)
		}
		for {
			message, err := stream.Recv()
			if errors.Is(err, io.EOF) {
				return told
			}
			if status.Code(err) == codes.Unavailable && token != "" {
				break // the connection's age, or a server that drains: come back with the token
			}
			if err != nil {
				t.Fatalf("watch %s: %v", name, err)
			}
			told = append(told, message.GetEvents()...)
			token = message.GetResumeToken()
			if enough(told) {
				return told
			}
		}
	}
}

// finish follows a bulk job to its end.
func (s *server) finish(t *testing.T, name string) history {
	t.Helper()
	told := s.watch(t, name, func(history) bool { return false })
	told.mustBeWhole(t)
	return told
}

// mustBeWhole checks that every event is there exactly once and in order: 1, 2, 3, ...
func (h history) mustBeWhole(t *testing.T) {
	t.Helper()
	if len(h) == 0 {
		t.Error("no events")
	}
	for i, e := range h {
		if e.GetSequence() != int64(i)+1 {
			t.Fatalf("event %d has sequence %d; want every one exactly once", i+1, e.GetSequence())
		}
	}
}

// entered counts how often each video job came into a state.
func (h history) entered(state schedulerv1.VideoJob_State) map[string]int {
	times := map[string]int{}
	for _, e := range h {
		if e.GetType() == schedulerv1.JobEvent_VIDEO_JOB_STATE_CHANGED && e.GetVideoJobState() == state {
			times[e.GetVideoJob()]++
		}
	}
	return times
}

// running lists the video jobs that render after the last event.
func (h history) running() []string {
	last := map[string]schedulerv1.VideoJob_State{}
	for _, e := range h {
		if e.GetVideoJob() != "" {
			last[e.GetVideoJob()] = e.GetVideoJobState()
		}
	}
	var names []string
	for name, state := range last {
		if state == schedulerv1.VideoJob_IN_PROGRESS {
			names = append(names, name)
		}
	}
	return names
}
