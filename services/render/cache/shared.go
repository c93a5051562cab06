package cache

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"os"
	"sync"
	"time"

	"gocloud.dev/blob"
	"gocloud.dev/gcerrors"
)

const (
	// sharedLimit is the longest that one entry may take.
	sharedLimit = 20 * time.Second
	// sharedPause is how long a bucket that failed is left alone.
	sharedPause = 30 * time.Second
)

// shared is a bucket that several machines share. A nil one is empty.
type shared struct {
	bucket *blob.Bucket
	log    *slog.Logger
	now    func() time.Time

	mu    sync.Mutex
	until time.Time // it is left alone
}

// get hands an entry to receive, and says whether that worked.
func (s *shared) get(ctx context.Context, k Key, receive func(io.Reader) error) bool {
	if s == nil || s.resting() {
		return false
	}
	ctx, cancel := context.WithTimeout(ctx, sharedLimit)
	defer cancel()
	r, err := s.bucket.NewReader(ctx, k.path(), nil)
	if err == nil {
		err = receive(r)
		r.Close()
	}
	if err == nil || gcerrors.Code(err) == gcerrors.NotFound {
		return err == nil
	}
	s.rest(ctx, "read", k, err)
	return false
}

// put copies an entry's file into the bucket.
func (s *shared) put(ctx context.Context, k Key, file string) {
	if s == nil || s.resting() {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, sharedLimit)
	defer cancel()
	entry, err := os.Open(file)
	if err != nil {
		return // evicted already
	}
	defer entry.Close()
	if err := s.bucket.Upload(ctx, k.path(), entry, &blob.WriterOptions{ContentType: "application/octet-stream"}); err != nil {
		s.rest(ctx, "written", k, err)
	}
}

func (s *shared) resting() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.now().Before(s.until)
}

// rest leaves the bucket alone for a while, unless it was the caller who gave up.
func (s *shared) rest(ctx context.Context, what string, k Key, err error) {
	if errors.Is(ctx.Err(), context.Canceled) {
		return
	}
	if !errors.Is(err, errDamaged) { // that is one entry's trouble
		s.mu.Lock()
		s.until = s.now().Add(sharedPause)
		s.mu.Unlock()
	}
	s.log.WarnContext(ctx, "the shared cache cannot be "+what, "key", k.String(), "error", err)
}
