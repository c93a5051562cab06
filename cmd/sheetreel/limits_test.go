package main

import (
	"context"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	ratelimitv1 "github.com/sheetreel/sheetreel/gen/sheetreel/ratelimit/v1"
	schedulerv1 "github.com/sheetreel/sheetreel/gen/sheetreel/scheduler/v1"
	"github.com/sheetreel/sheetreel/kit/grpckit"
	"github.com/sheetreel/sheetreel/kit/run"
	"github.com/sheetreel/sheetreel/services/ratelimit"
)

const limitsOfTest = `limits:
  - {name: starts, match: {action: start}, keys: [project, user], algorithm: sliding_log, capacity: 10, period: 60s,
     overrides: [{name: big, values: {project: big}, capacity: 20, reason: pays}]}
  - {name: month, match: {action: start}, keys: [project], algorithm: calendar, capacity: 1000, unit: month, dry_run: true}
`

// withLimits is the program with a real rate limit service, whose clock stands at noon.
func withLimits(t *testing.T) (*bundle, ratelimitv1.QuotaServiceClient) {
	t.Helper()
	b := setup(t, schedulerv1.BulkJob_COMPLETED)
	file := filepath.Join(t.TempDir(), "limits.yaml")
	if err := os.WriteFile(file, []byte(limitsOfTest), 0o600); err != nil {
		t.Fatal(err)
	}
	log := slog.New(slog.DiscardHandler)
	service, err := ratelimit.New(ratelimit.Config{Limits: file}, ratelimit.Deps{Log: log, Clock: func() time.Time {
		return time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)
	}})
	if err != nil {
		t.Fatal(err)
	}
	server, err := grpckit.NewServer(log)
	if err != nil {
		t.Fatal(err)
	}
	service.Register(server)
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() {
		var group run.Group
		group.Add("server", func(ctx context.Context) error { return server.Serve(ctx, listener) })
		group.Add("service", service.Run)
		ended <- group.Run(ctx)
	}()
	b.server = listener.Addr().String()
	conn, err := grpckit.Dial(b.server)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		conn.Close()
		stop()
		if err := <-ended; err != nil {
			t.Errorf("serve: %v", err)
		}
	})
	return b, ratelimitv1.NewQuotaServiceClient(conn)
}

// step is a command and what it prints.
type step struct {
	args, want string
	code       int
}

func (b *bundle) steps(t *testing.T, steps []step) {
	t.Helper()
	for _, s := range steps {
		code := b.run(append([]string{"limits"}, strings.Split(s.args, " ")...)...)
		if code != s.code {
			t.Fatalf("%s: exit code %d, want %d: %s", s.args, code, s.code, &b.stderr)
		}
		if s.code == exitOK {
			if diff := cmp.Diff(s.want, strings.ReplaceAll(b.stdout.String(), " \n", "\n")); diff != "" {
				t.Errorf("%s (-want +got):\n%s", s.args, diff)
			}
		} else if !strings.Contains(b.stderr.String(), s.want) {
			t.Errorf("%s: %q, want it to contain %q", s.args, &b.stderr, s.want)
		}
	}
}

func TestLimitsAsTables(t *testing.T) {
	b, quota := withLimits(t)
	_, err := quota.Acquire(t.Context(), &ratelimitv1.AcquireRequest{Descriptors: map[string]string{"action": "start", "project": "default", "user": "ada"}, Cost: 8})
	if err != nil {
		t.Fatal(err)
	}
	b.steps(t, []step{
		{args: "list", want: `limit   allows                        of calls with  each           overrides  from
month   1000 a month (UTC) (dry run)  action=start   project                   file
starts  10 in any 1m                  action=start   project, user          1  file
`},
		{args: "get starts", want: `limit     starts
allows    10 in any 1m
of calls  action=start
for each  project, user
outage    local share
from      file

override  for          capacity  period  state   until  from  reason
big       project=big        20          active         file  pays
`},
		{args: "usage --of starts", want: `limit   key                       used  of  more in
starts  project=default,user=ada     8  10       1m
`},
		{args: "usage --user bob", want: "nothing is used now\n"},
		{args: "usage --all --user ada --limit 1", want: `limit   key                       used  of  more in
starts  project=default,user=ada     8  10       1m
`},
		{args: "explain action=start project=default user=ada --cost 3", want: `defer: limit starts allows 10 in any 1m0s: 2 left, it would be granted in 1m0s

limit   allows                        key                       left  more in  override
month   1000 a month (UTC) (dry run)  project=default            992     156h
starts  10 in any 1m0s                project=default,user=ada     2       1m
`},
		{args: "explain action=start project=big --all", want: `proceed: it would be granted now

limit  allows                        key          left  more in  override
month  1000 a month (UTC) (dry run)  project=big  1000       0s

starts does not count it: user is absent
`},
		{args: "set starts --capacity 5 --check", want: `would be changed: 5 in any 1m
1 of 1 keys in use are over it
  project=default,user=ada
`},
		{args: "explain action=stop -o json", want: `{
  "verdict": "PROCEED",
  "message": "no limit counts such a call",
  "findings": [
    {
      "limit": "limits/month",
      "reason": "action is \"stop\", it must be \"start\"; project is absent",
      "origin": "FILE",
      "rate": "1000 a month (UTC)",
      "dryRun": true
    },
    {
      "limit": "limits/starts",
      "reason": "action is \"stop\", it must be \"start\"; project is absent; user is absent",
      "origin": "FILE",
      "rate": "10 in any 1m0s"
    }
  ],
  "revision": "limitRevisions/1"
}
`},
	})
}

