package redis

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	goredis "github.com/redis/go-redis/v9"

	"github.com/sheetreel/sheetreel/services/ratelimit/engine"
)

// call is one call of a script for a group.
type call struct {
	op    op
	group group
	args  func(at time.Time) []any // at is about the time of the server

	answer []any
	err    error
}

// attempts bounds how often a call is made again because the server had to learn the scripts, or we its time.
const attempts = 4

// do makes calls in their order, all in one pipeline. Each has its answer or its error; an error returned means that of
// some nothing is known.
func (e *Engine) do(ctx context.Context, calls []*call) error {
	r, err := e.current(ctx)
	if err != nil {
		return unreachable(err)
	}
	todo := calls
	for range attempts {
		if err := e.pipeline(ctx, r, todo); err != nil {
			return unreachable(err)
		}
		var again []*call
		unknown := false
		for _, c := range todo {
			switch {
			case unknownScript(c.err):
				unknown = true
				again = append(again, c)
			case c.err != nil && e.learnTime(c.err):
				again = append(again, c)
			}
		}
		if len(again) == 0 {
			return e.first(calls)
		}
		if unknown {
			if r, err = e.load(ctx, r); err != nil {
				return unreachable(err)
			}
		}
		todo = again
	}
	return unreachable(errRestarted)
}

func (e *Engine) pipeline(ctx context.Context, r *run, calls []*call) error {
	commands := make([]*goredis.Cmd, len(calls))
	now, life := "", slack
	at := time.Now().Add(time.Duration(e.skew.Load()))
	if e.config.Clock != nil {
		at, life = e.config.Clock(), testSlack
		now = fmt.Sprint(at.UnixMicro())
	}
	_, err := e.client.Pipelined(ctx, func(p goredis.Pipeliner) error {
		for i, c := range calls {
			args := append([]any{now, life.Milliseconds(), e.known.get(c.group), r.state, r.started}, c.args(at)...)
			commands[i] = p.EvalSha(ctx, r.scripts[c.op].sha, []string{e.key(c.group)}, args...)
		}
		return nil
	})
	for i, c := range calls {
		c.answer, c.err = commands[i].Slice()
		if c.err != nil && !isAnswer(c.err) {
			err = c.err
		}
	}
	if err != nil && !isAnswer(err) {
		return err
	}
	return nil
}

// isAnswer tells whether the server itself answered with this error.
func isAnswer(err error) bool {
	var answer goredis.Error
	return errors.As(err, &answer)
}

// learnTime takes the server's time from the error of a calendar that was not given the right days.
func (e *Engine) learnTime(err error) bool {
	text, ok := strings.CutPrefix(err.Error(), "CALENDAR ")
	if !ok || e.config.Clock != nil {
		return false
	}
	var micros int64
	if _, err := fmt.Sscan(text, &micros); err != nil {
		return false
	}
	e.skew.Store(int64(time.Until(time.UnixMicro(micros))))
	return true
}

// first returns the first error that is no lack of memory.
func (e *Engine) first(calls []*call) error {
	for _, c := range calls {
		if c.err != nil && !outOfMemory(c.err) {
			return unreachable(c.err)
		}
	}
	return nil
}

func outOfMemory(err error) bool { return err != nil && strings.HasPrefix(err.Error(), "OOM") }

func unreachable(err error) error { return fmt.Errorf("%w: %w", engine.ErrUnreachable, err) }
