package httpapi

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	schedulerv1 "github.com/sheetreel/sheetreel/gen/sheetreel/scheduler/v1"
	"github.com/sheetreel/sheetreel/services/render/provider"
)

// parse reads an answer.
func parse(data []byte) (any, error) {
	if len(data) > answerMost {
		return nil, errors.New("the answer is too long")
	}
	decoder := json.NewDecoder(bytes.NewReader(data))
	decoder.UseNumber()
	var out any
	if err := decoder.Decode(&out); err != nil {
		return nil, errors.New("the answer is no JSON")
	}
	return out, nil
}

// at follows a JSON pointer.
func at(v any, pointer string) (any, bool) {
	if pointer == "" {
		return nil, false
	}
	for _, part := range strings.Split(strings.TrimPrefix(pointer, "/"), "/") {
		part = strings.NewReplacer("~1", "/", "~0", "~").Replace(part)
		switch in := v.(type) {
		case map[string]any:
			next, ok := in[part]
			if !ok {
				return nil, false
			}
			v = next
		case []any:
			i, err := strconv.Atoi(part)
			if err != nil || i < 0 || i >= len(in) {
				return nil, false
			}
			v = in[i]
		default:
			return nil, false
		}
	}
	return v, true
}

// text is a string or number at a pointer, or "".
func text(v any, pointer string) string {
	found, _ := at(v, pointer)
	switch x := found.(type) {
	case string:
		return x
	case json.Number:
		return x.String()
	}
	return ""
}

// number is a number at a pointer.
func number(v any, pointer string) (float64, bool) {
	x, err := strconv.ParseFloat(text(v, pointer), 64)
	return x, err == nil && !math.IsNaN(x) && !math.IsInf(x, 0)
}

func truth(v any, pointer string) (is, said bool) {
	found, _ := at(v, pointer)
	b, ok := found.(bool)
	return b, ok
}

// goodID refuses ids that cannot stand in a path or a file.
func goodID(id string) bool {
	return id != "" && len(id) <= 512 && printable(id) == id && id != "." && id != ".."
}

// status reads the answer to Poll.
func (c *Client) status(answer any, retryAfter time.Duration) (provider.Status, error) {
	f := c.wire.Fields
	word := text(answer, f.Status)
	state, ok := stateOf(c.wire.States[strings.ToLower(word)])
	if !ok {
		return provider.Status{}, &provider.Error{Class: schedulerv1.FailureClass_TRANSIENT, Code: "bad_answer", Err: fmt.Errorf("its status is %q, which means nothing to us", printable(word))}
	}
	out := provider.Status{State: state, Percent: -1, RetryAfter: retryAfter, URL: text(answer, f.URL)}
	if p, ok := number(answer, f.Progress); ok && p >= 0 {
		if !f.Percent {
			p *= 100
		}
		out.Percent = min(p, 100)
	}
	if cost, ok := number(answer, f.Cost); ok && cost >= 0 && cost <= 1e7 {
		micros := int64(math.Round(cost * 1e6))
		out.BilledMicros = &micros
	}
	if state == provider.Failed {
		out.Failure = c.failure(answer)
	}
	return out, nil
}

// failure reads why an order failed. What is not said to be worth another try is not tried again, unless nothing is said at all.
func (c *Client) failure(answer any) *provider.Error {
	f := c.wire.Fields
	code, message := text(answer, f.Code), text(answer, f.Message)
	out := &provider.Error{Class: schedulerv1.FailureClass_TRANSIENT, Code: printable(code), Err: errors.New(printable(strings.TrimSpace(code + " " + message)))}
	for _, word := range f.Moderation {
		if strings.Contains(strings.ToLower(code), strings.ToLower(word)) {
			out.Moderation = true
		}
	}
	if retryable, said := truth(answer, f.Retryable); out.Moderation || said && !retryable {
		out.Class = schedulerv1.FailureClass_PERMANENT
	}
	out.Billed, _ = truth(answer, f.Billed)
	return out
}
