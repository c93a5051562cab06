// Package database is the private PostgreSQL on which all systems are measured: the installed server in a temporary
// folder, as durable as PostgreSQL is by default (fsync, full_page_writes and synchronous_commit are on), with a fresh
// database for each run. It tells the CPU time that the server has used.
package database

import (
	"context"
	"fmt"
	"net/url"
	"runtime"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/sheetreel/sheetreel/kit/pg/pgserver"
)

// Server is a running server. It belongs to one caller at a time.
type Server struct {
	dsn   string
	admin *pgx.Conn
	tree  tree
	made  int

	stop  chan struct{}
	owner sync.WaitGroup
}

// Start starts a server. It ends with Stop, or with the process.
func Start(ctx context.Context) (s *Server, err error) {
	s = &Server{stop: make(chan struct{})}
	started := make(chan error)
	s.owner.Go(func() {
		// The kernel ends the server with the thread that started it. It is a thread for nothing else, because a
		// locked one is slow.
		runtime.LockOSThread()
		p, err := pgserver.Start(ctx, pgserver.Options{Settings: map[string]string{
			"shared_buffers": "1GB", "max_wal_size": "4GB", "max_connections": "200",
		}})
		if err != nil {
			started <- err
			return
		}
		s.dsn = p.DSN()
		started <- nil
		<-s.stop
		p.Stop()
	})
	if err := <-started; err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			s.end()
		}
	}()
	if s.admin, err = pgx.Connect(ctx, s.dsn); err != nil {
		return nil, err
	}
	var backend int
	if err := s.admin.QueryRow(ctx, `SELECT pg_backend_pid()`).Scan(&backend); err != nil {
		return nil, err
	}
	s.tree = treeOf(backend)
	return s, nil
}

// Stop ends the server and removes its data.
func (s *Server) Stop(ctx context.Context) {
	_ = s.admin.Close(ctx) // the server ends anyway
	s.end()
}

func (s *Server) end() {
	close(s.stop)
	s.owner.Wait()
}

// CPU is the CPU time that the server has used so far; 0 where it cannot be known.
func (s *Server) CPU() time.Duration { return s.tree.cpu() }

// Settings tells version and durability.
func (s *Server) Settings(ctx context.Context) (string, error) {
	var text string
	err := s.admin.QueryRow(ctx, `SELECT format('PostgreSQL %s, fsync %s, synchronous_commit %s, full_page_writes %s, shared_buffers %s',
		current_setting('server_version'), current_setting('fsync'), current_setting('synchronous_commit'),
		current_setting('full_page_writes'), current_setting('shared_buffers'))`).Scan(&text)
	return text, err
}

// Use gives fn the DSN of a fresh database, and removes the database afterwards.
func (s *Server) Use(ctx context.Context, fn func(dsn string) error) error {
	s.made++
	name := fmt.Sprintf("bench_%d", s.made)
	if _, err := s.admin.Exec(ctx, "CREATE DATABASE "+name); err != nil {
		return err
	}
	u, err := url.Parse(s.dsn)
	if err != nil {
		return err
	}
	u.Path = "/" + name
	err = fn(u.String())
	if _, dropped := s.admin.Exec(ctx, "DROP DATABASE "+name+" WITH (FORCE)"); err == nil {
		err = dropped
	}
	return err
}

// Settle brings everything to disk and refreshes the planner's statistics of a database, so that every run begins alike.
func (s *Server) Settle(ctx context.Context, dsn string) error {
	conn, err := pgx.Connect(ctx, dsn)
	if err != nil {
		return err
	}
	defer conn.Close(ctx)
	if _, err := conn.Exec(ctx, "ANALYZE"); err != nil {
		return err
	}
	_, err = conn.Exec(ctx, "CHECKPOINT")
	return err
}
