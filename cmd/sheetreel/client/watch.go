package client

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	errorsv1 "github.com/sheetreel/sheetreel/gen/sheetreel/errors/v1"
	schedulerv1 "github.com/sheetreel/sheetreel/gen/sheetreel/scheduler/v1"
	"github.com/sheetreel/sheetreel/kit/errs"

	"github.com/sheetreel/sheetreel/cmd/sheetreel/progress"
)

// Watch is what happens to a watch on its way. Each gets every message and may end the watch by an error. Lost, if
// set, is told when the connection is lost and tried again after a wait.
type Watch struct {
	Each func(*schedulerv1.WatchBulkJobResponse) error
	Lost func(err error, wait time.Duration)
}

// Watch follows a bulk job from a resume token (empty: from its beginning) until it is finished and told to the
// end. A lost connection is taken up again where it broke, with growing waits; it gives up after ten minutes
// without an answer, and at once when the server was never there.
func (c *Client) Watch(ctx context.Context, bulkJob, token string, w Watch) error {
	f := &follower{client: c, bulkJob: bulkJob, token: token, watch: w, heard: time.Now()}
	for attempt := 1; ; attempt++ {
		done, err := f.step(ctx)
		switch {
		case ctx.Err() != nil:
			return ctx.Err()
		case done:
			return nil
		case err != nil && (f.messages == 0 || !lost(err)):
			return err
		case err != nil && time.Since(f.heard) > c.backoff.MaxElapsed:
			return fmt.Errorf("the server did not come back: %w", err)
		}
		if f.events > 0 {
			attempt = 0
		}
		if f.events > 0 && err == nil {
			continue
		}
		wait := pause(err, c.backoff.Wait(max(1, attempt), rand.Float64))
		if w.Lost != nil && err != nil {
			w.Lost(err, wait)
		}
		timer := time.NewTimer(wait)
		select {
		case <-ctx.Done():
			timer.Stop()
			return ctx.Err()
		case <-timer.C:
		}
	}
}

// follower is one watch over all its connections.
type follower struct {
	client   *Client
	bulkJob  string
	token    string
	watch    Watch
	messages int       // in all
	events   int       // of the last stream
	heard    time.Time // the last message
}

// step follows one stream and, when the server ended it in peace, asks whether all is told.
func (f *follower) step(ctx context.Context) (bool, error) {
	if err := f.stream(ctx); err != nil {
		return false, err
	}
	return f.finished(ctx, f.events == 0)
}

// stream reads one stream to its end; nil means that the server ended it in peace.
func (f *follower) stream(ctx context.Context) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	f.events = 0
	stream, err := f.client.Scheduler.WatchBulkJob(ctx, &schedulerv1.WatchBulkJobRequest{Name: f.bulkJob, ResumeToken: f.token})
	if err != nil {
		return err
	}
	for {
		message, err := stream.Recv()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if errs.ReasonOf(err) == errorsv1.ErrorReason_RESUME_TOKEN_EXPIRED && f.token != "" {
			f.token = "" // what is too old to be told is in the snapshot
			return nil
		}
		if err != nil {
			return err
		}
		f.messages++
		f.events += len(message.GetEvents())
		f.heard = time.Now()
		if err := f.watch.Each(message); err != nil {
			return err
		}
		f.token = message.GetResumeToken()
	}
}

// finished tells whether the bulk job is over and all of it was heard: nothing came (quiet), or our token is the
// newest one.
func (f *follower) finished(ctx context.Context, quiet bool) (bool, error) {
	job, err := f.client.Scheduler.GetBulkJob(ctx, &schedulerv1.GetBulkJobRequest{Name: f.bulkJob})
	if err != nil {
		return false, err
	}
	if !progress.Finished(job.GetState()) || f.token == "" {
		return false, nil
	}
	return quiet || f.token == job.GetResumeToken(), nil
}

// lost tells whether err is a connection's end that is worth another try.
func lost(err error) bool {
	switch status.Code(err) {
	case codes.Unavailable, codes.Canceled, codes.DeadlineExceeded, codes.Aborted, codes.ResourceExhausted:
		return true
	case codes.Internal:
		// Without a reason of ours it is the transport: a stream cut in the middle.
		return errs.ReasonOf(err) == errorsv1.ErrorReason_ERROR_REASON_UNSPECIFIED
	}
	return false
}
