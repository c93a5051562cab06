package scheduler

import (
	"context"
	"errors"
	"time"

	"github.com/sheetreel/sheetreel/kit/run"
	"github.com/sheetreel/sheetreel/services/scheduler/store"
)

// Keep says for how long what has happened is kept.
type Keep struct {
	KeepFinished    time.Duration `help:"Bulk jobs are deleted so long after their end, with their files; 0 keeps them for ever." default:"2160h" env:"SHEETREEL_KEEP_FINISHED"`
	KeepProgress    time.Duration `help:"Progress leaves the history of a bulk job so long after its end; 0 keeps it." default:"1h" env:"SHEETREEL_KEEP_PROGRESS"`
	KeepDeadLetters time.Duration `help:"Dead letters are removed after so long, and their video jobs stay FAILED; 0 keeps them for ever." default:"720h" env:"SHEETREEL_KEEP_DEAD_LETTERS"`
}

func (k Keep) validate() error {
	if k.KeepFinished < 0 {
		return errors.New("keep-finished: must not be negative")
	}
	if k.KeepProgress < 0 {
		return errors.New("keep-progress: must not be negative")
	}
	if k.KeepDeadLetters < 0 {
		return errors.New("keep-dead-letters: must not be negative")
	}
	return nil
}

const (
	compactEvery = 10 * time.Second
	retireEvery  = time.Minute
	retireBatch  = 100
	pruneEvery   = 2 * time.Second
	pruneBatch   = 200 // rows of each kind in a transaction
	buryEvery    = 10 * time.Minute
	buryBatch    = 1000
)

// upkeep adds the loops that shorten what is stored. Any number of replicas may run them: a step takes what no other
// one has in hand, and is one short transaction.
func (s *Service) upkeep(g *run.Group) {
	g.Add("compact histories", func(ctx context.Context) error {
		return s.every(ctx, compactEvery, "compact histories", s.compactOnce)
	})
	g.Add("retire bulk jobs", func(ctx context.Context) error {
		return s.every(ctx, retireEvery, "retire bulk jobs", s.retireOnce)
	})
	g.Add("prune deleted bulk jobs", func(ctx context.Context) error {
		return s.every(ctx, pruneEvery, "prune deleted bulk jobs", s.pruneOnce)
	})
	g.Add("forget deletions", func(ctx context.Context) error {
		return s.every(ctx, buryEvery, "forget deletions", s.forgetDeletionsOnce)
	})
	g.Add("forget rows", func(ctx context.Context) error {
		return s.every(ctx, buryEvery, "forget rows", s.forgetRowsOnce)
	})
}

// whileMore repeats a step until it has nothing to do.
func whileMore(ctx context.Context, once func() (more bool, err error)) error {
	for ctx.Err() == nil {
		if more, err := once(); err != nil || !more {
			return err
		}
	}
	return ctx.Err()
}

func (s *Service) compactOnce(ctx context.Context) error {
	if s.config.KeepProgress == 0 {
		return nil
	}
	return whileMore(ctx, func() (bool, error) {
		now := s.now()
		return s.store.CompactEvents(ctx, now.Add(-s.config.KeepProgress), now)
	})
}

// retireOnce deletes the bulk jobs that ended long ago, as a user would.
func (s *Service) retireOnce(ctx context.Context) error {
	if s.config.KeepFinished == 0 {
		return nil
	}
	return whileMore(ctx, func() (bool, error) {
		now := s.now()
		keys, err := s.store.EndedBefore(ctx, now.Add(-s.config.KeepFinished), retireBatch)
		if err != nil {
			return false, err
		}
		for _, k := range keys {
			err := s.store.DeleteBulkJob(ctx, store.Request{}, k, now)
			var conflict *store.StateError
			// Another replica was faster, or somebody has just retried it.
			if err != nil && !errors.Is(err, store.ErrNotFound) && !errors.As(err, &conflict) {
				return false, err
			}
		}
		return len(keys) == retireBatch, nil
	})
}

func (s *Service) pruneOnce(ctx context.Context) error {
	return whileMore(ctx, func() (bool, error) { return s.store.Prune(ctx, pruneBatch, s.now()) })
}

func (s *Service) forgetDeletionsOnce(ctx context.Context) error {
	return whileMore(ctx, func() (bool, error) {
		n, err := s.store.ForgetDeletions(ctx, s.now().Add(-store.DeletionRetention), buryBatch)
		return n == buryBatch, err
	})
}

func (s *Service) forgetRowsOnce(ctx context.Context) error {
	return whileMore(ctx, func() (bool, error) {
		now := s.now()
		n, err := s.store.ForgetRows(ctx, now.Add(-store.RemovedRetention), now.Add(-store.SourceRetention), buryBatch)
		return n > 0, err
	})
}
