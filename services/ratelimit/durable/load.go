package durable

import (
	"context"
	"time"

	"github.com/sheetreel/sheetreel/services/ratelimit/engine"
	"github.com/sheetreel/sheetreel/services/ratelimit/memory"
)

const (
	// pruneMost is how many rows are pruned in a transaction.
	pruneMost = 5000
	// crashLife is how long a crash is remembered: longer than any limit that is written behind counts.
	crashLife = 24 * time.Hour
)

// load gives the engine what the store has, as the last owner left it.
func (k *Keeper) load(ctx context.Context, last Owner) error {
	now := k.clock()
	if err := k.pruneAll(ctx, now); err != nil {
		return err
	}
	found := saved{damaged: map[engine.Place]bool{}}
	err := k.store.Load(ctx, k.fence, func(rows []Row) error {
		for _, r := range rows {
			if err := found.add(r); err != nil {
				k.log.ErrorContext(ctx, "what was counted cannot be read: it is taken as used up", "limit", r.Rule, "error", err)
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	crashed := last.Name != ""
	if crashed {
		k.log.WarnContext(ctx, "the last process ended without writing its last counters: what it may have granted is taken as used",
			"owner", last.Name, "written", last.Written)
		found.crashed(last.Written.Add(k.cfg.Unsaved), now)
	}
	if err := k.noteStart(ctx, found.crash, now); err != nil {
		return err
	}
	g := &gap{cfg: k.cfg, crashed: crashed, until: found.crash, damaged: found.damaged}
	k.Load(found.counters, found.charges, g.of(now))
	g.loaded.Store(true)
	k.log.InfoContext(ctx, "counters of limits loaded", "counters", len(found.counters), "charges", len(found.charges),
		"damaged", len(found.damaged), "crashed", crashed)
	return nil
}

// pruneAll deletes what means nothing any more.
func (k *Keeper) pruneAll(ctx context.Context, now time.Time) error {
	for {
		gone, err := k.store.Prune(ctx, k.fence, now.Add(-expireMargin), pruneMost)
		if err != nil || gone < pruneMost {
			return err
		}
	}
}

// saved is what a store has.
type saved struct {
	counters []memory.Saved
	charges  []memory.SavedCharge
	crash    time.Time             // of the last one
	damaged  map[engine.Place]bool // counters that cannot be read
}

func (s *saved) add(r Row) error {
	switch r.Kind {
	case Counter:
		place := engine.Place{Rule: r.Rule, Key: r.Key}
		c, err := decodeCounter(place, r.State)
		if err != nil {
			s.damaged[place] = true
			return err
		}
		s.counters = append(s.counters, c)
	case Charge:
		c, err := decodeCharge(r.State)
		if err != nil {
			return err // then nothing can refund it
		}
		s.charges = append(s.charges, c)
	case Crash:
		s.crash = r.Expire.Add(-crashLife)
	}
	return nil
}

// crashed changes what was found to what may be true after a crash that was at the latest then.
func (s *saved) crashed(latest, now time.Time) {
	for i := range s.charges {
		// It may have been committed or refunded since, so nothing may refund it (again).
		s.charges[i].Committed, s.charges[i].Lines = true, nil
	}
	if latest.After(now) {
		latest = now
	}
	if latest.After(s.crash) {
		s.crash = latest
	}
}

// noteStart writes that this process is alive, from when on a crash is reckoned, and when the last crash was: for the
// case that this process ends before the effect of that has passed. A crash in the future was before the wall clock was
// set back, so it is moved to now like all that is counted.
func (k *Keeper) noteStart(ctx context.Context, crash, now time.Time) error {
	b := Batch{Written: now}
	if crash.After(now) {
		crash = now
	}
	if !crash.IsZero() {
		b.Rows = []Row{{Kind: Crash, State: []byte{version}, Expire: crash.Add(crashLife)}}
	}
	return k.store.Write(ctx, k.fence, b)
}
