package drive

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/sheetreel/sheetreel/services/render/probe"
	"github.com/sheetreel/sheetreel/services/render/provider"
)

// fetchTimeout bounds a download.
const fetchTimeout = 5 * time.Minute

// badResult says that what came is not what was ordered.
type badResult struct{ err error }

func (b *badResult) Error() string { return "the result is refused: " + b.err.Error() }
func (b *badResult) Unwrap() error { return b.err }

// errTooLarge says that a result is larger than any that is ordered.
var errTooLarge = errors.New("it is too large")

// fetch writes the result to the order's path, if it is what was ordered.
func (r *run) fetch(ctx context.Context, s provider.Status) (err error) {
	ctx, cancel := context.WithTimeoutCause(ctx, fetchTimeout, errors.New("the download takes too long"))
	defer cancel()
	file, err := os.Create(r.order.Path)
	if err != nil {
		return system(err)
	}
	defer func() {
		err = errors.Join(err, ignoreClosed(file.Close()))
		if err != nil {
			err = errors.Join(err, os.Remove(r.order.Path))
		}
	}()
	if err := r.hosted.Fetch(ctx, r.entry.Handle, s, &limited{file, r.cfg.MaxResult}); err != nil {
		if errors.Is(err, errTooLarge) {
			return &badResult{fmt.Errorf("%w: more than %d bytes", errTooLarge, r.cfg.MaxResult)}
		}
		return err
	}
	if err := file.Close(); err != nil {
		return system(err)
	}
	if r.order.Check == nil {
		return nil
	}
	err = r.order.Check(ctx, r.order.Path)
	var known *provider.Error
	switch {
	case err == nil, errors.As(err, &known):
		return err
	case errors.Is(err, probe.ErrMachine):
		return system(err) // what was bought is fetched again when this machine is well
	}
	return &badResult{err}
}

func ignoreClosed(err error) error {
	if errors.Is(err, os.ErrClosed) {
		return nil
	}
	return err
}

// limited refuses to write more than so many bytes.
type limited struct {
	w    io.Writer
	left int64
}

func (l *limited) Write(p []byte) (int, error) {
	if l.left -= int64(len(p)); l.left < 0 {
		return 0, errTooLarge
	}
	return l.w.Write(p)
}
