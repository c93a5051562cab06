// Package limit counts the calls of the public API with the rate limit service, and finds out who makes them.
//
// It promises: a call is counted before it is forwarded, by all limits that match it or by none; a refusal is passed
// on as the service tells it, so every form of the answer comes from one decision; and a service that does not answer
// takes nothing down: calls go on without it, as many as one gateway can bear (see outage.go).
package limit

import (
	"context"
	"log/slog"
	"time"
	"unicode/utf8"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	ratelimitv1 "github.com/sheetreel/sheetreel/gen/sheetreel/ratelimit/v1"
	"github.com/sheetreel/sheetreel/kit/errs"
	"github.com/sheetreel/sheetreel/kit/ratefield"

	errorsv1 "github.com/sheetreel/sheetreel/gen/sheetreel/errors/v1"
)

// The actions that calls are counted as, for the match of a rule.
const (
	actionRead  = "api.read"
	actionWrite = "api.write"
	// actionWatch is a stream while it is open, beside the read that opens it.
	actionWatch = "api.watch"
)

const (
	// askBound is how long the service may take to answer. It answers in well under a millisecond.
	askBound = 500 * time.Millisecond
	// releaseBound is how long giving a place back may take. Who cannot tell, leaves it to the limit's own period.
	releaseBound = 2 * time.Second
)

// Call is what is about to happen.
type Call struct {
	// Route is the method, for example "SchedulerService/GetBulkJob".
	Route string
	// Write tells calls that change something from those that only read.
	Write bool
	// Stream is a watch: it is counted once, and has a place as long as it is open.
	Stream bool
	// Project, User and Client are whom the call is for, as far as is known; empty ones are not counted by. Client is
	// the caller's network address.
	Project, User, Client string
}

// Grant is what is told of a call that may happen.
type Grant struct {
	// Policies and Left are the values of RateLimit-Policy and RateLimit; empty when no limit matched, and while the
	// service does not answer.
	Policies, Left string
	// Place is the stream's place; see Release. Empty when there is none to give back.
	Place string
}

// Limiter counts calls. It is safe for concurrent use.
type Limiter struct {
	quota  ratelimitv1.QuotaServiceClient
	outage *outage
}

// New makes a limiter that asks quota.
func New(quota ratelimitv1.QuotaServiceClient, log *slog.Logger) *Limiter {
	return &Limiter{quota: quota, outage: newOutage(log)}
}

// Admit counts a call. The error is for the caller: RATE_LIMITED when a limit refuses, with what it has to be told.
func (l *Limiter) Admit(ctx context.Context, call Call) (Grant, error) {
	action := actionRead
	if call.Write {
		action = actionWrite
	}
	counted, err := l.acquire(ctx, call, action)
	if err != nil {
		return Grant{}, err
	}
	limits := counted.GetLimits()
	grant := Grant{}
	if call.Stream {
		open, err := l.acquire(ctx, call, actionWatch)
		if err != nil {
			l.Release(ctx, placesOf(counted)) // by all limits or by none
			return Grant{}, err
		}
		grant.Place = open.GetPermit()
		limits = append(limits, open.GetLimits()...)
	}
	fields := fieldsOf(limits)
	grant.Policies, grant.Left = ratefield.Policies(fields), ratefield.Left(fields)
	return grant, nil
}

// placesOf is what there is to give back of an answer.
func placesOf(counted *ratelimitv1.AcquireResponse) []string {
	if permit := counted.GetPermit(); permit != "" {
		return []string{permit}
	}
	return nil
}

// Release gives the places of streams that have ended back. It works after the end of ctx too.
func (l *Limiter) Release(ctx context.Context, places []string) {
	if len(places) == 0 {
		return
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), releaseBound)
	defer cancel()
	for _, place := range places {
		if _, err := l.quota.Cancel(ctx, &ratelimitv1.CancelRequest{Permit: place}); err != nil {
			return // its period frees it
		}
	}
}

// acquire asks the service. The answer is empty when the service has trouble and the call goes on without it.
func (l *Limiter) acquire(ctx context.Context, call Call, action string) (*ratelimitv1.AcquireResponse, error) {
	if !l.outage.mayAsk(time.Now()) {
		return nil, l.outage.local(time.Now())
	}
	descriptors := map[string]string{"action": action, "route": call.Route}
	for name, value := range map[string]string{"project": call.Project, "user": call.User, "client": call.Client} {
		if value != "" && utf8.ValidString(value) { // what is no text cannot be sent, neither here nor to the service behind
			descriptors[name] = value
		}
	}
	bound, cancel := context.WithTimeout(ctx, askBound)
	defer cancel()
	answer, err := l.quota.Acquire(bound, &ratelimitv1.AcquireRequest{Descriptors: descriptors})
	switch {
	case err == nil:
		l.outage.answered()
		return answer, nil
	case errs.ReasonOf(err) == errorsv1.ErrorReason_RATE_LIMITED, status.Code(err) == codes.InvalidArgument:
		l.outage.answered()
		return nil, err
	case ctx.Err() != nil:
		return nil, err // the caller's own end says nothing of the service
	}
	l.outage.failed(time.Now(), err)
	return nil, l.outage.local(time.Now())
}

func fieldsOf(limits []*ratelimitv1.LimitStatus) []ratefield.Limit {
	fields := make([]ratefield.Limit, 0, len(limits))
	for _, l := range limits {
		fields = append(fields, ratefield.Limit{
			Name: l.GetLimit(), Key: l.GetKey(), Capacity: int64(l.GetCapacity()), Window: l.GetWindowDuration().AsDuration(),
			Concurrent: l.GetConcurrent(), Left: int64(l.GetRemaining()), Reset: l.GetResetDuration().AsDuration(),
		})
	}
	return fields
}
