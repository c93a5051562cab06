package sqlite

import (
	"context"
	"database/sql"
	"fmt"
)

// conn is a connection with its prepared statements. One goroutine uses it at a time.
type conn struct {
	*sql.Conn
	prepared map[string]*sql.Stmt
}

func (db *DB) newConn(ctx context.Context) (*conn, error) {
	c, err := db.pool.Conn(ctx)
	if err != nil {
		return nil, err
	}
	return &conn{Conn: c, prepared: map[string]*sql.Stmt{}}, nil
}

// statement prepares a statement, once.
func (c *conn) statement(ctx context.Context, query string) (*sql.Stmt, error) {
	if s, ok := c.prepared[query]; ok {
		return s, nil
	}
	s, err := c.PrepareContext(ctx, query)
	if err != nil {
		return nil, err
	}
	c.prepared[query] = s
	return s, nil
}

// Tx is a transaction.
type Tx struct{ conn *conn }

// ExecContext runs a statement.
func (t *Tx) ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error) {
	s, err := t.conn.statement(ctx, query)
	if err != nil {
		return nil, err
	}
	return s.ExecContext(ctx, args...)
}

// QueryContext runs a query. Its rows must be closed before the next statement.
func (t *Tx) QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error) {
	s, err := t.conn.statement(ctx, query)
	if err != nil {
		return nil, err
	}
	return s.QueryContext(ctx, args...)
}

// inTx runs fn in a transaction on one of the connections. The end of ctx ends the wait for a connection and the
// statements of fn, and never leaves a transaction open.
func inTx(ctx context.Context, free chan *conn, begin string, fn func(*Tx) error) (err error) {
	var c *conn
	select {
	case c = <-free:
	case <-ctx.Done():
		return fmt.Errorf("wait for the database: %w", ctx.Err())
	}
	defer func() { free <- c }()
	whole := context.WithoutCancel(ctx)
	tx := &Tx{c}
	if _, err := tx.ExecContext(whole, begin); err != nil {
		return fmt.Errorf("begin: %w", err)
	}
	open := true
	defer func() {
		if open { // also when fn panics; after a failed commit SQLite may have rolled back already
			_, _ = tx.ExecContext(whole, `ROLLBACK`)
		}
	}()
	if err := fn(tx); err != nil {
		return err
	}
	if _, err := tx.ExecContext(whole, `COMMIT`); err != nil {
		return fmt.Errorf("commit: %w", err)
	}
	open = false
	return nil
}

// exists tells whether a query has an answer.
func (t *Tx) exists(ctx context.Context, query string, args ...any) (bool, error) {
	rows, err := t.QueryContext(ctx, query, args...)
	if err != nil {
		return false, err
	}
	defer rows.Close()
	return rows.Next(), rows.Err()
}
