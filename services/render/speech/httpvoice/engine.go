package httpvoice

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"text/template"
	"time"

	schedulerv1 "github.com/sheetreel/sheetreel/gen/sheetreel/scheduler/v1"
	"github.com/sheetreel/sheetreel/services/render/assets"
	"github.com/sheetreel/sheetreel/services/render/provider"
	"github.com/sheetreel/sheetreel/services/render/speech"
	"github.com/sheetreel/sheetreel/services/render/studio/encode"
)

// longest is the longest speech that is taken.
const longest = 15 * time.Minute

// Deps are what an engine works with. Unset ones are the usual.
type Deps struct {
	// FFmpeg is the program that decodes.
	FFmpeg string
	// Over carries the calls, and decides what may be called.
	Over http.RoundTripper
	// Wait waits between two tries, or until the context ends.
	Wait func(context.Context, time.Duration) error
}

// Engine is a speech.Engine. It is safe for concurrent use.
type Engine struct {
	cfg    Config
	body   *template.Template
	client *http.Client
	tool   encode.Tool
	slots  chan struct{}
	wait   func(context.Context, time.Duration) error
}

var _ speech.Engine = (*Engine)(nil)

// New makes an engine. Nothing is called.
func New(c Config, deps Deps) (*Engine, error) {
	c, body, err := c.complete()
	if err != nil {
		return nil, err
	}
	e := &Engine{
		cfg: c, body: body, client: c.policy().Client(), tool: encode.Tool{FFmpeg: deps.FFmpeg},
		slots: make(chan struct{}, c.Concurrent), wait: deps.Wait,
	}
	if deps.Over != nil {
		e.client = &http.Client{Transport: deps.Over, Timeout: c.Timeout}
	}
	if e.wait == nil {
		e.wait = pause
	}
	return e, nil
}

// Version is made of what the configuration says of the service: nothing is called.
func (e *Engine) Version(context.Context) (string, error) {
	h := sha256.New()
	for _, part := range []string{e.cfg.URL, e.cfg.Body, fmt.Sprint(e.cfg.Headers), fmt.Sprint(e.cfg.Voices)} {
		fmt.Fprintf(h, "%d %s", len(part), part)
	}
	return "http " + e.cfg.Version + " " + hex.EncodeToString(h.Sum(nil)[:6]), nil
}

// Speak calls the service.
func (e *Engine) Speak(ctx context.Context, r speech.Request) (speech.Utterance, error) {
	if r.Voice == "" || r.Voice == speech.AnyVoice {
		r.Voice = e.voice(r.Language)
	}
	var body bytes.Buffer
	if err := e.body.Execute(&body, r); err != nil {
		return speech.Utterance{}, fmt.Errorf("speech service: body: %w", err)
	}
	select {
	case e.slots <- struct{}{}:
		defer func() { <-e.slots }()
	case <-ctx.Done():
		return speech.Utterance{}, context.Cause(ctx)
	}
	answer, err := e.call(ctx, body.Bytes())
	if err != nil {
		return speech.Utterance{}, fmt.Errorf("speech service: %w", err)
	}
	audio, said, err := e.cfg.Answer.parse(answer)
	if err != nil {
		return speech.Utterance{}, fmt.Errorf("speech service: %w", wrong(err))
	}
	rate, length, err := e.decode(ctx, audio, r.Path)
	if err != nil {
		return speech.Utterance{}, fmt.Errorf("speech service: %w", err)
	}
	return speech.Utterance{SampleRate: rate, Duration: length, Words: fitting(said, r.Text, length)}, nil
}

// voice is that of a language, or of its base language, or the usual one.
func (e *Engine) voice(language string) string {
	base, _, _ := strings.Cut(language, "-")
	for _, name := range []string{language, base, "default"} {
		if v := e.cfg.Voices[name]; v != "" {
			return v
		}
	}
	return ""
}

// decode makes the WAV file of an answer.
func (e *Engine) decode(ctx context.Context, audio []byte, path string) (rate int, length time.Duration, err error) {
	format, err := assets.Sniff(audio[:min(len(audio), assets.SniffLen)], assets.Audio)
	if err != nil {
		return 0, 0, wrong(fmt.Errorf("answer: it %w", err))
	}
	raw := path + ".answer"
	if err := os.WriteFile(raw, audio, 0o600); err != nil {
		return 0, 0, err
	}
	dir, name := filepath.Split(path)
	_, err = encode.Decode(ctx, e.tool, dir, encode.Foreign{Path: raw, Demuxer: format.Demuxer()}, name, 1, longest)
	if gone := os.Remove(raw); err == nil {
		err = gone
	}
	switch {
	case ctx.Err() != nil:
		return 0, 0, context.Cause(ctx)
	case errors.Is(err, encode.ErrMissing):
		return 0, 0, err
	case err != nil:
		return 0, 0, wrong(fmt.Errorf("answer: %w", err))
	}
	info, err := os.Stat(path)
	if err != nil {
		return 0, 0, err
	}
	const rateOut, head = 48000, 44
	length = time.Duration(info.Size()-head) / 2 * time.Second / rateOut
	if length < 10*time.Millisecond {
		return 0, 0, wrong(errors.New("answer: there is no sound in it"))
	}
	return rateOut, length, nil
}

// wrong marks an answer that will not be better the next time.
func wrong(err error) error {
	return &provider.Error{Class: schedulerv1.FailureClass_PERMANENT, Err: err}
}
