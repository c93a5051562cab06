package pg

import (
	"context"
	"errors"
	"fmt"
	"io"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/sheetreel/sheetreel/kit/errs"
	"github.com/sheetreel/sheetreel/kit/pg/pgserver"
	"github.com/sheetreel/sheetreel/kit/pg/pgtest"
)

func TestTroubleBlamesTheServerOnly(t *testing.T) {
	code := func(c string) error { return fmt.Errorf("claim: %w", &pgconn.PgError{Code: c}) }
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	for name, c := range map[string]struct {
		ctx        context.Context
		err        error
		down, full bool
	}{
		"no error":                {err: nil},
		"disk full":               {err: code("53100"), down: true, full: true},
		"too many connections":    {err: code("53300"), down: true},
		"connection failure":      {err: code("08006"), down: true},
		"shutting down":           {err: code("57P01"), down: true},
		"starting":                {err: code("57P03"), down: true},
		"statement timeout":       {err: code("57014"), down: true},
		"read only":               {err: code("25006"), down: true},
		"deadlock after all":      {err: code("40P01"), down: true},
		"a broken connection":     {err: fmt.Errorf("receive: %w", io.ErrUnexpectedEOF), down: true},
		"our own limit":           {err: context.DeadlineExceeded, down: true},
		"begin":                   {err: &beginError{errors.New("closed pool")}, down: true},
		"a duplicate key":         {err: code("23505")},
		"no such table":           {err: code("42P01")},
		"an error of the caller":  {err: errors.New("odd")},
		"the caller went away":    {ctx: ended, err: context.Canceled},
		"the caller's own, begin": {ctx: ended, err: &beginError{context.Canceled}},
	} {
		t.Run(name, func(t *testing.T) {
			ctx := c.ctx
			if ctx == nil {
				ctx = t.Context()
			}
			got := Trouble(ctx, c.err)
			var down *errs.DatabaseError
			if errors.As(got, &down) != c.down || c.down && down.Full != c.full {
				t.Errorf("%v became %v", c.err, got)
			}
			if c.err != nil && !errors.Is(got, c.err) {
				t.Errorf("%v is lost in %v", c.err, got)
			}
		})
	}
}

func TestInTxBlamesAServerThatIsGoneOrSlow(t *testing.T) {
	sleep := func(ctx context.Context, tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, `SET LOCAL statement_timeout = 1`); err != nil {
			return err
		}
		_, err := tx.Exec(ctx, `SELECT pg_sleep(60)`)
		return err
	}
	if err := open(t, pgtest.Schema(t)).InTx(t.Context(), sleep); !errors.As(err, new(*errs.DatabaseError)) {
		t.Errorf("a slow server: %v", err)
	}

	server, err := pgserver.Start(t.Context(), pgserver.Options{})
	if err != nil {
		t.Fatal(err)
	}
	db := open(t, server.DSN())
	server.Stop()
	if err := db.InTx(t.Context(), sleep); !errors.As(err, new(*errs.DatabaseError)) {
		t.Errorf("a server that is gone, to write: %v", err)
	}
	if err := db.Read(t.Context(), sleep); !errors.As(err, new(*errs.DatabaseError)) {
		t.Errorf("a server that is gone, to read: %v", err)
	}
}
