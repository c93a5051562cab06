package campaign

import (
	"context"
	"fmt"
	"os"
	"slices"
	"strconv"
	"sync"
	"time"

	"google.golang.org/grpc"
	healthpb "google.golang.org/grpc/health/grpc_health_v1"

	"github.com/sheetreel/sheetreel/kit/pg/pgserver"

	"github.com/sheetreel/sheetreel/cmd/sheetreel/torture/check"
	"github.com/sheetreel/sheetreel/cmd/sheetreel/torture/enqueue"
	"github.com/sheetreel/sheetreel/cmd/sheetreel/torture/faults"
	"github.com/sheetreel/sheetreel/cmd/sheetreel/torture/nursery"
	"github.com/sheetreel/sheetreel/cmd/sheetreel/torture/replicas"
)

// cluster is everything that runs: the database, the rate limit service, and the places of the other processes.
type cluster struct {
	config  Config
	plan    enqueue.Plan
	folder  folder
	program string // this program
	nursery *nursery.Nursery
	conn    *grpc.ClientConn

	postgres            *pgserver.Server
	ratelimit, enqueuer *member
	schedulers, workers []*member
	addresses           []string // of the schedulers
	database            string

	mu       sync.Mutex
	findings check.Findings
	restart  time.Time // when the database was restarted last
	outages  int       // processes that ended in trouble because the database was away
}

// limitsFile lets everything through, and counts it as the real limits are counted.
const limitsFile = `limits:
  - name: torture
    match: {action: render.dispatch}
    keys: [project]
    algorithm: token_bucket
    capacity: 100000
    period: 1s
`

// begin starts everything but the processes that work.
func (c *cluster) begin(ctx context.Context) error {
	if err := c.folder.prepare(); err != nil {
		return err
	}
	if err := os.WriteFile(c.folder.limits(), []byte(limitsFile), 0o600); err != nil {
		return err
	}
	if err := c.openDatabase(ctx); err != nil {
		return err
	}
	quota, err := c.address()
	if err != nil {
		return err
	}
	c.ratelimit = c.member("ratelimit", 0, "--listen", quota, "--limits", c.folder.limits())
	if err := c.ratelimit.begin(c.nursery); err != nil {
		return err
	}
	for i := range c.config.Schedulers {
		address, err := c.address()
		if err != nil {
			return err
		}
		c.addresses = append(c.addresses, address)
		m := c.member("scheduler", i, "--listen", address, "--ratelimit", quota, "--database", c.database, "--lease-duration", c.config.Lease.String())
		c.schedulers = append(c.schedulers, m)
		if err := m.begin(c.nursery); err != nil {
			return err
		}
	}
	if c.conn, err = replicas.Dial(c.addresses); err != nil {
		return err
	}
	return c.answering(ctx)
}

func (c *cluster) address() (string, error) {
	port, err := pgserver.FreePort()
	return fmt.Sprintf("127.0.0.1:%d", port), err
}

// openDatabase starts PostgreSQL with its own settings, which are durable, or names the SQLite file.
func (c *cluster) openDatabase(ctx context.Context) (err error) {
	if c.config.Database == OnSQLite {
		c.database = c.folder.database()
		return nil
	}
	c.nursery.Do(func() {
		c.postgres, err = pgserver.Start(ctx, pgserver.Options{Parent: string(c.folder), Settings: map[string]string{
			"shared_buffers": "256MB", "max_connections": strconv.Itoa(40 * (c.config.Schedulers + 1)), "max_wal_size": "2GB",
		}})
	})
	if err != nil {
		return err
	}
	c.database = c.postgres.DSN()
	return nil
}

// startBound is how long the schedulers may take to answer.
const startBound = time.Minute

// answering waits until a scheduler answers.
func (c *cluster) answering(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, startBound)
	defer cancel()
	err := replicas.Insist(ctx, func(ctx context.Context) error {
		_, err := healthpb.NewHealthClient(c.conn).Check(ctx, &healthpb.HealthCheckRequest{}, grpc.WaitForReady(true))
		return err
	})
	if err != nil {
		return fmt.Errorf("no scheduler answers: %w (their logs are in %s)", err, c.folder.logs())
	}
	return nil
}

// slowShare is the share of attempts that last up to one and a half leases. Without a fence a late report does harm
// only while the next attempt runs, so as many are slow as a minute of everybody's time allows.
func (c *cluster) slowShare() float64 {
	const steady, most, budget = 0.003, 0.5, time.Minute
	if c.config.Fence {
		return steady
	}
	slots := c.config.Workers * c.config.Slots
	return max(steady, min(most, float64(slots)*budget.Seconds()/(float64(c.config.Jobs)*c.config.Lease.Seconds())))
}

