package postgres

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/sheetreel/sheetreel/kit/pg/pgtest"
	"github.com/sheetreel/sheetreel/services/scheduler/store"
)

func TestNotificationIsSaidAgainUntilItIsTaken(t *testing.T) {
	s := open(t, pgtest.Schema(t))
	conn, err := s.db.Connect(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer closeConn(conn)
	if _, err := conn.Exec(t.Context(), `LISTEN `+pgx.Identifier{channel(s.db)}.Sanitize()); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	hear := func(topic string) {
		t.Helper()
		for {
			said, err := conn.WaitForNotification(ctx)
			if err != nil {
				t.Fatalf("%s is not heard: %v", topic, err)
			}
			if slices.Contains(strings.Split(said.Payload, "\n"), topic) {
				return
			}
		}
	}
	s.notify.add([]string{"first"})
	hear("first")
	// It finds out that its connection is gone only when it speaks.
	if _, err := s.db.Pool.Exec(ctx, `SELECT pg_terminate_backend(pid, 60000) FROM pg_stat_activity WHERE query LIKE 'SELECT pg_notify%'`); err != nil {
		t.Fatal(err)
	}
	s.notify.add([]string{"second"})
	hear("second")
}

func TestWhatCouldNotBeSaidIsKept(t *testing.T) {
	tests := map[string]struct {
		failed, since, want []string
	}{
		"some":              {[]string{"a", "b"}, nil, []string{"a", "b"}},
		"with newer ones":   {[]string{"a", "b"}, []string{"b", "c"}, []string{"a", "b", "c"}},
		"all":               {[]string{everything}, nil, []string{everything}},
		"all, newer or not": {[]string{everything}, []string{"a"}, []string{everything}},
		"too many by now":   {many(100), []string{strings.Repeat("x", payloadMost)}, []string{everything}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			n := newNotifier(nil, nil)
			n.add(test.failed)
			failed := n.take()
			n.add(test.since)
			n.add(failed)
			got := n.take()
			slices.Sort(got)
			if !slices.Equal(got, test.want) {
				t.Errorf("to be said: %v, want %v", got, test.want)
			}
			select {
			case <-n.pending:
			default:
				t.Error("nobody is told that there is something to say")
			}
		})
	}
}

func many(n int) []string {
	var all []string
	for i := range n {
		all = append(all, store.TopicProject(string(rune('a'+i))))
	}
	return all
}
