package pg

import (
	"context"
	"fmt"
	"io/fs"
	"slices"

	"github.com/jackc/pgx/v5"
)

// migrate applies what is missing, forward only.
func (db *DB) migrate(ctx context.Context, migrations fs.FS) error {
	names, err := fs.Glob(migrations, "*.sql")
	if err != nil {
		return err
	}
	slices.Sort(names)
	err = db.alone(ctx, func(ctx context.Context, tx pgx.Tx) error {
		if err := tx.QueryRow(ctx, `SELECT current_schema()`).Scan(&db.Schema); err != nil {
			return fmt.Errorf("schema: %w", err)
		}
		_, err := tx.Exec(ctx, `CREATE TABLE IF NOT EXISTS migrations (name text PRIMARY KEY, applied timestamptz NOT NULL DEFAULT now())`)
		return err
	})
	if err != nil {
		return err
	}
	for _, name := range names {
		text, err := fs.ReadFile(migrations, name)
		if err != nil {
			return err
		}
		if err := db.apply(ctx, name, string(text)); err != nil {
			return fmt.Errorf("migration %s: %w", name, err)
		}
	}
	return nil
}

func (db *DB) apply(ctx context.Context, name, text string) error {
	return db.alone(ctx, func(ctx context.Context, tx pgx.Tx) error {
		var applied bool
		err := tx.QueryRow(ctx, `SELECT EXISTS (SELECT FROM migrations WHERE name = $1)`, name).Scan(&applied)
		if err != nil || applied {
			return err
		}
		// A lock that a long query holds must fail the migration, not queue everybody else behind it.
		if _, err := tx.Exec(ctx, `SET LOCAL lock_timeout = '2s'`); err != nil {
			return err
		}
		// Without arguments pgx sends the text as it is, so that it may hold many statements.
		if _, err := tx.Conn().PgConn().Exec(ctx, text).ReadAll(); err != nil {
			return err
		}
		_, err = tx.Exec(ctx, `INSERT INTO migrations (name) VALUES ($1)`, name)
		return err
	})
}

// alone runs fn in a transaction that no other process migrates beside, in this schema.
func (db *DB) alone(ctx context.Context, fn func(context.Context, pgx.Tx) error) error {
	return db.InTx(ctx, func(ctx context.Context, tx pgx.Tx) error {
		_, err := tx.Exec(ctx, `SELECT pg_advisory_xact_lock(hashtextextended('sheetreel migrations of ' || current_schema(), 0))`)
		if err != nil {
			return err
		}
		return fn(ctx, tx)
	})
}
