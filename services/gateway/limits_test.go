package gateway

import (
	"context"
	"flag"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/grpc"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/testing/protocmp"
	"google.golang.org/protobuf/types/known/durationpb"

	errorsv1 "github.com/sheetreel/sheetreel/gen/sheetreel/errors/v1"
	ratelimitv1 "github.com/sheetreel/sheetreel/gen/sheetreel/ratelimit/v1"
	schedulerv1 "github.com/sheetreel/sheetreel/gen/sheetreel/scheduler/v1"
	"github.com/sheetreel/sheetreel/kit/errs"
)

var update = flag.Bool("update", false, "write the golden files anew")

// limited is a gateway that counts, behind a proxy on this machine.
func limited(t *testing.T) *bench {
	t.Helper()
	return setupWith(t, Config{PageProject: "demo", APILimits: true, TrustedProxies: []string{"127.0.0.1", "::1"}})
}

func left(name string, remaining int32) *ratelimitv1.LimitStatus {
	return &ratelimitv1.LimitStatus{
		Limit: name, Key: "project=demo", Capacity: 60, Remaining: remaining,
		WindowDuration: durationpb.New(time.Minute), ResetDuration: durationpb.New(6200 * time.Millisecond),
	}
}

// tooFast is a refusal as the rate limit service makes it.
func tooFast() error {
	return errs.RateLimited(1500*time.Millisecond, "api-reads allows 60 in 1m0s; free in 1.5s", errs.Exhausted{
		Limit: "api-reads", Subject: "project=demo", Description: "allows 60 in 1m0s",
		Capacity: 60, Window: time.Minute, Reset: 1500 * time.Millisecond,
	})
}

func TestCallsAreDescribed(t *testing.T) {
	b := limited(t)
	b.scheduler.Put(running())
	create := `{"user":"ada","source":{"googleSheet":{"spreadsheet":"x"}}}`
	tests := []struct {
		name, method, path, body string
		want                     []map[string]string
	}{
		{"a read", "GET", "/v1/" + bulkName, "", []map[string]string{
			{"action": "api.read", "route": "SchedulerService/GetBulkJob", "project": "demo"},
		}},
		{"a list", "GET", "/v1/projects/demo/bulkJobs", "", []map[string]string{
			{"action": "api.read", "route": "SchedulerService/ListBulkJobs", "project": "demo"},
		}},
		{"of no project", "GET", "/v1/limits", "", []map[string]string{
			{"action": "api.read", "route": "RateLimitService/ListLimits"},
		}},
		{"a write", "POST", "/v1/" + bulkName + ":pause", "{}", []map[string]string{
			{"action": "api.write", "route": "SchedulerService/PauseBulkJob", "project": "demo"},
		}},
		{"a write of a user", "POST", "/v1/projects/demo/bulkJobs", create, []map[string]string{
			{"action": "api.write", "route": "SchedulerService/CreateBulkJob", "project": "demo", "user": "ada"},
		}},
		{"of a project that cannot be", "GET", "/v1/projects/NO/bulkJobs", "", []map[string]string{
			{"action": "api.read", "route": "SchedulerService/ListBulkJobs"},
		}},
		{"not a call: no such path", "GET", "/v1/nothing", "", nil},
		{"not a call: malformed", "POST", "/v1/projects/demo/bulkJobs", "{", nil},
		{"not a call: HEAD", "HEAD", "/v1/" + bulkName, "", nil},
		{"not a call: OPTIONS", "OPTIONS", "/v1/" + bulkName, "", nil},
		{"health", "GET", "/healthz", "", nil},
		{"readiness", "GET", "/readyz", "", nil},
		{"the page", "GET", "/", "", nil},
		{"the document", "GET", "/openapi.json", "", nil},
		{"an artifact", "GET", "/v1/" + videoName + "/artifacts/video.mp4", "", nil},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			b.do(test.method, test.path, test.body, "X-Forwarded-For", "198.51.100.1")
			for _, want := range test.want {
				want["client"] = "198.51.100.1"
			}
			if diff := cmp.Diff(test.want, b.quota.Asked()); diff != "" {
				t.Errorf("asked (-want +got):\n%s", diff)
			}
		})
	}
}

