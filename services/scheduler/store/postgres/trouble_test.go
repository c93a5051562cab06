package postgres

import (
	"errors"
	"testing"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	errorsv1 "github.com/sheetreel/sheetreel/gen/sheetreel/errors/v1"
	"github.com/sheetreel/sheetreel/kit/errs"
	"github.com/sheetreel/sheetreel/kit/pg/pgserver"
	"github.com/sheetreel/sheetreel/services/scheduler/store"
)

// Whatever is asked of a store whose server is gone, callers are told so and can try again.
func TestServerThatIsGoneIsBlamed(t *testing.T) {
	server, err := pgserver.Start(t.Context(), pgserver.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer server.Stop()
	s := open(t, server.DSN())
	server.Stop()
	ctx, now := t.Context(), time.Now()
	k := store.BulkKey{Project: "demo", ID: "01900000-0000-7000-8000-000000000000"}
	lease := store.LeaseToken(store.VideoKey{BulkKey: k, Video: k.ID}, "l")
	for name, call := range map[string]func() error{
		"read": func() error { _, err := s.BulkJob(ctx, k); return err },
		"list": func() error { _, err := s.ListBulkJobs(ctx, "demo", "", 1); return err },
		"look for candidates": func() error {
			_, err := s.Candidates(ctx, store.Search{Limit: 1}, now)
			return err
		},
		"look for the next time": func() error { _, _, err := s.NextDue(ctx, now); return err },
		"complete, gathered":     func() error { return s.Complete(ctx, lease, store.Result{}, now) },
		"complete many": func() error {
			all := []store.Completion{{Lease: lease}, {Lease: lease}, {Lease: lease}}
			return errors.Join(s.CompleteAll(ctx, all, now)...)
		},
		"pause": func() error { _, err := s.PauseBulkJob(ctx, store.Request{}, k, now); return err },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel() // each tries for a while
			err := call()
			public := errs.Public(err)
			if status.Code(public) != codes.Unavailable || errs.ReasonOf(public) != errorsv1.ErrorReason_DATABASE_UNAVAILABLE {
				t.Errorf("%v is answered as %v", err, public)
			}
			if _, ok := errs.RetryDelay(public); !ok {
				t.Error("it is not said when to try again")
			}
		})
	}
}
