package scheduler_test

import (
	"context"
	"errors"
	"io"
	"testing"

	errorsv1 "github.com/sheetreel/sheetreel/gen/sheetreel/errors/v1"
	schedulerv1 "github.com/sheetreel/sheetreel/gen/sheetreel/scheduler/v1"
	"github.com/sheetreel/sheetreel/kit/errs"
)

// watchUntil reads events until the watch ends or want events came, and returns them with the last token.
func (b *bundle) watchUntil(name, token string, want int) (events []*schedulerv1.JobEvent, last string) {
	b.Helper()
	ctx, cancel := context.WithCancel(b.Context())
	defer cancel()
	stream, err := b.jobs.WatchBulkJob(ctx, &schedulerv1.WatchBulkJobRequest{Name: name, ResumeToken: token})
	b.must(err)
	for len(events) < want {
		m, err := stream.Recv()
		if errors.Is(err, io.EOF) {
			return events, last
		}
		b.must(err)
		if m.GetResumeToken() == "" || m.GetBulkJob().GetName() != name {
			b.Errorf("message without token or bulk job: %v", m)
		}
		events, last = append(events, m.GetEvents()...), m.GetResumeToken()
	}
	return events, last
}

func TestWatchSeesEveryEventOnceOverReconnects(t *testing.T) {
	b := setup(t)
	job := b.imported("ada", "a", "b", "c")
	var sequences []int64
	token := ""
	note := func(events []*schedulerv1.JobEvent, last string) {
		for _, e := range events {
			sequences = append(sequences, e.GetSequence())
		}
		token = last
	}
	note(b.watchUntil(job.GetName(), token, 4)) // cut off in the middle
	for range 3 {
		b.complete(b.lease(1)[0])
		note(b.watchUntil(job.GetName(), token, 1)) // cut off again and again
	}
	note(b.watchUntil(job.GetName(), token, 1000)) // to the end, which comes by itself
	for i, s := range sequences {
		if s != int64(i+1) {
			t.Fatalf("sequences = %v, want 1, 2, 3, ...", sequences)
		}
	}
	all, err := b.jobs.ListJobEvents(t.Context(), &schedulerv1.ListJobEventsRequest{Parent: job.GetName(), PageSize: 1000})
	b.must(err)
	if len(sequences) != len(all.GetEvents()) {
		t.Errorf("watched %d events, the history has %d", len(sequences), len(all.GetEvents()))
	}
}

func TestWatchIsLive(t *testing.T) {
	b := setup(t)
	job := b.imported("ada", "a")
	got, err := b.jobs.GetBulkJob(t.Context(), &schedulerv1.GetBulkJobRequest{Name: job.GetName()})
	b.must(err)
	stream, err := b.jobs.WatchBulkJob(t.Context(), &schedulerv1.WatchBulkJobRequest{Name: job.GetName(), ResumeToken: got.GetResumeToken()})
	b.must(err)
	first, err := stream.Recv()
	b.must(err)
	if len(first.GetEvents()) != 0 || first.GetBulkJob().GetState() != schedulerv1.BulkJob_RUNNING {
		t.Errorf("first message = %v, want a bookmark with the bulk job", first)
	}
	b.complete(b.lease(1)[0])
	var last *schedulerv1.WatchBulkJobResponse
	for {
		m, err := stream.Recv()
		if errors.Is(err, io.EOF) {
			break
		}
		b.must(err)
		last = m
	}
	if last.GetBulkJob().GetState() != schedulerv1.BulkJob_COMPLETED || last.GetBulkJob().GetProgress().GetPercent() != 100 {
		t.Errorf("the watch ended at %v", last.GetBulkJob())
	}
}

func TestWatchRefusesForeignTokens(t *testing.T) {
	b := setup(t)
	one, two := b.imported("ada", "a"), b.imported("bob", "a")
	for _, token := range []string{"nonsense", one.GetResumeToken()} {
		stream, err := b.jobs.WatchBulkJob(t.Context(), &schedulerv1.WatchBulkJobRequest{Name: two.GetName(), ResumeToken: token})
		b.must(err)
		if _, err := stream.Recv(); errs.ReasonOf(err) != errorsv1.ErrorReason_RESUME_TOKEN_INVALID {
			t.Errorf("token %q: %v, want RESUME_TOKEN_INVALID", token, err)
		}
	}
}
