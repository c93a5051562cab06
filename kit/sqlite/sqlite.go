// Package sqlite opens SQLite databases the one way that Sheetreel uses them: write-ahead log, synchronous=FULL,
// one writing connection whose transactions are serial, and a few read-only connections. Each connection prepares a
// statement once, so statements must be few and constant.
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
	pool   *sql.DB
	writer chan *conn // holds the one connection that writes while nobody does
	reader chan *conn // holds those that read while nobody does
}

// Open opens or creates the database file at path and brings it up to date with the migrations: files named
// 0001_name.sql, 0002_..., each applied once, in order, in a transaction of its own.
func Open(ctx context.Context, path string, migrations fs.FS) (*DB, error) {
	if err := os.MkdirAll(filepath.Dir(path), 0o750); err != nil {
		return nil, fmt.Errorf("database folder: %w", err)
	}
	dsn := (&url.URL{Scheme: "file", Opaque: (&url.URL{Path: path}).EscapedPath()}).String()
	pool, err := sql.Open("sqlite", fmt.Sprintf("%s?_pragma=busy_timeout(%d)&_pragma=journal_mode(WAL)&_pragma=synchronous(FULL)&_pragma=wal_autocheckpoint(4000)", dsn, busyTimeout))
	if err != nil {
		return nil, fmt.Errorf("database %s: %w", path, err)
	}
	db := &DB{pool: pool, writer: make(chan *conn, 1), reader: make(chan *conn, readers)}
	if err := db.connect(ctx, migrations); err != nil {
		pool.Close()
		return nil, fmt.Errorf("database %s: %w", path, err)
	}
	return db, nil
}

func (db *DB) connect(ctx context.Context, migrations fs.FS) error {
	writer, err := db.newConn(ctx)
	if err != nil {
		return err
	}
	db.writer <- writer
	if err := db.migrate(ctx, migrations); err != nil {
		return err
	}
	for range readers {
		c, err := db.newConn(ctx)
		if err != nil {
			return err
		}
		if _, err := c.ExecContext(ctx, `PRAGMA query_only = 1`); err != nil {
			return err
		}
		db.reader <- c
	}
	return nil
}

// Close closes the database, after those who use it.
func (db *DB) Close() error {
	var err error
	for range readers {
		err = errors.Join(err, (<-db.reader).Close())
	}
	return errors.Join(err, (<-db.writer).Close(), db.pool.Close())
}

// Write runs fn in a write transaction and commits it; an error of fn rolls back and is returned as it is.
// Transactions are serial, so fn must be short and must not call Write. Trouble with the file is an *errs.DatabaseError.
func (db *DB) Write(ctx context.Context, fn func(*Tx) error) error {
	return trouble(inTx(ctx, db.writer, `BEGIN IMMEDIATE`, fn))
}

// Read runs fn in a read transaction: everything it sees is of one moment. Trouble with the file is an
// *errs.DatabaseError.
func (db *DB) Read(ctx context.Context, fn func(*Tx) error) error {
	return trouble(inTx(ctx, db.reader, `BEGIN`, fn))
}

// IsUnique tells whether err breaks a unique index or primary key.
func IsUnique(err error) bool {
	var e *sqlite.Error
	return errors.As(err, &e) && (e.Code() == 2067 || e.Code() == 1555) // SQLITE_CONSTRAINT_UNIQUE, _PRIMARYKEY
}

func (db *DB) migrate(ctx context.Context, migrations fs.FS) error {
	err := db.Write(ctx, func(tx *Tx) error {
		_, err := tx.ExecContext(ctx, `CREATE TABLE IF NOT EXISTS migrations (name TEXT PRIMARY KEY) STRICT`)
		return err
	})
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
		err = db.Write(ctx, func(tx *Tx) error {
			applied, err := tx.exists(ctx, `SELECT 1 FROM migrations WHERE name = ?`, name)
			if err != nil || applied {
				return err
			}
			if _, err := tx.conn.Conn.ExecContext(ctx, string(text)); err != nil {
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
