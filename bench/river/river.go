// Package river runs the work through River (riverqueue.com), the fastest job queue in Go on PostgreSQL, set up as its
// own benchmark is.
package river

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"
	"github.com/riverqueue/river/riverdriver/riversqlite"
	"github.com/riverqueue/river/rivermigrate"
	_ "modernc.org/sqlite" // the driver that both sides use
)

// Setup is how a client fetches jobs.
type Setup struct {
	name           string
	workers        int
	cooldown, poll time.Duration
}

// Benchmark is how `river bench` sets its client up to be fast.
func Benchmark() Setup {
	return Setup{name: "River tuned", workers: 2000, cooldown: 2 * time.Millisecond, poll: 20 * time.Millisecond}
}

// Default is how a client is without tuning; River asks for the number of workers.
func Default() Setup {
	return Setup{name: "River default", workers: 100, cooldown: river.FetchCooldownDefault, poll: river.FetchPollIntervalDefault}
}

// String names the setup.
func (s Setup) String() string { return s.name }

func (s Setup) config(workers *river.Workers) *river.Config {
	return &river.Config{
		Workers: workers, Queues: map[string]river.QueueConfig{river.QueueDefault: {MaxWorkers: s.workers}},
		FetchCooldown: s.cooldown, FetchPollInterval: s.poll,
		Logger: slog.New(slog.DiscardHandler),
	}
}

// insertOnly is a client that works nothing.
func insertOnly() *river.Config { return &river.Config{Logger: slog.New(slog.DiscardHandler)} }

// args are a job's payload.
type args struct {
	Number int    `json:"n"`
	Title  string `json:"title"`
	Script string `json:"script"`
}

// Kind implements river.JobArgs.
func (args) Kind() string { return "video" }

// worker does nothing but call.
type worker struct {
	river.WorkerDefaults[args]
	start func(number int)
}

// Work implements river.Worker.
func (w *worker) Work(_ context.Context, job *river.Job[args]) error {
	w.start(job.Args.Number)
	return nil
}

func working(start func(int)) *river.Workers {
	workers := river.NewWorkers()
	river.AddWorker(workers, &worker{start: start})
	return workers
}

// connections is as many as our store has.
const connections = 16

// openPostgres connects, and makes the tables.
func openPostgres(ctx context.Context, dsn string) (*pgxpool.Pool, *riverpgxv5.Driver, error) {
	config, err := pgxpool.ParseConfig(dsn)
	if err != nil {
		return nil, nil, err
	}
	config.MaxConns = connections
	pool, err := pgxpool.NewWithConfig(ctx, config)
	if err != nil {
		return nil, nil, err
	}
	driver := riverpgxv5.New(pool)
	if err := migrate[pgx.Tx](ctx, driver); err != nil {
		pool.Close()
		return nil, nil, err
	}
	return pool, driver, nil
}

// openSQLite opens a file that is durable at each commit, over one connection, as River asks for; and makes the tables.
func openSQLite(ctx context.Context, path string) (*sql.DB, *riversqlite.Driver, error) {
	db, err := sql.Open("sqlite", "file:"+path+"?_pragma=journal_mode(WAL)&_pragma=synchronous(FULL)&_pragma=busy_timeout(5000)&_txlock=immediate")
	if err != nil {
		return nil, nil, err
	}
	db.SetMaxOpenConns(1)
	driver := riversqlite.New(db)
	if err := migrate[*sql.Tx](ctx, driver); err != nil {
		return nil, nil, errors.Join(err, db.Close())
	}
	return db, driver, nil
}

func migrate[T any](ctx context.Context, driver riverdriver.Driver[T]) error {
	migrator, err := rivermigrate.New(driver, nil)
	if err != nil {
		return err
	}
	if _, err = migrator.Migrate(ctx, rivermigrate.DirectionUp, nil); err != nil {
		return fmt.Errorf("river tables: %w", err)
	}
	return nil
}
