package allinone

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/dunglas/httpsfv"
	"github.com/google/go-cmp/cmp"
	"gocloud.dev/blob/memblob"
	"google.golang.org/grpc"
	"pgregory.net/rapid"

	schedulerv1 "github.com/sheetreel/sheetreel/gen/sheetreel/scheduler/v1"
	"github.com/sheetreel/sheetreel/kit/errs"
	"github.com/sheetreel/sheetreel/kit/grpckit"
	"github.com/sheetreel/sheetreel/kit/run"
	"github.com/sheetreel/sheetreel/services/gateway"
	"github.com/sheetreel/sheetreel/services/ratelimit"

	"github.com/sheetreel/sheetreel/cmd/sheetreel/internal/fakescheduler"
)

const limitedJob = "projects/demo/bulkJobs/01935c7a-0000-7000-8000-0000000000aa"

// door is a gateway that counts with a real rate limit service.
type door struct {
	http.Handler
	scheduler schedulerv1.SchedulerServiceClient // through the gateway's gRPC side
}

// limitedDoor runs both over gRPC in memory until the test ends, so it works in a synctest bubble too. Only the scheduler
// behind them is fake. Without limits the built-in ones are in force.
func limitedDoor(t *testing.T, limits string) door {
	t.Helper()
	file := ""
	if limits != "" {
		file = filepath.Join(t.TempDir(), "limits.yaml")
		if err := os.WriteFile(file, []byte(limits), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	quiet := slog.New(slog.DiscardHandler)
	limiter, err := ratelimit.New(ratelimit.Config{Limits: file}, ratelimit.Deps{Log: quiet})
	if err != nil {
		t.Fatal(err)
	}
	backends, back := inMemory(t, quiet)
	limiter.Register(backends)
	schedulerv1.RegisterSchedulerServiceServer(backends, &fakescheduler.Scheduler{
		Jobs: []*schedulerv1.BulkJob{{Name: limitedJob, State: schedulerv1.BulkJob_RUNNING}}, Hold: true,
	})
	bucket := memblob.OpenBucket(nil)
	service, err := gateway.New(
		gateway.Config{PageProject: "demo", APILimits: true, TrustedProxies: []string{"127.0.0.1", "::1", "192.0.2.1"}},
		gateway.Deps{
			Backends: gateway.Backends{Ingest: back.conn, Scheduler: back.conn, Ratelimit: back.conn, Render: back.conn},
			Blob:     bucket, Log: quiet,
		},
	)
	if err != nil {
		t.Fatal(err)
	}
	front, side := inMemory(t, quiet)
	service.Register(front)

	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() {
		var group run.Group
		group.Add("backends", func(ctx context.Context) error { return backends.Serve(ctx, back.listener) })
		group.Add("ratelimit", limiter.Run)
		group.Add("front", func(ctx context.Context) error { return front.Serve(ctx, side.listener) })
		ended <- group.Run(ctx)
	}()
	t.Cleanup(func() {
		side.conn.Close()
		stop()
		if err := <-ended; err != nil {
			t.Errorf("serve: %v", err)
		}
		back.conn.Close()
		bucket.Close()
	})
	return door{service.Handler(), schedulerv1.NewSchedulerServiceClient(side.conn)}
}

type memory struct {
	listener grpckit.InProcess
	conn     *grpc.ClientConn
}

func inMemory(t *testing.T, log *slog.Logger) (*grpckit.Server, memory) {
	t.Helper()
	server, err := grpckit.NewServer(log)
	if err != nil {
		t.Fatal(err)
	}
	m := memory{listener: grpckit.NewInProcess()}
	if m.conn, err = m.listener.Dial(); err != nil {
		t.Fatal(err)
	}
	return server, m
}

// get asks as a client behind the proxy.
func (d door) get(ctx context.Context, path, client, accept string) *http.Response {
	r := httptest.NewRequestWithContext(ctx, http.MethodGet, path, nil) // comes from 192.0.2.1
	r.Header.Set("X-Forwarded-For", client)
	r.Header.Set("Accept", accept)
	w := httptest.NewRecorder()
	d.ServeHTTP(w, r)
	return w.Result()
}

// policy is a limit as the headers tell it.
type policy struct{ Quota, Window, Left, Reset int64 }

// policies reads both headers as a client of the draft does.
func policies(t testing.TB, h http.Header) map[string]policy {
	t.Helper()
	found := map[string]policy{}
	for _, name := range []string{"RateLimit-Policy", "RateLimit"} {
		list, err := httpsfv.UnmarshalList(h.Values(name))
		if err != nil {
			t.Fatalf("%s: %s: %v", name, h.Values(name), err)
		}
		for _, member := range list {
			item := member.(httpsfv.Item)
			key := item.Value.(string)
			p := found[key]
			for parameter, to := range map[string]*int64{"q": &p.Quota, "w": &p.Window, "r": &p.Left, "t": &p.Reset} {
				if n, ok := item.Params.Get(parameter); ok {
					*to = n.(int64)
				}
			}
			found[key] = p
		}
	}
	return found
}

func wait(t testing.TB, r *http.Response) time.Duration {
	t.Helper()
	seconds, err := strconv.Atoi(r.Header.Get("Retry-After"))
	if r.StatusCode != http.StatusTooManyRequests || err != nil || seconds < 1 {
		t.Fatalf("status %d, Retry-After %q; want a refusal", r.StatusCode, r.Header.Get("Retry-After"))
	}
	return time.Duration(seconds) * time.Second
}

const threeReads = `
limits:
  - {name: reads-per-client, match: {action: api.read}, keys: [client], algorithm: sliding_log, capacity: 3, period: 60s}
  - {name: reads-per-project, match: {action: api.read}, keys: [project], algorithm: sliding_log, capacity: 100, period: 60s}
  - {name: watches-per-client, match: {action: api.watch}, keys: [client], algorithm: concurrency, capacity: 1, period: 15m}
`

// TestTheAPIIsLimited goes over a real HTTP server.
func TestTheAPIIsLimited(t *testing.T) {
	server := httptest.NewServer(limitedDoor(t, threeReads))
	defer server.Close()
	get := func(client string) *http.Response {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, server.URL+"/v1/"+limitedJob, nil)
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("X-Forwarded-For", client)
		answer, err := server.Client().Do(r)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { answer.Body.Close() })
		return answer
	}
	for i := range int64(3) {
		r := get("198.51.100.1")
		told := policies(t, r.Header)
		if r.StatusCode != http.StatusOK || told["reads-per-client"].Left != 2-i || told["reads-per-project"].Left != 99-i {
			t.Errorf("call %d: status %d, %v", i, r.StatusCode, r.Header)
		}
	}
	refused := get("198.51.100.1")
	told := policies(t, refused.Header)
	want := map[string]policy{"reads-per-client": {Quota: 3, Window: 60, Left: 0, Reset: told["reads-per-client"].Reset}}
	if diff := cmp.Diff(want, told); diff != "" {
		t.Errorf("policies (-want +got):\n%s", diff)
	}
	if delay := wait(t, refused); delay != 60*time.Second && delay != 59*time.Second || int64(delay/time.Second) < told["reads-per-client"].Reset {
		t.Errorf("wait %v, headers %v", delay, refused.Header)
	}
	var problem struct {
		Type     string
		Status   int
		Detail   string
		Violated []string `json:"violated-policies"`
		Error    struct{ Code int }
	}
	if err := json.NewDecoder(refused.Body).Decode(&problem); err != nil {
		t.Fatal(err)
	}
	if problem.Status != 429 || problem.Error.Code != 429 || !cmp.Equal(problem.Violated, []string{"reads-per-client"}) || problem.Detail == "" {
		t.Errorf("problem = %+v", problem)
	}
	other := get("198.51.100.2")
	if left := policies(t, other.Header)["reads-per-project"].Left; other.StatusCode != http.StatusOK || left != 96 {
		t.Errorf("another client: status %d, %d left of the project: the refusal must cost nothing", other.StatusCode, left)
	}
}

