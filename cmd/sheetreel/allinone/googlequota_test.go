package allinone

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"google.golang.org/grpc"

	ratelimitv1 "github.com/sheetreel/sheetreel/gen/sheetreel/ratelimit/v1"
	"github.com/sheetreel/sheetreel/kit/quota"
	"github.com/sheetreel/sheetreel/kit/run"
	"github.com/sheetreel/sheetreel/services/ingest/emulator"
	"github.com/sheetreel/sheetreel/services/ingest/emulator/emulatortest"
	"github.com/sheetreel/sheetreel/services/ingest/source/sheets"
	"github.com/sheetreel/sheetreel/services/ratelimit"
)

// google is an emulator with all of Google's quotas, and a Sheets client that asks a real rate limit service before each call.
// There is no network, so it works in a synctest bubble, in which minutes pass at once.
type google struct {
	*emulator.Emulator
	client *sheets.Client
	quota  ratelimitv1.QuotaServiceClient
}

const tabs = 12 // spreadsheets s0, s1, ...

func newGoogle(t *testing.T) google { return newGoogleWith(t, ratelimit.Config{}) }

// newGoogleWith is newGoogle with limits of ours.
func newGoogleWith(t *testing.T, limits ratelimit.Config) google {
	t.Helper()
	options := emulator.Options{Config: emulator.Config{
		ReadsPerMinute: 60, WritesPerMinute: 60, ProjectReadsPerMinute: 300, ProjectWritesPerMinute: 300, SheetRequestsPerSecond: 1,
	}}
	for i := range tabs {
		options.Spreadsheets = append(options.Spreadsheets, emulator.Spreadsheet{
			ID: fmt.Sprint("s", i), Tabs: []emulator.Tab{{Title: "Ideas", Rows: [][]any{{"Title", "Script"}, {"One", "Some words."}}}},
		})
	}
	server, err := emulator.New(options)
	if err != nil {
		t.Fatal(err)
	}
	const endpoint = "http://127.0.0.1:9" // never dialled
	key, err := server.AddServiceAccount("robot@emulator.iam.gserviceaccount.com", endpoint)
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "key.json")
	if err := os.WriteFile(file, key, 0o600); err != nil {
		t.Fatal(err)
	}
	limiter := ratelimitv1.NewQuotaServiceClient(limiterInMemory(t, limits))
	client, err := sheets.New(
		sheets.Config{Endpoint: endpoint, Credentials: file},
		sheets.Deps{Quota: limiter, Transport: emulatortest.Transport(server)},
	)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(client.Close)
	return google{server, client, limiter}
}

// limiterInMemory runs a rate limit service until the test ends.
func limiterInMemory(t *testing.T, limits ratelimit.Config) *grpc.ClientConn {
	t.Helper()
	quiet := slog.New(slog.DiscardHandler)
	limiter, err := ratelimit.New(limits, ratelimit.Deps{Log: quiet})
	if err != nil {
		t.Fatal(err)
	}
	server, m := inMemory(t, quiet)
	limiter.Register(server)
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() {
		var group run.Group
		group.Add("server", func(ctx context.Context) error { return server.Serve(ctx, m.listener) })
		group.Add("ratelimit", limiter.Run)
		ended <- group.Run(ctx)
	}()
	t.Cleanup(func() {
		m.conn.Close()
		stop()
		if err := <-ended; err != nil {
			t.Errorf("serve: %v", err)
		}
	})
	return m.conn
}

func (g google) read(ctx context.Context, user string, sheet int) error {
	s, err := g.client.Sheet(sheets.Request{Spreadsheet: fmt.Sprint("s", sheet), Project: "demo", User: user})
	if err != nil {
		return err
	}
	_, err = s.Read(ctx)
	return err
}

// answered counts the requests to the API by their status.
func (g google) answered() map[int]int {
	count := map[int]int{}
	for _, r := range g.Requests() {
		if strings.HasPrefix(r.Path, "/v4/") {
			count[r.Status]++
		}
	}
	return count
}

// Everybody reads with one service account, so the account's 60 a minute are what binds: our users' own limits would allow more.
func TestGoogleNeverRefusesWhatTheLimiterKnows(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := newGoogle(t)
		start := time.Now()
		var work sync.WaitGroup
		for worker := range tabs {
			work.Go(func() {
				for range 15 {
					if err := g.read(t.Context(), fmt.Sprint("user", worker%4), worker); err != nil {
						t.Errorf("worker %d: %v", worker, err)
						return
					}
				}
			})
		}
		work.Wait()
		got := g.answered()
		if got[http.StatusOK] != tabs*15*2 || len(got) != 1 {
			t.Errorf("answers %v, want %d times 200 and nothing else", got, tabs*15*2)
		}
		if took := time.Since(start); took < 5*time.Minute || took > 7*time.Minute {
			t.Errorf("%d requests took %v, want the time of 60 a minute", tabs*15*2, took)
		}
	})
}