func TestWhatIsLeftIsTold(t *testing.T) {
	b := limited(t)
	b.scheduler.Put(running())
	b.quota.Tell("api.read", left("api-reads", 59), left("all", 10))
	tests := []struct {
		name, path, accept string
		want               int
	}{
		{"an answer", "/v1/" + bulkName, "*/*", 200},
		{"an error of the service", "/v1/" + strings.Replace(bulkName, "0001", "0002", 1), "*/*", 404},
		{"lines", watchPath, "*/*", 200},
		{"events", watchPath, "text/event-stream", 200},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			r := b.do("GET", test.path, "", "Accept", test.accept)
			if r.StatusCode != test.want {
				t.Errorf("status = %d, want %d", r.StatusCode, test.want)
			}
			want := `"api-reads";q=60;w=60, "all";q=60;w=60`
			if got := r.Header.Get("RateLimit-Policy"); got != want {
				t.Errorf("RateLimit-Policy = %s, want %s", got, want)
			}
			want = `"api-reads";r=59;t=7;pk=:cHJvamVjdD1kZW1v:, "all";r=10;t=7;pk=:cHJvamVjdD1kZW1v:`
			if got := r.Header.Get("RateLimit"); got != want {
				t.Errorf("RateLimit = %s, want %s", got, want)
			}
			if got := r.Header.Get("Retry-After"); got != "" {
				t.Errorf("Retry-After = %s", got)
			}
			r.Body.Close()
		})
	}
}

func TestRefusalsHaveOneForm(t *testing.T) {
	b := limited(t)
	b.scheduler.Put(running())
	for _, action := range []string{"api.read", "api.write"} {
		b.quota.Tell(action, left("unused", 1))
		b.quota.Refuse(action, tooFast())
	}
	golden, err := os.ReadFile(filepath.Join("testdata", "refused.json"))
	if err != nil && !*update {
		t.Fatal(err)
	}
	tests := []struct{ name, method, path, body, accept string }{
		{"a read", "GET", "/v1/" + bulkName, "", "*/*"},
		{"a write", "POST", "/v1/" + bulkName + ":pause", "{}", "*/*"},
		{"lines", "GET", watchPath, "", "*/*"},
		{"events", "GET", watchPath, "", "text/event-stream"},
		{"lines of a project", "GET", "/v1/projects/demo:watch", "", "application/x-ndjson"},
		{"events of a project", "GET", "/v1/projects/demo:watch", "", "text/event-stream"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			r := b.do(test.method, test.path, test.body, "Accept", test.accept, "Accept-Encoding", "gzip")
			got := map[string]string{}
			for _, name := range []string{"Content-Type", "Cache-Control", "Content-Encoding", "Retry-After", "RateLimit-Policy", "RateLimit"} {
				got[name] = r.Header.Get(name)
			}
			want := map[string]string{
				"Content-Type": "application/problem+json", "Cache-Control": "no-store", "Content-Encoding": "", "Retry-After": "2",
				"RateLimit-Policy": `"api-reads";q=60;w=60`, "RateLimit": `"api-reads";r=0;t=2;pk=:cHJvamVjdD1kZW1v:`,
			}
			if diff := cmp.Diff(want, got); diff != "" || r.StatusCode != http.StatusTooManyRequests {
				t.Errorf("status %d, headers (-want +got):\n%s", r.StatusCode, diff)
			}
			body := text(t, r)
			if *update {
				golden = []byte(body)
				if err := os.WriteFile(filepath.Join("testdata", "refused.json"), golden, 0o600); err != nil {
					t.Fatal(err)
				}
			}
			if diff := cmp.Diff(string(golden), body); diff != "" {
				t.Errorf("body (-want +got):\n%s", diff)
			}
		})
	}
}

// A backend's own refusal replaces what the gateway's limits had left, so that the headers agree with the answer.
func TestARefusalBehindTheGateway(t *testing.T) {
	b := limited(t)
	b.scheduler.Put(running())
	b.quota.Tell("api.read", left("api-reads", 59))
	b.scheduler.Fail("GetBulkJob", tooFast())
	r := b.do("GET", "/v1/"+bulkName, "")
	if got := r.Header.Values("RateLimit"); len(got) != 1 || !strings.HasPrefix(got[0], `"api-reads";r=0;t=2`) {
		t.Errorf("RateLimit = %q", got)
	}
	b.scheduler.Fail("WatchBulkJob", tooFast())
	r = b.do("GET", watchPath, "")
	if r.StatusCode != http.StatusTooManyRequests || r.Header.Get("Retry-After") != "2" || !strings.HasPrefix(r.Header.Get("RateLimit"), `"api-reads";r=0;t=2`) {
		t.Errorf("watch: status %d, headers %v", r.StatusCode, r.Header)
	}
}

