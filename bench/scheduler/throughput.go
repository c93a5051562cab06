package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/sheetreel/sheetreel/bench/graphile"
	"github.com/sheetreel/sheetreel/bench/measure"
	"github.com/sheetreel/sheetreel/bench/river"
	"github.com/sheetreel/sheetreel/bench/sheetreel"
)

const (
	oursMany     = "sheetreel, 10 bulk jobs"
	oursOne      = "sheetreel, 1 bulk job"
	oursApart    = "sheetreel, 10, places apart"
	oursGRPC     = "sheetreel, gRPC and events"
	oursSQLite   = "sheetreel on SQLite"
	riverTuned   = "River"
	riverSQLite  = "River on SQLite"
	graphileName = "graphile-worker"
)

// postgres measures insertion and work at the level of the store.
func (b *bench) postgres(ctx context.Context) error {
	other := b.installGraphile(ctx)
	c := newContest()
	for i := range b.rounds {
		ours := func(name string, bulks int, apart bool) error {
			return b.server.Use(ctx, func(dsn string) error {
				insert, work, err := sheetreel.Store(ctx, dsn, sheetreel.Shape{Jobs: b.jobs, Bulks: bulks, Apart: apart}, b.server.CPU,
					func() error { return b.server.Settle(ctx, dsn) })
				if err != nil {
					return fmt.Errorf("%s: %w", name, err)
				}
				c.add(i, name, insert, work)
				return nil
			})
		}
		err := errors.Join(ours(oursMany, b.bulks, false), b.river(ctx, c, i), ours(oursOne, 1, false), ours(oursApart, b.bulks, true))
		if err != nil {
			return err
		}
		if other == nil {
			continue
		}
		err = b.server.Use(ctx, func(dsn string) error {
			insert, work, err := other.Run(ctx, b.server, dsn, b.jobs)
			if err == nil {
				c.add(i, graphileName, insert, work)
			}
			return err
		})
		if err != nil {
			return err
		}
	}
	c.print()
	b.goals = append(
		b.goals,
		measure.Goal{Name: "pg-insert", Value: min(c.ratio(oursMany, riverTuned, insertRate), c.ratio(oursOne, riverTuned, insertRate)), AtLeast: 2},
		measure.Goal{Name: "pg-work", Value: min(c.ratio(oursMany, riverTuned, workRate), c.ratio(oursOne, riverTuned, workRate)), AtLeast: 2},
	)
	return nil
}

// installGraphile installs graphile-worker, or says why it does not take part.
func (b *bench) installGraphile(ctx context.Context) *graphile.Worker {
	folder := filepath.Join(b.folder, "graphile")
	err := os.Mkdir(folder, 0o700)
	if err == nil {
		var w *graphile.Worker
		if w, err = graphile.Install(ctx, folder); err == nil {
			return w
		}
	}
	fmt.Printf("  graphile-worker takes no part: %v\n", err)
	return nil
}

func (b *bench) river(ctx context.Context, c *contest, round int) error {
	return b.server.Use(ctx, func(dsn string) error {
		insert, work, err := river.Postgres(ctx, b.server, dsn, b.jobs)
		if err == nil {
			c.add(round, riverTuned, insert, work)
		}
		return err
	})
}

// grpc measures work through the service, with progress and a watcher of all events.
func (b *bench) grpc(ctx context.Context) error {
	c := newContest()
	for i := range b.rounds {
		err := b.server.Use(ctx, func(dsn string) error {
			insert, work, events, err := sheetreel.Service(ctx, b.server, dsn, b.folder, sheetreel.Shape{Jobs: b.jobs, Bulks: b.bulks})
			if err == nil {
				c.add(i, oursGRPC, insert, work)
				fmt.Printf("  %36s the watcher received all %d events\n", "", events)
			}
			return err
		})
		if err := errors.Join(err, b.river(ctx, c, i)); err != nil {
			return err
		}
	}
	c.print()
	b.goals = append(b.goals, measure.Goal{Name: "grpc-work", Value: c.ratio(oursGRPC, riverTuned, workRate), AtLeast: 1})
	return nil
}

// sqlite measures insertion and work on a file.
func (b *bench) sqlite(ctx context.Context) error {
	c := newContest()
	for i := range b.rounds {
		file := func(side string) string { return filepath.Join(b.folder, fmt.Sprintf("%s-%d.db", side, i)) }
		insert, work, err := sheetreel.Store(ctx, file("ours"), sheetreel.Shape{Jobs: b.sqliteJobs, Bulks: b.bulks}, nil,
			func() error { return nil })
		if err != nil {
			return err
		}
		c.add(i, oursSQLite, insert, work)
		if insert, work, err = river.SQLite(ctx, file("river"), b.sqliteJobs); err != nil {
			return err
		}
		c.add(i, riverSQLite, insert, work)
	}
	c.print()
	b.goals = append(
		b.goals,
		measure.Goal{Name: "sqlite-insert", Value: c.ratio(oursSQLite, riverSQLite, insertRate), AtLeast: 5},
		measure.Goal{Name: "sqlite-work", Value: c.ratio(oursSQLite, riverSQLite, workRate), AtLeast: 5},
	)
	return nil
}
