// Package sqlite opens SQLite databases the one way that Sheetreel uses them: write-ahead log, synchronous=FULL,
// one writing connection whose transactions are serial, and a small pool of read-only connections.
//
// An acknowledged write survives the death of the process and, at synchronous=FULL, of the machine.
package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"slices"

	"modernc.org/sqlite" // also registers the driver
)

const (
	readers     = 4
	busyTimeout = 5000 // milliseconds; only another process can make us wait
)

// DB is an open database.
type DB struct {
	writer *sql.DB
	reader *sql.DB
}

// Open opens or creates the database file at path and brings it up to date with the migrations: files named
// 0001_name.sql, 0002_..., each applied once, in order, in a transaction of its own.
func Open(ctx context.Context, path string, migrations fs.FS) (*DB, error) {
	if err := os.MkdirAll(filepath.Dir(path), 0o750); err != nil {
		return nil, fmt.Errorf("database folder: %w", err)
	}
	writer, err := open(path, "_txlock=immediate&_pragma=journal_mode(WAL)&_pragma=synchronous(FULL)&_pragma=wal_autocheckpoint(4000)")
	if err != nil {
		return nil, err
	}
	writer.SetMaxOpenConns(1)
	db := &DB{writer: writer}
	if err := db.migrate(ctx, migrations); err != nil {
		writer.Close()
		return nil, fmt.Errorf("database %s: %w", path, err)
	}
	db.reader, err = open(path, "_pragma=query_only(1)")
	if err != nil {
		writer.Close()
		return nil, err
	}
	db.reader.SetMaxOpenConns(readers)
	return db, nil
}

func open(path, options string) (*sql.DB, error) {
	dsn := (&url.URL{Scheme: "file", Opaque: (&url.URL{Path: path}).EscapedPath()}).String()
	db, err := sql.Open("sqlite", fmt.Sprintf("%s?_pragma=busy_timeout(%d)&%s", dsn, busyTimeout, options))
	if err != nil {
		return nil, fmt.Errorf("database %s: %w", path, err)
	}
	return db, nil
}

// Close closes the database.
func (db *DB) Close() error {
	return errors.Join(db.reader.Close(), db.writer.Close())
}

// Write runs fn in a write transaction and commits it; an error of fn rolls back and is returned as it is.
// Transactions are serial, so fn must be short and must not call Write.
func (db *DB) Write(ctx context.Context, fn func(*sql.Tx) error) error {
	return inTx(ctx, db.writer, nil, fn)
}

// Read runs fn in a read transaction: everything it sees is of one moment.
func (db *DB) Read(ctx context.Context, fn func(*sql.Tx) error) error {
	return inTx(ctx, db.reader, &sql.TxOptions{ReadOnly: true}, fn)
}

func inTx(ctx context.Context, pool *sql.DB, options *sql.TxOptions, fn func(*sql.Tx) error) error {
	tx, err := pool.BeginTx(ctx, options)
	if err != nil {
		return fmt.Errorf("begin: %w", err)
	}
	defer tx.Rollback() //nolint:errcheck // after a commit there is nothing to roll back
	if err := fn(tx); err != nil {
		return err
	}
	if err := tx.Commit(); err != nil {
		return fmt.Errorf("commit: %w", err)
	}
	return nil
}

// IsUnique tells whether err breaks a unique index or primary key.
func IsUnique(err error) bool {
	var e *sqlite.Error
	return errors.As(err, &e) && (e.Code() == 2067 || e.Code() == 1555) // SQLITE_CONSTRAINT_UNIQUE, _PRIMARYKEY
}

func (db *DB) migrate(ctx context.Context, migrations fs.FS) error {
	_, err := db.writer.ExecContext(ctx, `CREATE TABLE IF NOT EXISTS migrations (name TEXT PRIMARY KEY) STRICT`)
	if err != nil {
		return err
	}
	names, err := fs.Glob(migrations, "*.sql")
	if err != nil {
		return err
	}
	slices.Sort(names)
	for _, name := range names {
		text, err := fs.ReadFile(migrations, name)
		if err != nil {
			return err
		}
		err = db.Write(ctx, func(tx *sql.Tx) error {
			var applied int
			err := tx.QueryRowContext(ctx, `SELECT count(*) FROM migrations WHERE name = ?`, name).Scan(&applied)
			if err != nil || applied > 0 {
				return err
			}
			if _, err := tx.ExecContext(ctx, string(text)); err != nil {
				return err
			}
			_, err = tx.ExecContext(ctx, `INSERT INTO migrations (name) VALUES (?)`, name)
			return err
		})
		if err != nil {
			return fmt.Errorf("migration %s: %w", name, err)
		}
	}
	return nil
}