func TestWatchesHavePlaces(t *testing.T) {
	b := limited(t)
	b.scheduler.Put(running())
	b.quota.Back = make(chan string, 1)
	b.quota.Tell("api.watch", &ratelimitv1.LimitStatus{Limit: "watches", Capacity: 2, Remaining: 1, Concurrent: true})
	conn := serve(t, b.service.Register)
	for _, open := range []struct {
		name string
		do   func(t *testing.T) (end func())
	}{
		{"events", func(t *testing.T) func() {
			r := b.do("GET", watchPath, "", "Accept", "text/event-stream")
			return func() { r.Body.Close() }
		}},
		{"lines", func(t *testing.T) func() {
			r := b.do("GET", watchPath, "")
			if got := r.Header.Get("RateLimit"); got != `"watches";r=1` {
				t.Errorf("RateLimit = %s", got)
			}
			return func() { r.Body.Close() }
		}},
		{"gRPC", func(t *testing.T) func() {
			ctx, cancel := context.WithCancel(t.Context())
			stream, err := schedulerv1.NewSchedulerServiceClient(conn).WatchBulkJob(ctx, &schedulerv1.WatchBulkJobRequest{Name: bulkName})
			if err != nil {
				t.Fatal(err)
			}
			if _, err := stream.Recv(); err != nil {
				t.Fatal(err)
			}
			return cancel
		}},
	} {
		t.Run(open.name, func(t *testing.T) {
			b.quota.Asked()
			end := open.do(t)
			if got := len(b.quota.Places()); got != 1 {
				t.Errorf("%d places are taken", got)
			}
			asked := b.quota.Asked()
			if len(asked) != 2 || asked[0]["action"] != "api.read" || asked[1]["action"] != "api.watch" {
				t.Errorf("asked %v", asked)
			}
			end()
			if place := <-b.quota.Back; !strings.HasPrefix(place, "api.watch-") || len(b.quota.Places()) != 0 {
				t.Errorf("given back %s, taken %v", place, b.quota.Places())
			}
		})
	}
	t.Run("none is free", func(t *testing.T) {
		b.quota.Refuse("api.watch", tooFast())
		if r := b.do("GET", watchPath, "", "Accept", "text/event-stream"); r.StatusCode != http.StatusTooManyRequests {
			t.Errorf("status = %d", r.StatusCode)
		}
	})
}

func TestFrontCounts(t *testing.T) {
	b := limited(t)
	b.scheduler.Put(running())
	b.quota.Tell("api.read", left("api-reads", 59))
	client := schedulerv1.NewSchedulerServiceClient(serve(t, b.service.Register))
	var header metadata.MD
	if _, err := client.GetBulkJob(t.Context(), &schedulerv1.GetBulkJobRequest{Name: bulkName}, grpc.Header(&header)); err != nil {
		t.Fatal(err)
	}
	if got := header.Get("ratelimit-policy"); !cmp.Equal(got, []string{`"api-reads";q=60;w=60`}) {
		t.Errorf("ratelimit-policy = %q", got)
	}
	if got := header.Get("ratelimit"); !cmp.Equal(got, []string{`"api-reads";r=59;t=7;pk=:cHJvamVjdD1kZW1v:`}) {
		t.Errorf("ratelimit = %q", got)
	}
	b.quota.Refuse("api.read", tooFast())
	_, err := client.GetBulkJob(t.Context(), &schedulerv1.GetBulkJobRequest{Name: bulkName})
	wantError(t, tooFast(), err)
	stream, err := client.WatchBulkJob(t.Context(), &schedulerv1.WatchBulkJobRequest{Name: bulkName})
	if err != nil {
		t.Fatal(err)
	}
	_, err = stream.Recv()
	wantError(t, tooFast(), err)
}

func wantError(t *testing.T, want, got error) {
	t.Helper()
	if diff := cmp.Diff(status.Convert(want).Proto(), status.Convert(got).Proto(), protocmp.Transform()); diff != "" {
		t.Errorf("error (-want +got):\n%s", diff)
	}
}

func TestALimiterInTroubleTakesNothingDown(t *testing.T) {
	b := limited(t)
	b.scheduler.Put(running())
	b.quota.Refuse("api.read", errs.Unavailable(errorsv1.ErrorReason_STORE_UNAVAILABLE, "down", time.Second))
	r := b.do("GET", "/v1/"+bulkName, "")
	if r.StatusCode != http.StatusOK || r.Header.Get("RateLimit") != "" {
		t.Errorf("status %d, RateLimit %q", r.StatusCode, r.Header.Get("RateLimit"))
	}
}

func TestTrustedProxiesAreChecked(t *testing.T) {
	b := setup(t)
	_, err := New(Config{TrustedProxies: []string{"proxy"}}, Deps{Backends: b.service.backends, Blob: b.service.blob})
	if err == nil || !strings.Contains(err.Error(), `trusted proxy "proxy"`) {
		t.Errorf("error = %v", err)
	}
}
