package scheduler

import (
	"context"
	"time"
)

const (
	expireLettersEvery = time.Minute
	expireLettersBatch = 500
)

// expireLettersLoop removes dead letters that are too old. Their video jobs stay FAILED. Any number of replicas may do
// so at the same time.
func (s *Service) expireLettersLoop(ctx context.Context) error {
	if s.config.KeepDeadLetters == 0 {
		<-ctx.Done() // they are kept for ever
		return nil
	}
	return s.every(ctx, expireLettersEvery, "expire dead letters", s.expireLettersOnce)
}

func (s *Service) expireLettersOnce(ctx context.Context) error {
	before := s.now().Add(-s.config.KeepDeadLetters)
	for {
		n, err := s.store.ExpireDeadLetters(ctx, before, expireLettersBatch)
		if n > 0 {
			s.log.InfoContext(ctx, "dead letters expired", "count", n)
		}
		if err != nil || n < expireLettersBatch {
			return err
		}
	}
}
