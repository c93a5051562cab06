package postgres

import (
	"context"
	"crypto/rand"
	"log/slog"
	"maps"
	random "math/rand/v2"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/sheetreel/sheetreel/kit/pg"
	"github.com/sheetreel/sheetreel/kit/retry"
)

const (
	// notifyEvery is the least time between two notifications of a process. PostgreSQL delivers them under one lock
	// for the whole database, so a NOTIFY in each writing transaction would cost most of the throughput.
	notifyEvery = 50 * time.Millisecond
	// payloadMost is what fits into one notification (PostgreSQL takes less than 8000 bytes).
	payloadMost = 7900
	// everything is the payload that stands for all topics.
	everything = "*"
	// lastWords bounds the notification that is sent at the end.
	lastWords = time.Second
)

// notifier tells other processes which topics changed, from a connection of its own and after the commit, and again
// until the server has taken it. A notification that is lost all the same costs time only: the others also poll.
type notifier struct {
	db     *pg.DB
	log    *slog.Logger
	sender string // so that a process knows its own

	mu      sync.Mutex
	topics  map[string]struct{}
	bytes   int
	all     bool          // instead of topics, which were too many
	pending chan struct{} // of capacity one: something is to be sent
}

func newNotifier(db *pg.DB, log *slog.Logger) *notifier {
	return &notifier{db: db, log: log, sender: rand.Text(), topics: map[string]struct{}{}, pending: make(chan struct{}, 1)}
}

// notifyAgain is how long the notifier waits when the server did not take what it said.
func notifyAgain() retry.Policy {
	return retry.Policy{Initial: 2 * notifyEvery, Multiplier: 2, Max: 5 * time.Second}
}

// channel is where the processes of a schema meet: channels are per database.
func channel(db *pg.DB) string { return "sheetreel " + db.Schema }

// add notes topics to be sent. It never waits, and remembers no more than fits into one notification.
func (n *notifier) add(topics []string) {
	n.mu.Lock()
	for _, t := range topics {
		if _, ok := n.topics[t]; ok || n.all {
			continue
		}
		n.topics[t] = struct{}{}
		if n.bytes += len(t) + 1; t == everything || n.bytes > payloadMost-len(n.sender) {
			clear(n.topics)
			n.all = true
		}
	}
	n.mu.Unlock()
	select {
	case n.pending <- struct{}{}:
	default:
	}
}

// take takes the topics that are to be sent.
func (n *notifier) take() []string {
	n.mu.Lock()
	defer n.mu.Unlock()
	topics := slices.Collect(maps.Keys(n.topics))
	if n.all {
		topics = []string{everything}
	}
	clear(n.topics)
	n.bytes, n.all = 0, false
	return topics
}

// payload is what a notification says: the sender and the topics, by lines.
func (n *notifier) payload(topics []string) string {
	return strings.Join(append([]string{n.sender}, topics...), "\n")
}

// run sends until ctx ends, and then what is left.
func (n *notifier) run(ctx context.Context) {
	var conn *pgx.Conn
	defer func() {
		if conn != nil {
			closeConn(conn)
		}
	}()
	for failed := 0; ; {
		select {
		case <-ctx.Done():
			last, cancel := context.WithTimeout(context.WithoutCancel(ctx), lastWords)
			defer cancel()
			select {
			case <-n.pending:
				_, _ = n.send(last, conn) // the others poll
			default:
			}
			return
		case <-n.pending:
		}
		var err error
		wait := notifyEvery
		if conn, err = n.send(ctx, conn); err == nil {
			failed = 0
		} else if ctx.Err() == nil {
			failed++
			wait += notifyAgain().Wait(failed, random.Float64)
			n.log.WarnContext(ctx, "notify other schedulers", "error", err)
		}
		select {
		case <-time.After(wait):
		case <-ctx.Done():
		}
	}
}

// send notifies by the connection, which it makes when there is none, and returns it unless it is broken. What could not
// be sent is to be sent again.
func (n *notifier) send(ctx context.Context, conn *pgx.Conn) (*pgx.Conn, error) {
	ctx, cancel := n.db.Limit(ctx)
	defer cancel()
	topics := n.take()
	if len(topics) == 0 {
		return conn, nil
	}
	var err error
	if conn == nil {
		conn, err = n.db.Connect(ctx)
	}
	if err == nil {
		_, err = conn.Exec(ctx, `SELECT pg_notify($1, $2)`, channel(n.db), n.payload(topics))
	}
	if err == nil {
		return conn, nil
	}
	n.add(topics)
	if conn != nil {
		closeConn(conn)
	}
	return nil, err
}

func closeConn(conn *pgx.Conn) {
	ctx, cancel := context.WithTimeout(context.Background(), lastWords)
	defer cancel()
	_ = conn.Close(ctx) // it is of no more use either way
}
