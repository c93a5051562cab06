// Package postgres is the store for any number of schedulers: they share one PostgreSQL and are equals, without a
// leader. What a change of a job does stands in package ledger; here are its statements, each for a whole batch.
//
// A claim waits for the bulk jobs' rows instead of skipping locked jobs: whoever changes a job must have that row
// anyway, because it gives the events their numbers, and a skipped job would only be asked for again. SKIP LOCKED
// serves the imports, where any other one is as good.
//
// Replicas wake each other by NOTIFY (see notifier); all of it works without, only slower.
package postgres

import (
	"context"
	"embed"
	"io/fs"
	"log/slog"
	"runtime"
	"sync"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/sheetreel/sheetreel/kit/pg"
	"github.com/sheetreel/sheetreel/services/scheduler/clock"
	"github.com/sheetreel/sheetreel/services/scheduler/order"
	"github.com/sheetreel/sheetreel/services/scheduler/store"
	"github.com/sheetreel/sheetreel/services/scheduler/store/ledger"
	"github.com/sheetreel/sheetreel/services/scheduler/wake"
)

//go:embed migrations/*.sql
var migrations embed.FS

// atOnceMost bounds the transactions with reports of workers of one process: more would only make their batches small.
const atOnceMost = 4

// Store implements store.Store.
type Store struct {
	*ledger.Book
	db    *pg.DB
	wake  wake.Hub
	clock *clock.Remote

	running context.Context // until stop
	stop    context.CancelFunc
	owned   sync.WaitGroup
	notify  *notifier
	hears   atomic.Bool // other processes
}

var _ store.Store = (*Store)(nil)

// Open connects to the database, brings its tables up to date and asks for its time.
func Open(ctx context.Context, config pg.Config, options ledger.Options, log *slog.Logger) (*Store, error) {
	return OpenOn(ctx, clock.ThisHost(), config, options, log)
}

// OpenOn is Open on a host with other clocks.
func OpenOn(ctx context.Context, host clock.Host, config pg.Config, options ledger.Options, log *slog.Logger) (*Store, error) {
	s, err := begin(ctx, host, config, options, log)
	if err == nil {
		s.owned.Go(func() { listen(s.running, s.db, &s.wake, &s.hears, s.notify.sender, log) })
	}
	return s, err
}

// begin opens a store that does not yet listen to others.
func begin(ctx context.Context, host clock.Host, config pg.Config, options ledger.Options, log *slog.Logger) (*Store, error) {
	files, err := fs.Sub(migrations, "migrations")
	if err != nil {
		return nil, err
	}
	config.Settings = byIndex()
	db, err := pg.Open(ctx, config, files)
	if err != nil {
		return nil, err
	}
	told, err := clock.NewRemote(ctx, host, func(ctx context.Context) (at time.Time, err error) {
		err = db.Pool.QueryRow(ctx, `SELECT clock_timestamp()`).Scan(&at)
		return at, err
	})
	if err != nil {
		db.Close()
		return nil, err
	}
	s := &Store{db: db, clock: told, notify: newNotifier(db, log)}
	s.Book = ledger.New(database{db}, min(runtime.GOMAXPROCS(0), atOnceMost), options, func(topics []string) {
		s.wake.Broadcast(topics...)
		s.notify.add(topics)
	})
	s.running, s.stop = context.WithCancel(context.WithoutCancel(ctx))
	s.owned.Go(func() { s.notify.run(s.running) })
	s.owned.Go(func() { s.clock.Run(s.running, log) })
	s.owned.Go(func() { poll(s.running, &s.wake, &s.hears) })
	return s, nil
}

// byIndex are the settings that keep the planner to nested loops over indexes, in their order. Every statement here is
// meant so; any other plan comes of statistics that are behind the queue, and reads all of it. As there is only one
// good plan, it is made once a connection: planning would cost more than the statements.
func byIndex() map[string]string {
	return map[string]string{
		"enable_seqscan": "off", "enable_bitmapscan": "off", "enable_hashjoin": "off", "enable_mergejoin": "off", "enable_sort": "off",
		"random_page_cost": "1.1", "plan_cache_mode": "force_generic_plan",
	}
}

// Close implements store.Store.
func (s *Store) Close() error {
	s.stop()
	s.owned.Wait()
	s.db.Close()
	return nil
}

// Durability asks the server how it is set.
func (s *Store) Durability(ctx context.Context) (pg.Durability, error) { return s.db.Durability(ctx) }

// Wake implements store.Store.
func (s *Store) Wake() *wake.Hub { return &s.wake }

// Clock implements store.Store.
func (s *Store) Clock() store.Clock { return s.clock }

// Forget implements store.Store.
func (s *Store) Forget(ctx context.Context, now time.Time) error {
	return s.db.InTx(ctx, func(ctx context.Context, t pgx.Tx) error {
		if _, err := t.Exec(ctx, `DELETE FROM requests WHERE expire_ms <= $1`, now.UnixMilli()); err != nil {
			return err
		}
		_, err := t.Exec(ctx, forgetLanes, now.Add(-order.Horizon).UnixMilli())
		return err
	})
}

// database implements ledger.Database.
type database struct{ db *pg.DB }

func (d database) Write(ctx context.Context, fn func(context.Context, ledger.Tx) error) error {
	return d.db.InTx(ctx, func(ctx context.Context, t pgx.Tx) error { return fn(ctx, &tx{reader{t}, t}) })
}

func (d database) Read(ctx context.Context, fn func(context.Context, ledger.Reader) error) error {
	return d.db.Read(ctx, func(ctx context.Context, t pgx.Tx) error { return fn(ctx, reader{t}) })
}

func (d database) Glance(ctx context.Context, fn func(context.Context, ledger.Reader) error) error {
	limited, cancel := d.db.Limit(ctx)
	defer cancel()
	return pg.Trouble(ctx, fn(limited, reader{d.db.Pool}))
}

// tx implements ledger.Tx.
type tx struct {
	reader
	pgx.Tx
}
