// Package graphile runs the work through graphile-worker (worker.graphile.org), the fastest job queue of Node.js on
// PostgreSQL, with its fastest documented settings. It needs node, npm and a package registry.
package graphile

import (
	"context"
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"time"

	"github.com/jackc/pgx/v5"
	"golang.org/x/sync/errgroup"

	"github.com/sheetreel/sheetreel/bench/database"
	"github.com/sheetreel/sheetreel/bench/load"
	"github.com/sheetreel/sheetreel/bench/measure"
)

// Version is the newest that runs with Node.js 20.
const Version = "0.17.3"

//go:embed worker.mjs
var script []byte

const (
	// processes is one for each core of a small machine; each uses one.
	processes = 2
	// insertChunk is how many jobs one call of add_jobs gets.
	insertChunk    = 5000
	installTimeout = 2 * time.Minute
	// patience bounds a run.
	patience = 3 * time.Minute
)

// Worker is an installed graphile-worker.
type Worker struct{ folder string }

// Install installs it into an empty folder.
func Install(ctx context.Context, folder string) (*Worker, error) {
	for _, program := range []string{"node", "npm"} {
		if _, err := exec.LookPath(program); err != nil {
			return nil, err
		}
	}
	ctx, cancel := context.WithTimeout(ctx, installTimeout)
	defer cancel()
	npm := exec.CommandContext(ctx, "npm", "install", "--no-audit", "--no-fund", "--no-package-lock", "--ignore-scripts",
		"--prefix", folder, "graphile-worker@"+Version)
	npm.Dir = folder
	if out, err := npm.CombinedOutput(); err != nil {
		return nil, fmt.Errorf("npm install: %w\n%s", err, out)
	}
	return &Worker{folder}, os.WriteFile(filepath.Join(folder, "worker.mjs"), script, 0o600)
}

// Run inserts n jobs into an empty database by add_jobs and drains it by two processes. Their work lasts from the
// first job's start to the end of the last process; to start them and to connect counts as nothing.
func (w *Worker) Run(ctx context.Context, server *database.Server, dsn string, n int) (insert, work measure.Span, err error) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	if err := w.makeTables(ctx, dsn); err != nil {
		return insert, work, err
	}
	conn, err := pgx.Connect(ctx, dsn)
	if err != nil {
		return insert, work, err
	}
	defer conn.Close(ctx)
	clock := measure.Begin(server.CPU)
	for from := 0; from < n; from += insertChunk {
		if err := add(ctx, conn, from, min(from+insertChunk, n)); err != nil {
			return insert, work, err
		}
	}
	insert = clock.End(n)
	if err := server.Settle(ctx, dsn); err != nil {
		return insert, work, err
	}
	if work, err = w.drain(ctx, server, dsn, n); err != nil {
		return insert, work, err
	}
	var left int
	err = conn.QueryRow(ctx, `SELECT count(*) FROM graphile_worker.jobs`).Scan(&left)
	if err == nil && left > 0 {
		err = fmt.Errorf("graphile-worker: %d jobs are left", left)
	}
	return insert, work, err
}

func (w *Worker) makeTables(ctx context.Context, dsn string) error {
	cmd := exec.CommandContext(ctx, "node", filepath.Join("node_modules", "graphile-worker", "dist", "cli.js"), "--schema-only", "--connection", dsn)
	cmd.Dir = w.folder
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("graphile-worker tables: %w\n%s", err, out)
	}
	return nil
}

type payload struct {
	Number int    `json:"n"`
	Title  string `json:"title"`
	Script string `json:"script"`
}

type job struct {
	Task    string  `json:"identifier"`
	Payload payload `json:"payload"`
	// Priority is 0 to 2 in turn, as the others have three.
	Priority int `json:"priority"`
}

// add adds jobs as graphile-worker's own benchmark does.
func add(ctx context.Context, conn *pgx.Conn, from, to int) error {
	jobs := make([]job, 0, to-from)
	for i := from; i < to; i++ {
		jobs = append(jobs, job{Task: "video", Payload: payload{Number: i, Title: load.Title(i), Script: load.Script}, Priority: i % 3})
	}
	raw, err := json.Marshal(jobs)
	if err != nil {
		return err
	}
	_, err = conn.Exec(ctx, `SELECT 1 FROM graphile_worker.add_jobs(array(SELECT json_populate_recordset(null::graphile_worker.job_spec, $1::json)))`, string(raw))
	return err
}

// report is what a process prints.
type report struct {
	First   int64 `json:"first"`
	Last    int64 `json:"last"`
	Numbers []int `json:"numbers"`
}

func (w *Worker) drain(ctx context.Context, server *database.Server, dsn string, n int) (span measure.Span, err error) {
	clock := measure.Begin(server.CPU)
	reports := make([]report, processes)
	var all errgroup.Group
	for i := range reports {
		all.Go(func() error {
			cmd := exec.CommandContext(ctx, "node", "worker.mjs")
			cmd.Dir, cmd.Env = w.folder, append(os.Environ(), "DATABASE_URL="+dsn, "NO_LOG_SUCCESS=1")
			out, err := cmd.Output()
			var ended *exec.ExitError
			if errors.As(err, &ended) {
				return fmt.Errorf("graphile-worker: %w\n%s", err, ended.Stderr)
			}
			if err != nil {
				return err
			}
			return json.Unmarshal(out, &reports[i])
		})
	}
	if err := all.Wait(); err != nil {
		return span, err
	}
	span = clock.End(n)
	tally := load.NewTally(n)
	var first, last int64
	for _, r := range reports {
		for _, i := range r.Numbers {
			tally.Done(i)
		}
		if len(r.Numbers) > 0 && (first == 0 || r.First < first) {
			first = r.First
		}
		last = max(last, r.Last)
	}
	span.Wall = time.Duration(last-first) * time.Millisecond
	return span, tally.Check()
}
