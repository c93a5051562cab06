package httpapi

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"google.golang.org/protobuf/encoding/protojson"

	schedulerv1 "github.com/sheetreel/sheetreel/gen/sheetreel/scheduler/v1"
	"github.com/sheetreel/sheetreel/services/render/provider"
)

// Client talks to one provider. It is a [provider.Hosted].
type Client struct {
	cfg              Config
	wire             Wire
	about            provider.Description
	calls, downloads *http.Client
	now              func() time.Time
}

// Describe implements [provider.Hosted].
func (c *Client) Describe() provider.Description { return c.about }

// Quote implements [provider.Hosted]: units times the price book, as long as it is valid.
func (c *Client) Quote(_ context.Context, t provider.Task) (provider.Price, error) {
	unit, units := "video_second", t.Duration.Seconds()
	book := c.about.Prices
	if t.Kind == provider.SceneImage {
		unit, units = "image", 1
	} else if _, bySecond := book.MicrosPerUnit[unit]; !bySecond {
		unit, units = "video", 1
	}
	price := provider.Price{Unit: unit, Units: units, Currency: book.Currency}
	micros, ok := book.MicrosPerUnit[unit]
	switch {
	case !ok:
		price.Why = fmt.Sprintf("%s: no price is known", c.cfg.Name)
	case !c.now().Before(book.Expires):
		price.Why = fmt.Sprintf("%s: the price of %s is too old", c.cfg.Name, book.Fetched.Format(time.DateOnly))
	default:
		price.Known = true
		price.Micros = ceil(units * float64(micros))
		price.MostMicros = ceil(units * float64(book.MicrosPerUnitAtMax[unit]))
		price.Why = fmt.Sprintf("%s: %.4g x %s at the price of %s", c.cfg.Name, units, unit, book.Fetched.Format(time.DateOnly))
	}
	return price, nil
}

func ceil(x float64) int64 {
	n := int64(x)
	if float64(n) < x {
		n++
	}
	return n
}

// Submit implements [provider.Hosted].
func (c *Client) Submit(ctx context.Context, t provider.Task, key string) (provider.Handle, error) {
	body, err := c.body(t, key)
	if err != nil {
		return "", &provider.Error{Class: schedulerv1.FailureClass_PERMANENT, Code: "bad_request", Err: err}
	}
	answer, err := c.call(ctx, http.MethodPost, c.wire.Submit, body, key)
	if err != nil {
		return "", err
	}
	id := text(answer, c.wire.Fields.SubmitID)
	if !goodID(id) {
		return "", &provider.Error{Class: schedulerv1.FailureClass_TRANSIENT, Code: "bad_answer", Unsure: true, Err: errors.New("the answer has no id of the order")}
	}
	return provider.Handle(id), nil
}

// body is what is ordered with.
func (c *Client) body(t provider.Task, key string) ([]byte, error) {
	fields := map[string]any{
		"width": t.Width, "height": t.Height, "metadata": map[string]any{"key": key},
	}
	if t.Kind == provider.WholeVideo {
		storyboard, err := protojson.Marshal(t.Storyboard)
		if err != nil {
			return nil, fmt.Errorf("storyboard: %w", err)
		}
		fields["storyboard"] = json.RawMessage(storyboard)
		fields["format"] = "mp4"
	} else {
		fields["prompt"] = t.Prompt
		fields["kind"] = strings.TrimPrefix(string(t.Kind), "scene_")
	}
	if t.Kind != provider.SceneImage {
		fields["duration"], fields["frame_rate"] = t.Duration.Seconds(), t.FrameRate
	}
	if c.cfg.Features.Seed {
		fields["seed"] = t.Seed
	}
	if c.cfg.Model != "" {
		fields["model"] = c.cfg.Model
	}
	if c.cfg.CallbackURL != "" {
		fields["callback_url"] = c.cfg.CallbackURL
	}
	for name, other := range c.wire.Names {
		if v, ok := fields[name]; ok {
			delete(fields, name)
			if other != "" { // else it is left out
				fields[other] = v
			}
		}
	}
	for name, v := range c.wire.Body {
		fields[name] = v
	}
	return json.Marshal(fields)
}

