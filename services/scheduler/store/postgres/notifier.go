package postgres

import (
	"context"
	"crypto/rand"
	"log/slog"
	"strings"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/sheetreel/sheetreel/kit/pg"
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

// notifier tells other processes which topics changed, from a connection of its own and after the commit. A lost
// notification costs time only: the others also poll.
type notifier struct {
	db     *pg.DB
	log    *slog.Logger
	sender string // so that a process knows its own

	mu      sync.Mutex
	topics  map[string]struct{}
	bytes   int
	pending chan struct{} // of capacity one: something is to be sent
}

func newNotifier(db *pg.DB, log *slog.Logger) *notifier {
	return &notifier{db: db, log: log, sender: rand.Text(), topics: map[string]struct{}{}, pending: make(chan struct{}, 1)}
}

// channel is where the processes of a schema meet: channels are per database.
func channel(db *pg.DB) string { return "sheetreel " + db.Schema }

// add notes topics to be sent. It never waits, and remembers no more than fits into one notification.
func (n *notifier) add(topics []string) {
	n.mu.Lock()
	for _, t := range topics {
		if _, ok := n.topics[t]; !ok && n.bytes < payloadMost {
			n.topics[t] = struct{}{}
			n.bytes += len(t) + 1
		}
	}
	n.mu.Unlock()
	select {
	case n.pending <- struct{}{}:
	default:
	}
}

// payload takes what is to be sent: the sender and the topics, by lines.
func (n *notifier) payload() string {
	n.mu.Lock()
	defer n.mu.Unlock()
	lines := []string{n.sender}
	if n.bytes >= payloadMost-len(n.sender) {
		lines = append(lines, everything)
	} else {
		for t := range n.topics {
			lines = append(lines, t)
		}
	}
	clear(n.topics)
	n.bytes = 0
	return strings.Join(lines, "\n")
}

// run sends until ctx ends, and then what is left.
func (n *notifier) run(ctx context.Context) {
	var conn *pgx.Conn
	defer func() {
		if conn != nil {
			closeConn(conn)
		}
	}()
	for {
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
		if conn, err = n.send(ctx, conn); err != nil && ctx.Err() == nil {
			n.log.WarnContext(ctx, "notify other schedulers", "error", err)
		}
		select {
		case <-time.After(notifyEvery):
		case <-ctx.Done():
		}
	}
}

// send notifies by the connection, which it makes when there is none, and returns it unless it is broken.
func (n *notifier) send(ctx context.Context, conn *pgx.Conn) (*pgx.Conn, error) {
	ctx, cancel := n.db.Limit(ctx)
	defer cancel()
	if conn == nil {
		var err error
		if conn, err = n.db.Connect(ctx); err != nil {
			return nil, err
		}
	}
	if _, err := conn.Exec(ctx, `SELECT pg_notify($1, $2)`, channel(n.db), n.payload()); err != nil {
		closeConn(conn)
		return nil, err
	}
	return conn, nil
}

func closeConn(conn *pgx.Conn) {
	ctx, cancel := context.WithTimeout(context.Background(), lastWords)
	defer cancel()
	_ = conn.Close(ctx) // it is of no more use either way
}