func TestLimitsAreChanged(t *testing.T) {
	b, _ := withLimits(t)
	b.steps(t, []step{
		{args: "set starts --capacity 7 --actor ada", want: "changed: 7 in any 1m\n"},
		{args: "set new --algorithm token_bucket --capacity 30 --period 6666667us --keys project --match action=call --upstream 300/60s --outage closed --actor ada", want: "made: 30 at once, refilled in 6.667s\n"},
		{args: "set new --capacity 300 --actor ada", code: exitError, want: "limit.upstream: allows 300 in any 60 s, and more could be sent: new: 300 at once + 45/s x 60 s = 2999 > 300"},
		{args: "set new --dry-run --upstream none --actor ada", want: "changed: 30 at once, refilled in 6.667s (dry run)\n"},
		{args: "set new --no-dry-run --actor ada", want: "changed: 30 at once, refilled in 6.667s\n"},
		{args: "override set starts ada --for project=default,user=ada --capacity 50 --until 2026-12-01T00:00:00Z --reason launch --actor bob", want: `made
override  for                        capacity  period  state   until                from  reason
ada       project=default, user=ada        50          active  2026-12-01 00:00:00  api   launch
`},
		{args: "override set starts ada --capacity 60 --actor bob", want: `changed
override  for                        capacity  period  state   until                from  reason
ada       project=default, user=ada        60          active  2026-12-01 00:00:00  api   launch
`},
		{args: "override set starts again --for user=ada,project=default --capacity 50", code: exitError, want: "override ada is for project=default,user=ada too, so neither would win"},
		{args: "override delete starts big", code: exitError, want: "change the file"},
		{args: "override delete starts ada --actor bob", want: "deleted\n"},
		{args: "delete starts --check", want: "would be deleted\n"},
		{args: "delete starts --actor eve", want: "deleted\n"},
		{args: "delete starts", code: exitError, want: "limits/starts is of the file of limits, and was not changed over the API"},
		{args: "get none", code: exitError, want: "sheetreel limits list"},
		{args: "rollback 1 --actor eve", want: "rolled back to revision 1\n  new\n"},
		{args: "history --limit 3", want: `revision  when                 who  what
      10  2026-11-24 12:00:00  eve  rolled back to revision 1
       9  2026-11-24 12:00:00  eve  deleted limits/starts
       8  2026-11-24 12:00:00  bob  deleted limits/starts/overrides/ada
`},
	})
}

func TestWrongUseOfLimits(t *testing.T) {
	b, _ := withLimits(t)
	b.steps(t, []step{
		{args: "set starts", code: exitError, want: "say what to set"},
		{args: "override set starts x", code: exitError, want: "say what to set"},
		{args: "set starts --algorithm magic", code: exitUsage, want: "must be one of"},
		{args: "set starts --upstream many", code: exitUsage, want: "is not N/TIME, such as 300/60s"},
		{args: "explain action", code: exitUsage, want: "is not NAME=VALUE"},
		{args: "usage --limit 0", code: exitUsage, want: "must be 1 or more"},
		{args: "override set starts x --until 2027-01-01T00:00:00Z --lasting 1h", code: exitUsage, want: "can't be used together"},
		{args: "rollback 77", code: exitError, want: "limitRevisions/77 does not exist"},
	})
}
