package webhook

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"time"

	schedulerv1 "github.com/sheetreel/sheetreel/gen/sheetreel/scheduler/v1"
	"github.com/sheetreel/sheetreel/kit/safehttp"
	"github.com/sheetreel/sheetreel/services/scheduler/store"
)

const (
	// sendTimeout bounds a request with its answer.
	sendTimeout = 15 * time.Second
	// answerMost is how much of an answer is read, in bytes. What it says does not matter, only that it was taken.
	answerMost = 64 << 10
	// errorMost is how much is kept of why an attempt failed, in bytes.
	errorMost = 300

	userAgent = "Sheetreel-Webhooks/1.0"
)

// outcome is what came of an attempt: for the store, and for the endpoint's lane.
type outcome struct {
	end     store.DeliveryEnd
	verdict verdict
	after   time.Duration // how long the endpoint asked to be left alone
}

// attempt sends a delivery once.
func (s *Sender) attempt(ctx context.Context, d store.LeasedDelivery) outcome {
	now := s.now()
	answer, err := s.post(ctx, d, now)
	if err != nil && ctx.Err() != nil { // we are stopping: somebody else shall do it
		return outcome{end: store.DeliveryEnd{DeliveryKey: d.DeliveryKey, Lease: d.Lease, State: schedulerv1.WebhookDelivery_PENDING, Due: now, Error: d.Error}}
	}
	o := outcome{end: store.DeliveryEnd{DeliveryKey: d.DeliveryKey, Lease: d.Lease, Tried: now}, verdict: failing}
	if err != nil {
		o.end.Error = why(err)
	} else {
		o.end.Status = int32(answer.StatusCode)
	}
	switch code := o.end.Status; {
	case code >= 200 && code < 300:
		o.end.State, o.verdict = schedulerv1.WebhookDelivery_DELIVERED, healthy
		return o
	case code == http.StatusGone:
		o.end.State, o.end.Gone = schedulerv1.WebhookDelivery_FAILED, true
		o.end.Error = "HTTP 410: the endpoint wants no more"
		return o
	case code >= 300 && code < 400:
		o.end.Error = fmt.Sprintf("HTTP %d: redirects are not followed", code)
	case code != 0:
		o.end.Error = fmt.Sprintf("HTTP %d %s", code, http.StatusText(int(code)))
	}
	if answer != nil {
		o.after = retryAfter(answer.Header, now)
	}
	o.end.State = schedulerv1.WebhookDelivery_FAILED
	if wait, ok := next(int(d.Attempts)+1, o.after, s.random); ok {
		o.end.State, o.end.Due = schedulerv1.WebhookDelivery_PENDING, s.now().Add(wait)
	}
	return o
}

// post sends a delivery and gives the answer, whose body it has read and closed.
func (s *Sender) post(ctx context.Context, d store.LeasedDelivery, now time.Time) (*http.Response, error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, d.Endpoint.URL, bytes.NewReader(d.Body))
	if err != nil {
		return nil, err
	}
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("User-Agent", userAgent)
	sign(r.Header, d.Delivery.Delivery, now, d.Body, d.Endpoint.Secrets(now))
	answer, err := s.client.Do(r)
	if err != nil {
		return nil, err
	}
	defer answer.Body.Close()
	_, _ = io.CopyN(io.Discard, answer.Body, answerMost) // the status has said it all
	return answer, nil
}

// why is why nothing was answered, in words that tell a stranger nothing of our network.
func why(err error) string {
	var refused *safehttp.RefusedError
	var wrapped *url.Error
	text := err.Error()
	switch {
	case errors.As(err, &refused):
		text = "not sent: the URL or its address " + refused.Why
	case errors.As(err, &wrapped) && wrapped.Timeout():
		text = "no answer within 15 s"
	case errors.As(err, &wrapped):
		text = wrapped.Err.Error()
	}
	return text[:min(len(text), errorMost)]
}
