package client

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"time"

	errorsv1 "github.com/sheetreel/sheetreel/gen/sheetreel/errors/v1"
	schedulerv1 "github.com/sheetreel/sheetreel/gen/sheetreel/scheduler/v1"
	"github.com/sheetreel/sheetreel/kit/errs"
)

// ProjectWatch is what happens to a watch of a project on its way. Each gets every message and may end the watch by
// an error. Lost, if set, is told when the connection is lost and tried again after a wait.
type ProjectWatch struct {
	Each func(*schedulerv1.WatchProjectResponse) error
	Lost func(err error, wait time.Duration)
}

// WatchProject follows a project, by its resource name, from a resume token (empty: from now on) until ctx ends. A
// lost connection is taken up again where it broke; it gives up after ten minutes without an answer, and at once when
// the server was never there.
func (c *Client) WatchProject(ctx context.Context, project, token string, w ProjectWatch) error {
	heard := time.Time{}
	for attempt := 1; ; attempt++ {
		before := token
		err := c.projectStream(ctx, project, &token, &heard, w)
		var own *eachError
		switch {
		case ctx.Err() != nil:
			return ctx.Err()
		case errors.As(err, &own):
			return own.err
		case err == nil:
			attempt = 0
			continue
		case errs.ReasonOf(err) == errorsv1.ErrorReason_RESUME_TOKEN_EXPIRED && !heard.IsZero():
			token = "" // it was away for too long: what it missed is in the lists
		case heard.IsZero() || !lost(err):
			return err
		case time.Since(heard) > c.backoff.MaxElapsed:
			return fmt.Errorf("the server did not come back: %w", err)
		}
		if token != before {
			attempt = 1
		}
		wait := pause(err, c.backoff.Wait(attempt, rand.Float64))
		if w.Lost != nil {
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

// eachError is an error of the watcher, not of the connection.
type eachError struct{ err error }

func (e *eachError) Error() string { return e.err.Error() }

// projectStream reads one stream to its end, and moves the token; nil means that the server ended it in peace.
func (c *Client) projectStream(ctx context.Context, project string, token *string, heard *time.Time, w ProjectWatch) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	stream, err := c.Scheduler.WatchProject(ctx, &schedulerv1.WatchProjectRequest{Parent: project, ResumeToken: *token})
	if err != nil {
		return err
	}
	for {
		message, err := stream.Recv()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		*heard = time.Now()
		if err := w.Each(message); err != nil {
			return &eachError{err}
		}
		*token = message.GetResumeToken()
	}
}
