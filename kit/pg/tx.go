package pg

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/sheetreel/sheetreel/kit/retry"
)

// again is how a transaction is repeated that lost against another one.
func again() retry.Policy {
	return retry.Policy{Initial: 5 * time.Millisecond, Multiplier: 3, Max: 500 * time.Millisecond, MaxAttempts: 8}
}

// InTx runs fn in a READ COMMITTED transaction and commits it; an error of fn rolls back and is returned as it is.
// It runs fn again when the server chose the transaction as the loser of a deadlock or of a serialization conflict,
// so fn must set what it gives out anew each time. A transaction that could not begin, because the server is being
// started again, is tried again too; one whose connection broke later is not: nobody knows whether it committed.
// Trouble of the server's is an *errs.DatabaseError.
func (db *DB) InTx(ctx context.Context, fn func(context.Context, pgx.Tx) error) error {
	return Trouble(ctx, db.inTxs(ctx, fn))
}

func (db *DB) inTxs(ctx context.Context, fn func(context.Context, pgx.Tx) error) error {
	ctx, cancel := context.WithTimeout(ctx, db.limit)
	defer cancel()
	policy := again()
	for attempt := 1; ; attempt++ {
		err := db.inTx(ctx, pgx.TxOptions{}, fn)
		if !lostToOther(err) && !errors.As(err, new(*beginError)) || attempt == policy.MaxAttempts {
			return err
		}
		select {
		case <-time.After(policy.Wait(attempt, rand.Float64)):
		case <-ctx.Done():
			return err
		}
	}
}

// Read runs fn in a read-only transaction: everything that it sees is of one moment. Trouble of the server's is an
// *errs.DatabaseError.
func (db *DB) Read(ctx context.Context, fn func(context.Context, pgx.Tx) error) error {
	limited, cancel := context.WithTimeout(ctx, db.limit)
	defer cancel()
	return Trouble(ctx, db.inTx(limited, pgx.TxOptions{IsoLevel: pgx.RepeatableRead, AccessMode: pgx.ReadOnly}, fn))
}

func (db *DB) inTx(ctx context.Context, options pgx.TxOptions, fn func(context.Context, pgx.Tx) error) error {
	tx, err := db.Pool.BeginTx(ctx, options)
	if err != nil {
		return &beginError{err}
	}
	defer tx.Rollback(ctx) //nolint:errcheck // after a commit there is nothing to roll back
	if err := fn(ctx, tx); err != nil {
		return err
	}
	if err := tx.Commit(ctx); err != nil {
		return fmt.Errorf("commit: %w", err)
	}
	return nil
}

// beginError says that nothing has happened yet.
type beginError struct{ err error }

func (e *beginError) Error() string { return "begin: " + e.err.Error() }
func (e *beginError) Unwrap() error { return e.err }

// SQLSTATE codes, from appendix A of the PostgreSQL manual.
const (
	serializationFailure = "40001"
	deadlockDetected     = "40P01"
	invalidText          = "22P02"
	invalidCharacter     = "22021"
)

func lostToOther(err error) bool {
	return hasCode(err, serializationFailure) || hasCode(err, deadlockDetected)
}

// IsInvalidText tells whether err is about a value that its column cannot hold, such as an id that is no UUID.
func IsInvalidText(err error) bool {
	return hasCode(err, invalidText) || hasCode(err, invalidCharacter)
}

func hasCode(err error, code string) bool {
	var e *pgconn.PgError
	return errors.As(err, &e) && e.Code == code
}