// Find implements [provider.Hosted].
func (c *Client) Find(ctx context.Context, key string) (provider.Handle, bool, error) {
	answer, err := c.call(ctx, http.MethodGet, strings.ReplaceAll(c.wire.Find, "{key}", url.QueryEscape(key)), nil, "")
	if err != nil {
		var known *provider.Error
		if errors.As(err, &known) && known.Code == provider.CodeUnknownOrder {
			return "", false, nil
		}
		return "", false, err
	}
	found, _ := at(answer, c.wire.Fields.Found)
	list, ok := found.([]any)
	if !ok {
		return "", false, &provider.Error{Class: schedulerv1.FailureClass_TRANSIENT, Code: "bad_answer", Err: errors.New("the answer has no list of orders")}
	}
	if len(list) == 0 {
		return "", false, nil
	}
	id := text(list[0], c.wire.Fields.ID)
	if !goodID(id) {
		return "", false, &provider.Error{Class: schedulerv1.FailureClass_TRANSIENT, Code: "bad_answer", Err: errors.New("the answer has no id of the order")}
	}
	return provider.Handle(id), true, nil
}

// Poll implements [provider.Hosted].
func (c *Client) Poll(ctx context.Context, h provider.Handle) (provider.Status, error) {
	answer, retryAfter, err := c.answer(ctx, http.MethodGet, c.path(c.wire.Poll, h), nil, "")
	if err != nil {
		return provider.Status{}, err
	}
	return c.status(answer, retryAfter)
}

// Cancel implements [provider.Hosted].
func (c *Client) Cancel(ctx context.Context, h provider.Handle) error {
	if !c.cfg.Features.Cancel {
		return nil
	}
	_, err := c.call(ctx, c.wire.CancelMethod, c.path(c.wire.Cancel, h), nil, "")
	var known *provider.Error
	if errors.As(err, &known) && (known.Code == provider.CodeUnknownOrder || known.Code == "conflict") {
		return nil // it is over
	}
	return err
}

// path puts an id into a path.
func (c *Client) path(pattern string, h provider.Handle) string {
	return strings.ReplaceAll(pattern, "{id}", url.PathEscape(string(h)))
}

// Fetch implements [provider.Hosted]. The address is the provider's word, so it gets no secret.
func (c *Client) Fetch(ctx context.Context, _ provider.Handle, s provider.Status, w io.Writer) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, s.URL, nil)
	if err != nil || s.URL == "" {
		return &provider.Error{Class: schedulerv1.FailureClass_PERMANENT, Code: "bad_answer", Err: errors.New("it gives no address of the result")}
	}
	answer, err := c.downloads.Do(req)
	if err != nil {
		return unanswered(err, false)
	}
	defer answer.Body.Close()
	switch code := answer.StatusCode; {
	case code == http.StatusForbidden, code == http.StatusNotFound, code == http.StatusGone, code == http.StatusUnauthorized:
		return &provider.Error{Class: schedulerv1.FailureClass_TRANSIENT, Code: "expired", Err: fmt.Errorf("%w (%d)", provider.ErrExpired, code)}
	case code != http.StatusOK:
		return refusal(answer, nil)
	}
	from := &source{r: answer.Body}
	_, err = io.Copy(w, from)
	if from.err != nil {
		return &provider.Error{Class: schedulerv1.FailureClass_NETWORK, Code: "broken_off", Err: from.err}
	}
	return err
}

// source remembers why reading ended, to tell it from trouble of writing.
type source struct {
	r   io.Reader
	err error
}

func (s *source) Read(p []byte) (int, error) {
	n, err := s.r.Read(p)
	if err != nil && !errors.Is(err, io.EOF) {
		s.err = err
	}
	return n, err
}

// HandleCallback implements [provider.Hosted].
func (c *Client) HandleCallback(_ http.Header, body []byte) (provider.Handle, error) {
	answer, err := parse(body)
	if err != nil {
		return "", err
	}
	id := text(answer, c.wire.Fields.ID)
	if !goodID(id) {
		return "", errors.New("it names no order")
	}
	return provider.Handle(id), nil
}
