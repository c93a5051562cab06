package sqlite

import (
	"context"
	"database/sql"
	"fmt"
)

// Durability is how safe the database keeps what it has acknowledged.
type Durability struct {
	Synchronous string // off, normal, full or extra
	Journal     string // wal, as a rule
}

// Durability asks the connection that writes.
func (db *DB) Durability(ctx context.Context) (d Durability, err error) {
	var c *conn
	select {
	case c = <-db.writer:
		defer func() { db.writer <- c }()
	case <-ctx.Done():
		return d, fmt.Errorf("wait for the database: %w", ctx.Err())
	}
	var level int
	if err := scanOne(ctx, c.Conn, `PRAGMA synchronous`, &level); err != nil {
		return d, err
	}
	if err := scanOne(ctx, c.Conn, `PRAGMA journal_mode`, &d.Journal); err != nil {
		return d, err
	}
	levels := []string{"off", "normal", "full", "extra"}
	if level < 0 || level >= len(levels) {
		return d, fmt.Errorf("synchronous %d: unknown", level)
	}
	d.Synchronous = levels[level]
	return d, nil
}

func scanOne(ctx context.Context, c *sql.Conn, query string, to any) error {
	if err := c.QueryRowContext(ctx, query).Scan(to); err != nil {
		return fmt.Errorf("%s: %w", query, trouble(err))
	}
	return nil
}

// Risks says in plain words what can be lost with these settings; nothing when nothing can.
func (d Durability) Risks() []string {
	var risks []string
	switch d.Synchronous {
	case "off":
		risks = append(risks, "synchronous is off: when the machine crashes, the database may be lost or damaged")
	case "normal":
		risks = append(risks, "synchronous is normal: when the machine crashes, it loses what it acknowledged in its last moments")
	}
	switch d.Journal {
	case "off", "memory":
		risks = append(risks, "journal_mode is "+d.Journal+": when the process crashes, the database may be damaged")
	}
	return risks
}
