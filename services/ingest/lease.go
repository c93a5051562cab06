package ingest

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"regexp"
	"time"

	schedulerv1 "github.com/sheetreel/sheetreel/gen/sheetreel/scheduler/v1"
)

var (
	errLeaseLost    = errors.New("the lease went to another worker")
	errLeaseExpired = errors.New("the lease could not be renewed in time")
	errReleased     = errors.New("the import has ended")
)

// defaultLease is used when a scheduler names none.
const defaultLease = 30 * time.Second

// lease is the right to import one sheet. Its context ends when the right does.
type lease struct {
	ctx    context.Context
	token  string
	cancel context.CancelCauseFunc
	done   chan struct{}
}

// hold keeps a lease until release, by renewing it each third of its time. asked is when it was asked for.
func hold(ctx context.Context, imports schedulerv1.ImportServiceClient, leased *schedulerv1.LeaseImportResponse, asked time.Time) *lease {
	l := &lease{token: leased.GetLeaseToken(), done: make(chan struct{})}
	l.ctx, l.cancel = context.WithCancelCause(ctx)
	length := leased.GetLeaseDuration().AsDuration()
	if length <= 0 {
		length = defaultLease
	}
	go func() {
		defer close(l.done)
		l.cancel(l.keep(imports, length, asked))
	}()
	return l
}

// release gives the lease up and waits until nothing renews it any more.
func (l *lease) release() {
	l.cancel(errReleased)
	<-l.done
}

// keep renews the lease until it cannot or need not, and says why it ended. The answer to a long poll may be
// late, so the first renewal counts from the question.
func (l *lease) keep(imports schedulerv1.ImportServiceClient, length time.Duration, asked time.Time) error {
	end := time.Now().Add(length)
	pause := length/3 - time.Since(asked)
	for failures := 0; ; {
		wait(l.ctx, pause)
		if l.ctx.Err() != nil {
			return context.Cause(l.ctx)
		}
		now := time.Now()
		if !now.Before(end) {
			return errLeaseExpired
		}
		ctx, cancel := context.WithDeadline(l.ctx, end)
		reply, err := imports.RenewImport(ctx, &schedulerv1.RenewImportRequest{LeaseToken: l.token})
		cancel()
		switch {
		case err == nil:
			failures = 0
			if d := reply.GetLeaseDuration().AsDuration(); d > 0 {
				length = d
			}
			end, pause = now.Add(length), length/3
		case notOurs(err):
			return errLeaseLost
		default:
			failures++
			pause = min(backoff().Wait(failures, rand.Float64), time.Until(end))
		}
	}
}

// workerName is unique among live workers, in the form that the scheduler takes.
func workerName(number int) string {
	host, err := os.Hostname()
	host = regexp.MustCompile(`[^A-Za-z0-9]+`).ReplaceAllString(host, "-")
	if err != nil || host == "" || host[0] == '-' {
		host = "ingest" + host
	}
	return fmt.Sprintf("%.60s-%d-%08x-%d", host, os.Getpid(), rand.Uint32(), number)
}
