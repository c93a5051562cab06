package httpvoice

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"strconv"
	"time"

	schedulerv1 "github.com/sheetreel/sheetreel/gen/sheetreel/scheduler/v1"
	"github.com/sheetreel/sheetreel/kit/retry"
	"github.com/sheetreel/sheetreel/services/render/provider"
)

const (
	answerMost = 64 << 20
	waitMost   = 30 * time.Second // of what a service asks for
)

// again is how trouble that may pass is tried again.
func again() retry.Policy {
	return retry.Policy{Initial: 500 * time.Millisecond, Multiplier: 2, Max: 8 * time.Second, MaxAttempts: 4}
}

// call calls until there is an answer, or trouble that will not pass, or the tries are used up.
func (e *Engine) call(ctx context.Context, body []byte) ([]byte, error) {
	policy := again()
	for attempt := 1; ; attempt++ {
		answer, trouble := e.once(ctx, body)
		if trouble == nil {
			return answer, nil
		}
		if ctx.Err() != nil {
			return nil, context.Cause(ctx)
		}
		if !passing(trouble.Class) || attempt == policy.MaxAttempts {
			return nil, trouble
		}
		pause := max(policy.Wait(attempt, rand.Float64), min(trouble.RetryAfter, waitMost))
		if err := e.wait(ctx, pause); err != nil {
			return nil, err
		}
	}
}

// passing tells whether trouble may be over soon.
func passing(c schedulerv1.FailureClass) bool {
	switch c {
	case schedulerv1.FailureClass_TRANSIENT, schedulerv1.FailureClass_NETWORK, schedulerv1.FailureClass_UPSTREAM_RATE_LIMITED:
		return true
	}
	return false
}

// once makes one call.
func (e *Engine) once(ctx context.Context, body []byte) ([]byte, *provider.Error) {
	ctx, cancel := context.WithTimeout(ctx, e.cfg.Timeout)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, e.cfg.URL, bytes.NewReader(body))
	if err != nil {
		return nil, trouble(schedulerv1.FailureClass_PERMANENT, err)
	}
	request.Header.Set("Content-Type", e.cfg.ContentType)
	for name, value := range e.cfg.Headers {
		request.Header.Set(name, value)
	}
	if err := e.cfg.Auth.sign(request.Header); err != nil {
		return nil, trouble(schedulerv1.FailureClass_AUTHENTICATION, fmt.Errorf("auth: %w", err))
	}
	response, err := e.client.Do(request)
	if err != nil {
		return nil, trouble(schedulerv1.FailureClass_NETWORK, err)
	}
	defer response.Body.Close()
	answer, err := io.ReadAll(io.LimitReader(response.Body, answerMost+1))
	code := response.StatusCode
	switch {
	case code == http.StatusTooManyRequests:
		t := trouble(schedulerv1.FailureClass_UPSTREAM_RATE_LIMITED, fmt.Errorf("answer: %s", response.Status))
		t.RetryAfter = retryAfter(response.Header)
		return nil, t
	case code == http.StatusRequestTimeout || code >= 500:
		t := trouble(schedulerv1.FailureClass_TRANSIENT, fmt.Errorf("answer: %s", response.Status))
		t.RetryAfter = retryAfter(response.Header)
		return nil, t
	case code == http.StatusUnauthorized || code == http.StatusForbidden:
		return nil, trouble(schedulerv1.FailureClass_AUTHENTICATION, fmt.Errorf("answer: %s", response.Status))
	case code != http.StatusOK:
		return nil, trouble(schedulerv1.FailureClass_PERMANENT, fmt.Errorf("answer: %s", response.Status))
	case err != nil:
		return nil, trouble(schedulerv1.FailureClass_NETWORK, fmt.Errorf("answer: %w", err))
	case len(answer) > answerMost:
		return nil, trouble(schedulerv1.FailureClass_PERMANENT, fmt.Errorf("answer: is larger than %d MiB", answerMost>>20))
	}
	return answer, nil
}

func trouble(class schedulerv1.FailureClass, err error) *provider.Error {
	return &provider.Error{Class: class, Err: err}
}

// retryAfter is how many seconds a service wants to be left alone.
func retryAfter(h http.Header) time.Duration {
	seconds, err := strconv.Atoi(h.Get("Retry-After"))
	if err != nil || seconds < 0 {
		return 0
	}
	return time.Duration(min(seconds, 3600)) * time.Second
}

// pause waits, but not beyond ctx.
func pause(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return context.Cause(ctx)
	case <-timer.C:
		return nil
	}
}
