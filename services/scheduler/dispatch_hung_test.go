package scheduler

import (
	"context"
	"errors"
	"log/slog"
	"testing"
	"testing/synctest"
	"time"

	"github.com/sheetreel/sheetreel/kit/errs"
	"github.com/sheetreel/sheetreel/services/scheduler/store"
)

// silent is a store that does not answer to some calls.
type silent struct {
	*shelf
	find, claim bool
}

func (s silent) Candidates(ctx context.Context, search store.Search, now time.Time) ([]store.Candidate, error) {
	if s.find {
		<-ctx.Done()
		return nil, ctx.Err()
	}
	return s.shelf.Candidates(ctx, search, now)
}

func (s silent) Claim(ctx context.Context, claims []store.Claim, worker string, until, now time.Time) ([]store.Leased, error) {
	if s.claim {
		<-ctx.Done()
		return nil, ctx.Err()
	}
	return s.shelf.Claim(ctx, claims, worker, until, now)
}

func TestRoundThatWaitsInVainBlamesTheDatabase(t *testing.T) {
	for name, db := range map[string]silent{"to find": {find: true}, "to claim": {claim: true}} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				db.shelf = &shelf{}
				db.add(1, "ada", "")
				d := newDispatcher(db, newAllowance(nil), time.Minute, slog.New(slog.DiscardHandler))
				_, err := d.lease(t.Context(), "w", 1, time.Now())
				if !errors.As(err, new(*errs.DatabaseError)) {
					t.Errorf("error = %v, want one that blames the database", err)
				}

				ctx, cancel := context.WithTimeout(t.Context(), time.Second)
				defer cancel()
				_, err = d.lease(ctx, "w", 1, time.Now())
				if db.claim && errors.As(err, new(*errs.DatabaseError)) {
					t.Errorf("error = %v, although the caller went away", err)
				}
			})
		})
	}
}
