package client

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	errorsv1 "github.com/sheetreel/sheetreel/gen/sheetreel/errors/v1"
	schedulerv1 "github.com/sheetreel/sheetreel/gen/sheetreel/scheduler/v1"
	"github.com/sheetreel/sheetreel/kit/errs"
	"github.com/sheetreel/sheetreel/kit/retry"

	"github.com/sheetreel/sheetreel/cmd/sheetreel/internal/fakescheduler"
)

const watched = "projects/default/bulkJobs/01935c7a-0000-7000-8000-0000000000aa"

// finishedJob is a scheduler with one finished bulk job and its events.
func finishedJob(events int) *fakescheduler.Scheduler {
	fake := &fakescheduler.Scheduler{
		Jobs:   []*schedulerv1.BulkJob{{Name: watched, State: schedulerv1.BulkJob_COMPLETED}},
		Events: map[string][]*schedulerv1.JobEvent{},
	}
	for i := range events {
		fake.Events[watched] = append(fake.Events[watched], &schedulerv1.JobEvent{Sequence: int64(i + 1)})
	}
	return fake
}

func quick(c *Client) *Client {
	c.backoff = retry.Policy{Initial: time.Millisecond, Multiplier: 1, Max: time.Millisecond, MaxElapsed: time.Minute}
	return c
}

func TestWatchResumesWhereItBroke(t *testing.T) {
	tests := []struct {
		name string
		cuts []int
		lost int
	}{
		{"never broken", nil, 0},
		{"broken three times", []int{2, 4, 0}, 3},
		{"broken before the first event", []int{0}, 1},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			fake := finishedJob(11)
			fake.Cuts = tt.cuts
			var got []int64
			lost := 0
			err := quick(dial(t, fake)).Watch(t.Context(), watched, "", Watch{
				Each: func(m *schedulerv1.WatchBulkJobResponse) error {
					for _, event := range m.GetEvents() {
						got = append(got, event.GetSequence())
					}
					return nil
				},
				Lost: func(error, time.Duration) { lost++ },
			})
			if err != nil {
				t.Fatal(err)
			}
			want := []int64{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("events (-want +got):\n%s", diff)
			}
			if lost != tt.lost {
				t.Errorf("lost %d connections, want %d", lost, tt.lost)
			}
		})
	}
}

func TestWatchFromAToken(t *testing.T) {
	var got []int64
	err := quick(dial(t, finishedJob(5))).Watch(t.Context(), watched, "3", Watch{Each: func(m *schedulerv1.WatchBulkJobResponse) error {
		for _, event := range m.GetEvents() {
			got = append(got, event.GetSequence())
		}
		return nil
	}})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]int64{4, 5}, got); diff != "" {
		t.Errorf("events (-want +got):\n%s", diff)
	}
}

func TestWatchEndsByItsReader(t *testing.T) {
	full := errors.New("disk full")
	err := quick(dial(t, finishedJob(5))).Watch(t.Context(), watched, "", Watch{
		Each: func(*schedulerv1.WatchBulkJobResponse) error { return full },
	})
	if !errors.Is(err, full) {
		t.Errorf("error = %v, want the reader's", err)
	}
}

func TestWatchOfNothingFailsAtOnce(t *testing.T) {
	each := func(*schedulerv1.WatchBulkJobResponse) error { return nil }
	err := quick(dial(t, &fakescheduler.Scheduler{})).Watch(t.Context(), watched, "", Watch{Each: each})
	if errs.ReasonOf(err) != errorsv1.ErrorReason_RESOURCE_NOT_FOUND {
		t.Errorf("error = %v, want RESOURCE_NOT_FOUND", err)
	}
	c, err := Dial("127.0.0.1:1") // nobody listens on the lowest port
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	err = quick(c).Watch(t.Context(), watched, "", Watch{Each: each, Lost: func(error, time.Duration) {
		t.Error("a server that was never there was tried again")
	}})
	if text := Explain(err, "127.0.0.1:1"); !strings.Contains(text, "start it with: sheetreel up") {
		t.Errorf("explanation = %q, want one that says how to start a server", text)
	}
}

func TestExplainListsEveryWrongField(t *testing.T) {
	err := errs.Invalid(
		errs.Violation{Field: "bulk_job.user", Description: "must match the pattern"},
		errs.Violation{Field: "bulk_job.render_options.frame_rate", Description: "must be between 10 and 60"},
	)
	want := "bulk_job.user: must match the pattern\n  bulk_job.render_options.frame_rate: must be between 10 and 60"
	if diff := cmp.Diff(want, Explain(err, "x:1")); diff != "" {
		t.Errorf("explanation (-want +got):\n%s", diff)
	}
}

func TestExplainSaysWhatToDoNext(t *testing.T) {
	tests := []struct {
		err  error
		want string
	}{
		{errs.NotFound("sheetreel/BulkJob", watched), "sheetreel batch list"},
		{errs.RateLimited(9*time.Second, "too many calls", errs.Exhausted{Description: "60 a minute"}), "60 a minute\ntry again in 9 seconds"},
		{errs.New(3, errorsv1.ErrorReason_RESUME_TOKEN_INVALID, "no token"), "--resume-token"},
		{fmt.Errorf("plain"), "plain"},
	}
	for _, tt := range tests {
		if got := Explain(tt.err, "x:1"); !strings.Contains(got, tt.want) {
			t.Errorf("Explain(%v) = %q, want it to hold %q", tt.err, got, tt.want)
		}
	}
}
