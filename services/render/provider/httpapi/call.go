package httpapi

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	schedulerv1 "github.com/sheetreel/sheetreel/gen/sheetreel/scheduler/v1"
	"github.com/sheetreel/sheetreel/kit/safehttp"
	"github.com/sheetreel/sheetreel/services/render/provider"
)

// answerMost bounds what is read of an answer.
const answerMost = 1 << 20

// call calls the provider and gives its answer as JSON.
func (c *Client) call(ctx context.Context, method, path string, body []byte, key string) (any, error) {
	answer, _, err := c.answer(ctx, method, path, body, key)
	return answer, err
}

// answer also gives how long the provider wants to be left alone.
func (c *Client) answer(ctx context.Context, method, path string, body []byte, key string) (any, time.Duration, error) {
	req, err := http.NewRequestWithContext(ctx, method, strings.TrimSuffix(c.cfg.BaseURL, "/")+path, bytes.NewReader(body))
	if err != nil {
		return nil, 0, &provider.Error{Class: schedulerv1.FailureClass_PERMANENT, Code: "bad_request", Err: errors.New("the address of the call is malformed")}
	}
	secret, err := c.cfg.Auth.secret()
	if err != nil {
		return nil, 0, &provider.Error{Class: schedulerv1.FailureClass_AUTHENTICATION, Code: "no_secret", Err: fmt.Errorf("auth: %w", err)}
	}
	for name, value := range c.cfg.Headers {
		req.Header.Set(name, value)
	}
	req.Header.Set(c.cfg.Auth.header(), secret)
	req.Header.Set("User-Agent", "sheetreel")
	req.Header.Set("Accept", "application/json")
	if body != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	if key != "" && c.cfg.Features.Idempotent {
		req.Header.Set("Idempotency-Key", key)
	}
	ordering := key != ""
	answer, err := c.calls.Do(req)
	if err != nil {
		return nil, 0, unanswered(err, ordering)
	}
	defer answer.Body.Close()
	data, err := io.ReadAll(io.LimitReader(answer.Body, answerMost+1))
	if err != nil {
		return nil, 0, unanswered(err, ordering)
	}
	if answer.StatusCode < 200 || answer.StatusCode > 299 {
		return nil, 0, refusal(answer, data)
	}
	if len(data) == 0 && method != http.MethodGet && !ordering {
		return nil, 0, nil // there is nothing to say about what is cancelled
	}
	out, err := parse(data)
	if err != nil {
		return nil, 0, &provider.Error{Class: schedulerv1.FailureClass_TRANSIENT, Code: "bad_answer", Unsure: ordering, Err: err}
	}
	return out, retryAfter(answer.Header), nil
}

// unanswered explains a call that got no answer. When the connection was never made, nothing was ordered.
func unanswered(err error, ordering bool) error {
	out := &provider.Error{Class: schedulerv1.FailureClass_NETWORK, Code: "no_answer", Unsure: ordering, Err: plain(err)}
	var refused *safehttp.RefusedError
	var dial *net.OpError
	switch {
	case errors.As(err, &refused):
		out.Class, out.Code, out.Unsure = schedulerv1.FailureClass_PERMANENT, "refused_address", false
	case errors.As(err, &dial) && dial.Op == "dial":
		out.Unsure = false
	}
	return out
}

// plain leaves the address out of an error: it may have a secret in it.
func plain(err error) error {
	var call *url.Error
	if errors.As(err, &call) {
		return call.Err
	}
	return err
}

// refusal explains an answer other than 2xx.
func refusal(answer *http.Response, body []byte) error {
	code := answer.StatusCode
	out := &provider.Error{
		Class: schedulerv1.FailureClass_PERMANENT, Code: "http_" + strconv.Itoa(code), RetryAfter: retryAfter(answer.Header),
		Err: fmt.Errorf("it answers %d%s", code, said(body)),
	}
	switch {
	case code == http.StatusTooManyRequests:
		out.Class = schedulerv1.FailureClass_UPSTREAM_RATE_LIMITED
	case code == http.StatusServiceUnavailable:
		out.Class = schedulerv1.FailureClass_TRANSIENT
	case code >= 500 || code == http.StatusRequestTimeout:
		out.Class, out.Unsure = schedulerv1.FailureClass_TRANSIENT, true
	case code == http.StatusConflict:
		out.Class, out.Code, out.Unsure = schedulerv1.FailureClass_TRANSIENT, "conflict", true
	case code == http.StatusUnauthorized, code == http.StatusForbidden:
		out.Class = schedulerv1.FailureClass_AUTHENTICATION
	case code == http.StatusNotFound, code == http.StatusGone:
		out.Code = provider.CodeUnknownOrder
	case code == http.StatusUnavailableForLegalReasons:
		out.Moderation = true
	}
	return out
}

// said is what the provider says about a refusal, if it is short and plain.
func said(body []byte) string {
	answer, err := parse(body)
	if err != nil {
		return ""
	}
	for _, pointer := range []string{"/error/message", "/message", "/error", "/detail", "/failure"} {
		if s := text(answer, pointer); s != "" {
			return ": " + printable(s)
		}
	}
	return ""
}

// printable bounds what a stranger says.
func printable(s string) string {
	s = strings.Map(func(r rune) rune {
		if strconv.IsPrint(r) {
			return r
		}
		return ' '
	}, s)
	if runes := []rune(s); len(runes) > 300 {
		s = string(runes[:300]) + "…"
	}
	return s
}

// retryAfterMost bounds what is believed.
const retryAfterMost = 24 * time.Hour

// retryAfter reads the header: seconds, or a date.
func retryAfter(h http.Header) time.Duration {
	v := h.Get("Retry-After")
	if s, err := strconv.ParseFloat(v, 64); err == nil {
		if !(s > 0) {
			return 0
		}
		return time.Duration(min(s, retryAfterMost.Seconds()) * float64(time.Second))
	}
	if at, err := http.ParseTime(v); err == nil {
		return min(max(time.Until(at), 0), retryAfterMost)
	}
	return 0
}