// TestBuiltInLimits are in force without any configuration, and generous.
func TestBuiltInLimits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := limitedDoor(t, "")
		told := policies(t, d.get(t.Context(), "/v1/"+limitedJob, "198.51.100.1", "*/*").Header)
		want := map[string]policy{
			"api-read-per-client":  {Quota: 1200, Window: 60, Left: 1199, Reset: 1},
			"api-read-per-project": {Quota: 6000, Window: 60, Left: 5999, Reset: 1},
		}
		if diff := cmp.Diff(want, told); diff != "" {
			t.Errorf("of a read (-want +got):\n%s", diff)
		}
		ctx, leave := context.WithCancel(t.Context())
		time.AfterFunc(time.Second, leave)
		told = policies(t, d.get(ctx, "/v1/"+limitedJob+":watch", "198.51.100.1", "text/event-stream").Header)
		want["api-read-per-client"] = policy{Quota: 1200, Window: 60, Left: 1198, Reset: 1}
		want["api-read-per-project"] = policy{Quota: 6000, Window: 60, Left: 5998, Reset: 1}
		want["api-watches-per-client"] = policy{Quota: 100, Left: 99}
		want["api-watches-per-project"] = policy{Quota: 2000, Left: 1999}
		if diff := cmp.Diff(want, told); diff != "" {
			t.Errorf("of a watch (-want +got):\n%s", diff)
		}
	})
}

