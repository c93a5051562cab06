// Package pg opens PostgreSQL databases the one way that Sheetreel uses them: a bounded pool, a limit of time on
// every statement and every idle transaction, migrations that replicas may run together, and transactions that are
// tried again when the server asks for it.
//
// A committed write is as durable as the server is set: by default it survives the death of the machine.
package pg

import (
	"context"
	"fmt"
	"io/fs"
	"maps"
	"strconv"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
)

// Config says how to use a database. Zero values are good defaults.
type Config struct {
	// DSN is a URL (postgres://...) or a list of keywords and values. Settings in it win over those of this package.
	DSN string `kong:"-"`
	// Name tells the server who is connected.
	Name string `kong:"-"`
	// Settings are further settings of each connection.
	Settings               map[string]string `kong:"-"`
	MaxConnections         int32             `name:"database-connections" help:"So many PostgreSQL connections at most." default:"16" env:"SHEETREEL_DATABASE_CONNECTIONS"`
	StatementTimeout       time.Duration     `name:"database-statement-timeout" help:"PostgreSQL ends a statement after so long." default:"30s" env:"SHEETREEL_DATABASE_STATEMENT_TIMEOUT"`
	IdleTransactionTimeout time.Duration     `name:"database-idle-transaction-timeout" help:"PostgreSQL ends a transaction that waits for us for so long." default:"10s" env:"SHEETREEL_DATABASE_IDLE_TRANSACTION_TIMEOUT"`
}

func (c Config) withDefaults() Config {
	if c.Name == "" {
		c.Name = "sheetreel"
	}
	if c.MaxConnections <= 0 {
		c.MaxConnections = 16
	}
	if c.StatementTimeout <= 0 {
		c.StatementTimeout = 30 * time.Second
	}
	if c.IdleTransactionTimeout <= 0 {
		c.IdleTransactionTimeout = 10 * time.Second
	}
	return c
}

// connectTimeout bounds one attempt to connect.
const connectTimeout = 10 * time.Second

// DB is an open database.
type DB struct {
	// Pool is for single statements; use InTx and Read for more.
	Pool *pgxpool.Pool
	// Schema is where the tables are.
	Schema string

	config *pgx.ConnConfig
	limit  time.Duration // of a whole transaction
}

// Open connects and brings the database up to date with the migrations: files named 0001_name.sql, 0002_..., each
// applied once, in order, in a transaction of its own. Any number of processes may do so at the same time.
func Open(ctx context.Context, c Config, migrations fs.FS) (*DB, error) {
	c = c.withDefaults()
	config, err := pgxpool.ParseConfig(c.DSN)
	if err != nil {
		return nil, fmt.Errorf("database: %w", err) // pgx leaves the password out
	}
	config.MaxConns = c.MaxConnections
	config.ConnConfig.ConnectTimeout = connectTimeout
	settings := map[string]string{
		"application_name":                    c.Name,
		"statement_timeout":                   millis(c.StatementTimeout),
		"idle_in_transaction_session_timeout": millis(c.IdleTransactionTimeout),
		// A client that is cut off must not keep its locks for the two hours of the system's default.
		"tcp_keepalives_idle":              "10",
		"tcp_user_timeout":                 "20000",
		"client_connection_check_interval": "5000",
		// A plan made while a queue was empty is a plan that scans it whole when it is long.
		"plan_cache_mode": "force_custom_plan",
		"jit":             "off",
	}
	maps.Copy(settings, c.Settings)
	maps.Copy(settings, config.ConnConfig.RuntimeParams) // the DSN wins
	config.ConnConfig.RuntimeParams = settings
	pool, err := pgxpool.NewWithConfig(ctx, config)
	if err != nil {
		return nil, fmt.Errorf("database: %w", err)
	}
	db := &DB{Pool: pool, config: config.ConnConfig, limit: c.StatementTimeout + connectTimeout}
	if err := db.migrate(ctx, migrations); err != nil {
		pool.Close()
		return nil, fmt.Errorf("database: %w", err)
	}
	return db, nil
}

// Close closes the pool. It waits for connections in use.
func (db *DB) Close() { db.Pool.Close() }

// Connect opens a connection beside the pool, for LISTEN and NOTIFY. The caller closes it.
func (db *DB) Connect(ctx context.Context) (*pgx.Conn, error) {
	return pgx.ConnectConfig(ctx, db.config.Copy())
}

func millis(d time.Duration) string { return strconv.FormatInt(max(d.Milliseconds(), 1), 10) }

// Limit gives a single statement on the pool the time that a transaction has, so that a cut connection cannot hold
// the caller for ever.
func (db *DB) Limit(ctx context.Context) (context.Context, context.CancelFunc) {
	return context.WithTimeout(ctx, db.limit)
}