// work starts the processes that work.
func (c *cluster) work() error {
	c.enqueuer = c.client("enqueuer", 0, "--jobs", strconv.Itoa(c.plan.Jobs), "--per-batch", strconv.Itoa(c.plan.PerBatch), "--ahead", strconv.Itoa(ahead))
	c.enqueuer.once = true
	if err := c.enqueuer.begin(c.nursery); err != nil {
		return err
	}
	for i := range c.config.Workers {
		m := c.client("worker", i, "--slots", strconv.Itoa(c.config.Slots), "--artifacts", c.folder.artifacts(),
			"--slow", (3 * c.config.Lease / 2).String(), "--slow-share", strconv.FormatFloat(c.slowShare(), 'f', -1, 64))
		c.workers = append(c.workers, m)
		if err := m.begin(c.nursery); err != nil {
			return err
		}
	}
	return nil
}

// member makes a place for processes of this program in a role.
func (c *cluster) member(role string, index int, args ...string) *member {
	return c.place(role, index, func(string, int) []string { return args })
}

// client makes a place for processes that call the schedulers and write a history.
func (c *cluster) client(role string, index int, args ...string) *member {
	return c.place(role, index, func(name string, generation int) []string {
		all := []string{"--name", name, "--history", c.folder.history(name), "--project", c.plan.Project}
		for _, a := range c.addresses {
			all = append(all, "--schedulers", a)
		}
		seed := c.config.Seed + uint64(generation)*1_000_003 + uint64(index)*10_007
		return append(append(all, "--seed", strconv.FormatUint(seed, 10)), args...)
	})
}

func (c *cluster) place(role string, index int, args func(name string, generation int) []string) *member {
	return &member{
		name: fmt.Sprintf("%s-%d", role, index), judge: c.judge,
		command: func(generation int) nursery.Command {
			name := fmt.Sprintf("%s-%d-%d", role, index, generation)
			return nursery.Command{
				Name: name, Path: c.program, Env: c.environment(), Log: c.folder.log(fmt.Sprintf("%s-%d", role, index)),
				Args: append([]string{"torture-part", role}, args(name, generation)...),
			}
		},
	}
}

// environment of the processes: what is set for this one must not change them.
func (c *cluster) environment() []string {
	env := []string{"PATH=" + os.Getenv("PATH"), "TMPDIR=" + string(c.folder)}
	if !c.config.Fence {
		env = append(env, "SHEETREEL_UNSAFE_NO_FENCE=true")
	}
	return env
}

// outage is how long after a restart of the database a scheduler may fail to start because of it.
const outage = 15 * time.Second

// judge is told of a process that ended by itself.
func (c *cluster) judge(name string, code int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	const panicked = 2
	if code != panicked && !c.restart.IsZero() && time.Since(c.restart) < outage {
		c.outages++
		return
	}
	c.findings.Add(check.Crash, name, "ended by itself with code %d; its log is in %s", code, c.folder.logs())
}

// restartDatabase is an immediate stop of PostgreSQL, and its start.
func (c *cluster) restartDatabase(ctx context.Context) (err error) {
	c.mu.Lock()
	c.restart = time.Now()
	c.mu.Unlock()
	c.nursery.Do(func() { err = c.postgres.Restart(ctx) })
	return err
}

// target gives the place that a fault hits; the enqueuer may have done its work.
func (c *cluster) target(f faults.Fault) *member {
	switch f.Target {
	case faults.Scheduler:
		return c.schedulers[f.Index]
	case faults.Enqueuer:
		return c.enqueuer
	}
	return c.workers[f.Index]
}

// rest tells the processes that work to end.
func (c *cluster) rest() { c.stop(append(slices.Clone(c.workers), c.enqueuer)) }

// stop stops places at the same time.
func (c *cluster) stop(members []*member) {
	var stops sync.WaitGroup
	results := make([]check.Findings, len(members))
	for i, m := range members {
		stops.Go(func() { m.stop(&results[i]) })
	}
	stops.Wait()
	c.mu.Lock()
	defer c.mu.Unlock()
	for i := range results {
		c.findings.Join(&results[i])
	}
}

// end ends everything in good order.
func (c *cluster) end() {
	c.stop(c.schedulers)
	c.stop([]*member{c.ratelimit})
}

// close ends everything that is left, and frees what it took.
func (c *cluster) close() error {
	var err error
	if c.conn != nil {
		err = c.conn.Close()
	}
	for _, m := range c.members() {
		m.abandon()
	}
	if c.postgres != nil {
		c.nursery.Do(c.postgres.Stop)
	}
	c.nursery.Close()
	return err
}

// processes is how many processes there were.
func (c *cluster) processes() int {
	n := 0
	for _, m := range c.members() {
		n += m.generations()
	}
	return n
}

// members are all places there are so far.
func (c *cluster) members() []*member {
	all := append(slices.Clone(c.schedulers), c.workers...)
	for _, m := range []*member{c.ratelimit, c.enqueuer} {
		if m != nil {
			all = append(all, m)
		}
	}
	return all
}
