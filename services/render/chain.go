package render

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"time"

	schedulerv1 "github.com/sheetreel/sheetreel/gen/sheetreel/scheduler/v1"
	"github.com/sheetreel/sheetreel/services/render/provider"
)

const (
	// patientTries is how many attempts wait for a provider with passing trouble, before the next one is asked instead.
	patientTries = 3
	// longWait is how long a provider may want to be left alone until the next one is asked instead.
	longWait = 5 * time.Minute
)

// chain are the providers that may make a video, in order: the one that was chosen, and those that take its place when it fails
// for good. What this worker does not know is left out.
func (w *worker) chain(o *schedulerv1.RenderOptions) []provider.Provider {
	first, ok := w.known(o.GetProvider())
	if !ok {
		first = w.Provider
	}
	all := []provider.Provider{first}
	for _, name := range o.GetFallbackProviders() {
		if p, ok := w.known(name); ok && !contains(all, name) {
			all = append(all, p)
		}
	}
	return all
}

func (w *worker) known(name string) (provider.Provider, bool) {
	for _, p := range w.providers {
		if p.Name() == name {
			return p, true
		}
	}
	return nil, false
}

func contains(all []provider.Provider, name string) bool {
	for _, p := range all {
		if p.Name() == name {
			return true
		}
	}
	return false
}

// renderBy lets the providers of a chain try one after the other. names are the one that made the video, and those that failed
// before it.
func (w *worker) renderBy(ctx context.Context, chain []provider.Provider, attempt int32, r provider.Request) (*provider.Result, []string, error) {
	var failed []string
	for i, p := range chain {
		one := r
		if i > 0 { // the one before may have left something behind
			one.Dir = filepath.Join(r.Dir, "fallback-"+strconv.Itoa(i))
			if err := os.Mkdir(one.Dir, 0o700); err != nil {
				return nil, nil, system(err)
			}
		}
		result, err := p.Render(ctx, one)
		if err == nil && ctx.Err() != nil {
			err = context.Cause(ctx) // a provider that comes too late all the same
		}
		if err == nil {
			return result, append([]string{p.Name()}, failed...), nil
		}
		if ctx.Err() != nil {
			return nil, nil, err
		}
		if i == len(chain)-1 || !fallsThrough(err, attempt) {
			return nil, nil, w.rest(p.Name(), err)
		}
		w.Log.Info("a provider failed; the next one takes its place", "provider", p.Name(), "next", chain[i+1].Name(), "error", err)
		failed = append(failed, p.Name())
	}
	return nil, nil, errors.New("there is no provider") // a chain has at least one
}

// fallsThrough tells that a provider's failure is for good: it will not make this video, or has had its chances.
func fallsThrough(err error, attempt int32) bool {
	var known *provider.Error
	if errors.As(err, &known) && known.RetryAfter > longWait {
		return true
	}
	switch provider.ClassOf(err) {
	case schedulerv1.FailureClass_PERMANENT, schedulerv1.FailureClass_AUTHENTICATION:
		return true
	case schedulerv1.FailureClass_TRANSIENT, schedulerv1.FailureClass_NETWORK, schedulerv1.FailureClass_UPSTREAM_RATE_LIMITED:
		return attempt >= patientTries
	}
	return false // this machine's trouble, or the idea's
}

// errThrottled says that the video waits until its provider takes orders again. That costs no attempt.
type errThrottled struct {
	provider string
	err      error
}

func (e *errThrottled) Error() string {
	return fmt.Sprintf("%s wants to be left alone: %v", e.provider, e.err)
}
func (e *errThrottled) Unwrap() error { return e.err }
