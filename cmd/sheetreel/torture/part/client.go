package part

import (
	"context"
	"errors"
	"time"

	"google.golang.org/grpc"

	"github.com/sheetreel/sheetreel/cmd/sheetreel/torture/enqueue"
	"github.com/sheetreel/sheetreel/cmd/sheetreel/torture/history"
	"github.com/sheetreel/sheetreel/cmd/sheetreel/torture/replicas"
	"github.com/sheetreel/sheetreel/cmd/sheetreel/torture/worker"
)

// caller is what calls schedulers and writes a history.
type caller struct {
	Name       string   `help:"Name of the process." required:""`
	Schedulers []string `help:"Addresses of the schedulers." required:""`
	History    string   `help:"File that the history is written to." required:""`
	Project    string   `help:"The project." required:""`
	Seed       uint64   `help:"What everything is drawn from." required:""`
}

// with runs a client with its connection and its history.
func (c caller) with(run func(*grpc.ClientConn, *history.Log) error) error {
	log, err := history.Open(c.History)
	if err != nil {
		return err
	}
	conn, err := replicas.Dial(c.Schedulers)
	if err != nil {
		return errors.Join(err, log.Close())
	}
	return errors.Join(run(conn, log), conn.Close(), log.Close())
}

// Worker is a worker process.
type Worker struct {
	caller
	Slots     int           `help:"Attempts at a time." required:""`
	Artifacts string        `help:"Folder of the artifacts." required:""`
	Slow      time.Duration `help:"The longest attempt." required:""`
	SlowShare float64       `help:"Share of attempts that may be so long." required:""`
}

// How the attempts of a campaign are, apart from those that are so long that only heartbeats keep them: short, a few
// fail, a few are handed back.
const (
	shortest   = 10 * time.Millisecond
	longest    = 60 * time.Millisecond
	failShare  = 0.01
	handsShare = 0.01
)

// Run works until ctx ends.
func (c Worker) Run(ctx context.Context) error {
	return c.with(func(conn *grpc.ClientConn, log *history.Log) error {
		return worker.New(worker.Config{
			Name: c.Name, Slots: c.Slots, Artifacts: c.Artifacts, Seed: c.Seed, Shortest: shortest, Longest: longest,
			Slow: c.SlowShare, SlowTime: c.Slow, Failing: failShare, Handing: handsShare,
		}, conn, log).Run(ctx)
	})
}

// Enqueuer is the process that makes the work.
type Enqueuer struct {
	caller
	Jobs     int `help:"Video jobs in all." required:""`
	PerBatch int `help:"Video jobs of a bulk job." required:""`
	Ahead    int `help:"So many bulk jobs are unfinished at a time." required:""`
}

// Run makes all work, or as much as it can until ctx ends.
func (c Enqueuer) Run(ctx context.Context) error {
	return c.with(func(conn *grpc.ClientConn, log *history.Log) error {
		plan := enqueue.Plan{Project: c.Project, Jobs: c.Jobs, PerBatch: c.PerBatch}
		return enqueue.New(enqueue.Config{Plan: plan, Name: c.Name, Ahead: c.Ahead}, conn, log).Run(ctx)
	})
}