// TestGRPCIsLimitedAlike has one limit for both sides of the gateway.
func TestGRPCIsLimitedAlike(t *testing.T) {
	d := limitedDoor(t, `
limits:
  - {name: reads, match: {action: api.read}, keys: [project], algorithm: token_bucket, capacity: 2, period: 60s}
`)
	if r := d.get(t.Context(), "/v1/"+limitedJob, "198.51.100.1", "*/*"); r.StatusCode != http.StatusOK {
		t.Fatalf("status %d", r.StatusCode)
	}
	call := func() error {
		_, err := d.scheduler.GetBulkJob(t.Context(), &schedulerv1.GetBulkJobRequest{Name: limitedJob})
		return err
	}
	if err := call(); err != nil {
		t.Fatal(err)
	}
	err := call()
	if delay, ok := errs.RetryDelay(err); !ok || delay <= 0 || delay > 30*time.Second {
		t.Errorf("error = %v", err)
	}
	if policy, left := errs.RateFields(err); policy != `"reads";q=2;w=60` || !strings.HasPrefix(left, `"reads";r=0;t=`) {
		t.Errorf("fields %s and %s", policy, left)
	}
	if r := d.get(t.Context(), "/v1/"+limitedJob, "198.51.100.1", "*/*"); r.StatusCode != http.StatusTooManyRequests {
		t.Errorf("status %d", r.StatusCode)
	}
}

// TestOpenWatchesAreLimited opens more watches than one client may have, as lines and as events.
func TestOpenWatchesAreLimited(t *testing.T) {
	for _, accept := range []string{"application/x-ndjson", "text/event-stream"} {
		t.Run(accept, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				d := limitedDoor(t, threeReads)
				path := "/v1/" + limitedJob + ":watch"
				ctx, leave := context.WithCancel(t.Context())
				ended := make(chan struct{})
				go func() {
					defer close(ended)
					d.get(ctx, path, "198.51.100.1", accept)
				}()
				synctest.Wait()
				refused := d.get(t.Context(), path, "198.51.100.1", accept)
				wait(t, refused)
				if line, _ := bufio.NewReader(refused.Body).ReadString('\n'); !strings.Contains(line, "watches-per-client") {
					t.Errorf("refusal %s", line)
				}
				leave()
				<-ended
				again, done := context.WithCancel(t.Context())
				time.AfterFunc(time.Second, done)
				if r := d.get(again, path, "198.51.100.1", accept); r.StatusCode != http.StatusOK {
					t.Errorf("status %d after the first has left", r.StatusCode)
				}
			})
		})
	}
}

// TestWhoWaitsAsToldIsGranted: for limits of any kind, a call that is refused is refused until the time that RetryInfo
// names, and granted after that of Retry-After.
func TestWhoWaitsAsToldIsGranted(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		algorithm := rapid.SampledFrom([]string{"sliding_log", "token_bucket", "sliding_counter"}).Draw(r, "algorithm")
		capacity := rapid.IntRange(1, 5).Draw(r, "capacity")
		period := rapid.IntRange(1, 90_000).Draw(r, "period in ms")
		gaps := rapid.SliceOfN(rapid.IntRange(0, 2*period/capacity), 1, 12).Draw(r, "gaps in ms")
		synctest.Test(t, func(t *testing.T) {
			d := limitedDoor(t, fmt.Sprintf(
				"limits: [{name: l, match: {action: api.read}, keys: [project], algorithm: %s, capacity: %d, period: %dms}]",
				algorithm, capacity, period))
			for _, gap := range gaps {
				time.Sleep(time.Duration(gap) * time.Millisecond)
				answer := d.get(t.Context(), "/v1/"+limitedJob, "", "*/*")
				if answer.StatusCode == http.StatusOK {
					continue
				}
				told := wait(t, answer)
				exact := retryDelay(t, answer)
				if told < exact || told >= exact+time.Second && told > time.Second {
					r.Fatalf("Retry-After %v for %v", told, exact)
				}
				if reset := policies(t, answer.Header)["l"].Reset; time.Duration(reset)*time.Second > told {
					r.Fatalf("Retry-After %v is before the end of the window in %d s", told, reset)
				}
				time.Sleep(exact - 1)
				if early := d.get(t.Context(), "/v1/"+limitedJob, "", "*/*"); early.StatusCode != http.StatusTooManyRequests {
					r.Fatalf("granted just before %v", exact)
				}
				time.Sleep(told - exact + 1)
				if again := d.get(t.Context(), "/v1/"+limitedJob, "", "*/*"); again.StatusCode != http.StatusOK {
					r.Fatalf("refused after %v: %v", told, again.Header)
				}
			}
		})
	})
}

// retryDelay reads the exact time of a refusal.
func retryDelay(t *testing.T, r *http.Response) time.Duration {
	t.Helper()
	var body struct {
		Error struct{ Details []map[string]any }
	}
	if err := json.NewDecoder(r.Body).Decode(&body); err != nil {
		t.Fatal(err)
	}
	for _, detail := range body.Error.Details {
		if text, ok := detail["retryDelay"].(string); ok {
			delay, err := time.ParseDuration(text)
			if err != nil {
				t.Fatal(err)
			}
			return delay
		}
	}
	t.Fatal("no RetryInfo")
	return 0
}