func TestGoogleNeverRefusesWritesThatTheLimiterKnows(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := newGoogle(t)
		limiter := quota.New(g.quota, quota.Config{})
		transport := emulatortest.Transport(g.Emulator)
		var work sync.WaitGroup
		for worker := range tabs {
			work.Go(func() {
				sheet := fmt.Sprint("s", worker)
				for range 10 {
					if _, err := limiter.Acquire(t.Context(), quota.Call{Descriptors: map[string]string{
						"action": "sheets.write", "project": "demo", "user": sheet, "sheet": sheet, "credential": "anyone", "cloud_project": "1",
					}}); err != nil {
						t.Errorf("worker %d: %v", worker, err)
						return
					}
					req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "http://emulator/v4/spreadsheets/"+sheet+"/values:batchUpdate",
						strings.NewReader(`{"valueInputOption":"RAW","data":[{"range":"Ideas!D2","values":[["done"]]}]}`))
					if err != nil {
						t.Error(err)
						return
					}
					if _, err := transport.RoundTrip(req); err != nil {
						t.Error(err)
						return
					}
				}
			})
		}
		work.Wait()
		if got := g.answered(); got[http.StatusOK] != tabs*10 || len(got) != 1 {
			t.Errorf("answers %v, want %d times 200 and nothing else", got, tabs*10)
		}
	})
}

// When Google allows less than it says, one refusal tells, and everybody keeps to it from then on.
func TestALowerTrueLimitCostsOneRefusal(t *testing.T) {
	for name, lowered := range map[string]struct {
		quota emulator.Quota
		limit int
	}{
		"of the account": {emulator.ReadsPerUser, 20},
		"of the project": {emulator.ReadsPerProject, 30},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				g := newGoogle(t)
				g.SetQuota(lowered.quota, lowered.limit)
				const reads = 60
				for i := range reads {
					if err := g.read(t.Context(), fmt.Sprint("user", i%3), i%tabs); err != nil {
						t.Fatalf("read %d: %v", i, err)
					}
				}
				got := g.answered()
				if got[http.StatusTooManyRequests] != 1 || got[http.StatusOK] != 2*reads {
					t.Errorf("answers %v, want one 429 and %d times 200", got, 2*reads)
				}
			})
		})
	}
}

// One who asks for a lot waits for herself.
func TestAFloodOfReadsLeavesOthersTheirTurn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := newGoogle(t)
		ctx, stop := context.WithCancel(t.Context())
		var flood sync.WaitGroup
		for i := range tabs - 1 {
			for range 20 {
				flood.Go(func() {
					if err := g.read(ctx, "ada", i); err != nil && ctx.Err() == nil {
						t.Errorf("ada: %v", err)
					}
				})
			}
		}
		synctest.Wait()
		start := time.Now()
		if err := g.read(t.Context(), "bob", tabs-1); err != nil {
			t.Errorf("bob: %v", err)
		}
		if took := time.Since(start); took > 2*time.Minute {
			t.Errorf("bob waited %v behind ada's 440 requests", took)
		}
		stop()
		flood.Wait()
	})
}

// scarce gives each user a share of what the one service account may ask of Google.
const scarce = `limits:
  - {name: account, match: {action: sheets.read}, keys: [cloud_project, credential], algorithm: sliding_log, capacity: 60, period: 60s}
  - {name: cloud, match: {action: sheets.read}, keys: [cloud_project], algorithm: sliding_log, capacity: 300, period: 60s}
  - {name: user, match: {action: sheets.read}, keys: [project, user], algorithm: sliding_log, capacity: 20, period: 60s}
  - {name: sheet, keys: [sheet], algorithm: sliding_log, capacity: 1, period: 1s}
`

// A user who has used up her share waits alone: another user's sheet is read as if she were not there.
func TestAUserOverQuotaStopsNobody(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		file := filepath.Join(t.TempDir(), "limits.yaml")
		if err := os.WriteFile(file, []byte(scarce), 0o600); err != nil {
			t.Fatal(err)
		}
		g := newGoogleWith(t, ratelimit.Config{Limits: file})
		ctx, stop := context.WithCancel(t.Context())
		var waiting sync.WaitGroup
		for i := range tabs - 1 {
			waiting.Go(func() {
				for ctx.Err() == nil {
					if err := g.read(ctx, "ada", i); err != nil && ctx.Err() == nil {
						t.Errorf("ada: %v", err)
						return
					}
				}
			})
		}
		<-time.After(30 * time.Second) // of the bubble: her 20 are long used up
		if got := g.answered()[http.StatusOK]; got != 20 {
			t.Errorf("ada has asked %d times within her minute, want 20", got)
		}
		for range 5 {
			start := time.Now()
			if err := g.read(t.Context(), "bob", tabs-1); err != nil {
				t.Errorf("bob: %v", err)
			}
			if took := time.Since(start); took > 3*time.Second {
				t.Errorf("bob waited %v, want no longer than his own sheet asks for", took)
			}
		}
		stop()
		waiting.Wait()
		if got := g.answered(); len(got) != 1 {
			t.Errorf("answers %v, want nothing but 200", got)
		}
	})
}
