package scheduler

import (
	"context"
	"time"
)

const (
	expireEvery = time.Second
	expireBatch = 100
	forgetEvery = 10 * time.Minute
)

// expireLoop ends leases whose worker no longer reports.
func (s *Service) expireLoop(ctx context.Context) error {
	return s.every(ctx, expireEvery, "expire leases", s.expireOnce)
}

func (s *Service) expireOnce(ctx context.Context) error {
	if !s.store.Clock().Fresh() { // whether a lease is over is not for us to say now
		return nil
	}
	for {
		n, err := s.store.Expire(ctx, expireBatch, s.now())
		if n > 0 {
			s.log.WarnContext(ctx, "leases expired", "count", n)
		}
		if err != nil || n < expireBatch {
			return err
		}
	}
}

// forgetLoop drops request ids that are too old.
func (s *Service) forgetLoop(ctx context.Context) error {
	return s.every(ctx, forgetEvery, "forget requests", func(ctx context.Context) error {
		return s.store.Forget(ctx, s.now())
	})
}

// every runs once at each tick until ctx ends. A failed run is logged; the next one tries again.
func (s *Service) every(ctx context.Context, interval time.Duration, name string, once func(context.Context) error) error {
	ticker := time.NewTicker(interval)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-ticker.C:
		}
		if err := once(ctx); err != nil && ctx.Err() == nil {
			s.log.ErrorContext(ctx, name, "error", err)
		}
	}
}
