package main

import (
	"context"
	"database/sql"
	"log/slog"
	"sync/atomic"
	"time"

	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver/riversqlite"
	"github.com/riverqueue/river/rivermigrate"
	_ "modernc.org/sqlite" // the driver that both sides use
)

type videoArgs struct {
	Title string `json:"title"`
}

func (videoArgs) Kind() string { return "video" }

type videoWorker struct {
	river.WorkerDefaults[videoArgs]
	left *atomic.Int64
	done chan struct{}
}

func (w *videoWorker) Work(context.Context, *river.Job[videoArgs]) error {
	if w.left.Add(-1) == 0 {
		close(w.done)
	}
	return nil
}

// riverSQLite takes jobs through River's SQLite driver.
func riverSQLite(ctx context.Context, path string) (figures, error) {
	db, err := sql.Open("sqlite", "file:"+path+"?_pragma=journal_mode(WAL)&_pragma=synchronous(FULL)&_pragma=busy_timeout(5000)&_txlock=immediate")
	if err != nil {
		return figures{}, err
	}
	defer db.Close()
	db.SetMaxOpenConns(1)
	driver := riversqlite.New(db)
	migrator, err := rivermigrate.New(driver, nil)
	if err != nil {
		return figures{}, err
	}
	if _, err := migrator.Migrate(ctx, rivermigrate.DirectionUp, nil); err != nil {
		return figures{}, err
	}
	w := &videoWorker{left: &atomic.Int64{}, done: make(chan struct{})}
	w.left.Store(jobs)
	workers := river.NewWorkers()
	river.AddWorker(workers, w)
	client, err := river.NewClient(driver, &river.Config{
		Workers: workers, Queues: map[string]river.QueueConfig{river.QueueDefault: {MaxWorkers: 1000}},
		FetchCooldown: 2 * time.Millisecond, FetchPollInterval: 20 * time.Millisecond,
		Logger: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		return figures{}, err
	}
	var f figures
	start := time.Now()
	for from := 0; from < jobs; from += 1000 {
		batch := make([]river.InsertManyParams, 1000)
		for i := range batch {
			batch[i].Args = videoArgs{Title: "A video"}
		}
		if _, err := client.InsertManyFast(ctx, batch); err != nil {
			return f, err
		}
	}
	f.insert = perSecond(jobs, start)
	start = time.Now()
	if err := client.Start(ctx); err != nil {
		return f, err
	}
	<-w.done
	// Stop waits until the completions are stored.
	err = client.Stop(ctx)
	f.work = perSecond(jobs, start)
	return f, err
}
