package render

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"log/slog"
	"path"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/encoding/protojson"

	ingestv1 "github.com/sheetreel/sheetreel/gen/sheetreel/ingest/v1"
	renderv1 "github.com/sheetreel/sheetreel/gen/sheetreel/render/v1"
	schedulerv1 "github.com/sheetreel/sheetreel/gen/sheetreel/scheduler/v1"
	"github.com/sheetreel/sheetreel/kit/grpckit"
	"github.com/sheetreel/sheetreel/services/render/provider"
)

// overGRPC serves the fake by a real server, so that requests are validated as the scheduler does.
func overGRPC(t *testing.T, f *fakeScheduler) schedulerv1.LeaseServiceClient {
	t.Helper()
	server, err := grpckit.NewServer(slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	schedulerv1.RegisterLeaseServiceServer(server, f)
	listener := grpckit.NewInProcess()
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- server.Serve(ctx, listener) }()
	conn, err := listener.Dial()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		conn.Close()
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
	return schedulerv1.NewLeaseServiceClient(conn)
}

var tea = &ingestv1.Idea{Title: "Tea", Script: "Tea is a leaf. Water does the rest."}

func TestCompletes(t *testing.T) {
	r := newRig(t, Config{}, overGRPC, nil)
	token := r.add("v1", tea)
	done := <-r.completed
	if done.GetLeaseToken() != token || done.GetVideoDuration().GetSeconds() != 12 {
		t.Errorf("completed %v", done)
	}
	r.set(func() {
		if !slices.Equal(r.providers, []string{"fake"}) {
			t.Errorf("asked for jobs of %v, want those of its provider", r.providers)
		}
	})
	var names, keys []string
	for _, a := range done.GetArtifacts() {
		names, keys = append(names, a.GetFileName()), append(keys, a.GetBlobKey())
		data, err := r.blob.ReadAll(t.Context(), a.GetBlobKey())
		if err != nil {
			t.Fatal(err)
		}
		sum := sha256.Sum256(data)
		if a.GetSha256() != hex.EncodeToString(sum[:]) || a.GetSizeBytes() != int64(len(data)) || a.GetContentType() == "" {
			t.Errorf("artifact %v of %d bytes", a, len(data))
		}
		folder, name := path.Split(a.GetBlobKey())
		if !strings.HasPrefix(folder, "projects/demo/bulkJobs/b/videoJobs/v1/") || name != a.GetFileName() || strings.Contains(folder, token) {
			t.Errorf("blob key %s", a.GetBlobKey())
		}
	}
	if diff := cmp.Diff([]string{"video.mp4", "poster.jpg", "captions.srt", "captions.vtt", "manifest.json"}, names); diff != "" {
		t.Errorf("files (-want +got):\n%s", diff)
	}
	data, err := r.blob.ReadAll(t.Context(), keys[4])
	if err != nil {
		t.Fatal(err)
	}
	var m renderv1.Manifest
	if err := protojson.Unmarshal(data, &m); err != nil {
		t.Fatal(err)
	}
	if m.GetVideoJob() != "projects/demo/bulkJobs/b/videoJobs/v1" || m.GetAttempt() != 1 || m.GetProvider() != "fake" || m.GetVersions()["fake"] != "1" ||
		m.GetMedia().GetVideoCodec() != "h264" || len(m.GetFiles()) != 4 || m.GetStoryboard().GetTitle() != "Tea" {
		t.Errorf("manifest %s", data)
	}
}

func TestCompleteIsRepeatedWhileTheSchedulerIsAway(t *testing.T) {
	r := newRig(t, Config{}, overGRPC, nil)
	r.set(func() { r.complete = busy() })
	token := r.add("v1", tea)
	if done := <-r.completed; done.GetLeaseToken() != token {
		t.Errorf("completed %v", done)
	}
}

func TestRefusedVideoIsDeleted(t *testing.T) {
	r := newRig(t, Config{}, overGRPC, nil)
	r.set(func() { r.complete = leaseLost() })
	r.add("v1", tea)
	<-r.refused
	r.stop()
	if keys := r.blobs(t); len(keys) > 0 {
		t.Errorf("blobs %v", keys)
	}
}

func TestFails(t *testing.T) {
	class := func(c schedulerv1.FailureClass) func(context.Context, provider.Request) error {
		return func(_ context.Context, r provider.Request) error {
			return &provider.Error{Class: c, Err: errors.New("cannot open " + r.Dir + "/frames: broken")}
		}
	}
	for _, tc := range []struct {
		name   string
		idea   *ingestv1.Idea
		cfg    Config
		step   func(context.Context, provider.Request) error
		class  schedulerv1.FailureClass
		reason string
		text   string
	}{
		{"class of the provider", tea, Config{}, class(schedulerv1.FailureClass_SYSTEM), schedulerv1.FailureClass_SYSTEM, "RENDER_FAILED", "cannot open frames: broken"},
		{"idea that the provider refuses", tea, Config{}, class(schedulerv1.FailureClass_INVALID_IDEA), schedulerv1.FailureClass_INVALID_IDEA, "IDEA_UNRENDERABLE", "broken"},
		{"unknown class", tea, Config{}, func(context.Context, provider.Request) error { return errors.New("odd") }, schedulerv1.FailureClass_TRANSIENT, "RENDER_FAILED", "odd"},
		{"panic", tea, Config{}, func(context.Context, provider.Request) error { panic("boom") }, schedulerv1.FailureClass_TRANSIENT, "RENDER_FAILED", "panic: boom"},
		{"idea without words", &ingestv1.Idea{}, Config{}, nil, schedulerv1.FailureClass_INVALID_IDEA, "IDEA_UNRENDERABLE", "script: is empty"},
		{"too slow", tea, Config{RenderTimeout: 1}, untilStopped, schedulerv1.FailureClass_TRANSIENT, "RENDER_TIMED_OUT", "more than 1ns"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			r := newRig(t, tc.cfg, overGRPC, tc.step)
			token := r.add("v1", tc.idea)
			got := <-r.failed
			st := status.FromProto(got.GetError())
			info, ok := st.Details()[0].(*errdetails.ErrorInfo)
			if got.GetLeaseToken() != token || got.GetFailureClass() != tc.class || !ok || info.GetReason() != tc.reason || !strings.Contains(st.Message(), tc.text) {
				t.Errorf("failed with %v, want %v, %s, %q", got, tc.class, tc.reason, tc.text)
			}
			if strings.Contains(st.Message(), r.scratch) {
				t.Errorf("message %q tells a path", st.Message())
			}
			r.stop()
			if keys := r.blobs(t); len(keys) > 0 {
				t.Errorf("blobs %v", keys)
			}
		})
	}
}

func TestVerdictStopsTheRender(t *testing.T) {
	for verdict, cause := range map[schedulerv1.LeaseStatus_Verdict]error{
		schedulerv1.LeaseStatus_LOST: errLost, schedulerv1.LeaseStatus_CANCEL: errCancelled,
	} {
		t.Run(verdict.String(), func(t *testing.T) {
			r := newRig(t, Config{}, overGRPC, untilStopped)
			r.add("v1", tea)
			ctx := <-r.provider.started
			r.set(func() { r.verdict = verdict })
			<-ctx.Done()
			if got := context.Cause(ctx); !errors.Is(got, cause) {
				t.Errorf("stopped because %v, want %v", got, cause)
			}
			r.stop()
			if n := len(r.completed) + len(r.failed) + len(r.released); n > 0 {
				t.Errorf("%d reports about a lease that is not ours", n)
			}
			if keys := r.blobs(t); len(keys) > 0 {
				t.Errorf("blobs %v", keys)
			}
		})
	}
}

func TestDrainHandsBack(t *testing.T) {
	r := newRig(t, Config{}, overGRPC, untilStopped)
	tokens := []string{r.add("v1", tea), r.add("v2", tea)}
	<-r.provider.started
	<-r.provider.started
	r.stop()
	got := []string{(<-r.released).GetLeaseToken(), (<-r.released).GetLeaseToken()}
	slices.Sort(got)
	if !slices.Equal(got, tokens) || len(r.failed) > 0 {
		t.Errorf("handed back %v, want %v; %d failures", got, tokens, len(r.failed))
	}
}

func TestHeartbeatsCarryProgress(t *testing.T) {
	halfway := make(chan struct{})
	r := newRig(t, Config{}, overGRPC, func(ctx context.Context, r provider.Request) error {
		r.Progress(provider.Progress{Stage: "frames", Percent: 50})
		r.Progress(provider.Progress{Stage: "frames", Percent: 10}) // runs backwards: not shown
		<-halfway
		return nil
	})
	token := r.add("v1", tea)
	for b := range r.beats {
		if b.GetLeaseToken() != token {
			t.Fatalf("heartbeat for %s", b.GetLeaseToken())
		}
		if p := b.GetProgress(); p.GetStage() == "frames" {
			if p.GetPercent() != 50*renderShare {
				t.Errorf("progress %v", p)
			}
			break
		}
	}
	close(halfway)
	<-r.completed
}

func TestNeverMoreRendersThanSlots(t *testing.T) {
	let := make(chan struct{})
	r := newRig(t, Config{Workers: 1}, overGRPC, func(context.Context, provider.Request) error {
		<-let
		return nil
	})
	r.add("v1", tea)
	r.add("v2", tea)
	<-r.provider.started
	if n := len(r.provider.started); n != 0 {
		t.Errorf("%d more renders started", n)
	}
	close(let)
	<-r.completed
	<-r.completed
	r.set(func() {
		if slices.Max(r.polls) != 1 {
			t.Errorf("asked for %v", r.polls)
		}
	})
}
