package render

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"image"
	"image/png"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/types/known/durationpb"

	ingestv1 "github.com/sheetreel/sheetreel/gen/sheetreel/ingest/v1"
	renderv1 "github.com/sheetreel/sheetreel/gen/sheetreel/render/v1"
	schedulerv1 "github.com/sheetreel/sheetreel/gen/sheetreel/scheduler/v1"
	storyboardv1 "github.com/sheetreel/sheetreel/gen/sheetreel/storyboard/v1"
	"github.com/sheetreel/sheetreel/services/render/assets"
	"github.com/sheetreel/sheetreel/services/render/assets/clip"
	"github.com/sheetreel/sheetreel/services/render/plan"
	"github.com/sheetreel/sheetreel/services/render/provider"
	"github.com/sheetreel/sheetreel/services/render/provider/fakehttp"
	"github.com/sheetreel/sheetreel/services/render/provider/httpapi"
)

// reelhouse is a hosted provider over real HTTP, which the worker knows by that name.
func reelhouse(t *testing.T, cfg fakehttp.Config) (*fakehttp.Server, func(*Deps)) {
	t.Helper()
	cfg.Secret = "s3cret"
	fake := fakehttp.New(cfg)
	server := httptest.NewServer(fake)
	t.Cleanup(server.Close)
	t.Setenv("REELHOUSE_KEY", cfg.Secret)
	c := httpapi.Config{Name: "reelhouse", API: cfg.Shape, BaseURL: server.URL + "/v1", AllowPrivate: true, Auth: httpapi.Auth{SecretEnv: "REELHOUSE_KEY"}}
	c.Features.Idempotent, c.Features.Cancel = true, true
	client, err := httpapi.New(c)
	if err != nil {
		t.Fatal(err)
	}
	return fake, func(d *Deps) { d.Hosted = append(d.Hosted, client) }
}

// want queues a video job with options.
func (f *fakeScheduler) want(id string, idea *ingestv1.Idea, o *schedulerv1.RenderOptions) string {
	token := "token-" + id
	f.queue <- &schedulerv1.Lease{
		LeaseToken: token, LeaseDuration: durationpb.New(30 * time.Second), RenderOptions: o,
		VideoJob: &schedulerv1.VideoJob{Name: "projects/demo/bulkJobs/b/videoJobs/" + id, Attempt: 1, Idea: idea},
	}
	return token
}

// done waits for a video to be completed.
func (r *rig) done(t *testing.T) *schedulerv1.CompleteVideoJobRequest {
	t.Helper()
	select {
	case done := <-r.completed:
		return done
	case failed := <-r.failed:
		t.Fatalf("failed: %v", failed)
	case released := <-r.released:
		t.Fatalf("handed back: %v", released)
	}
	return nil
}

// manifest reads the manifest of a completed video.
func (r *rig) manifest(t *testing.T, done *schedulerv1.CompleteVideoJobRequest) *renderv1.Manifest {
	t.Helper()
	i := slices.IndexFunc(done.GetArtifacts(), func(a *schedulerv1.Artifact) bool { return a.GetFileName() == "manifest.json" })
	data, err := r.blob.ReadAll(t.Context(), done.GetArtifacts()[i].GetBlobKey())
	if err != nil {
		t.Fatal(err)
	}
	m := &renderv1.Manifest{}
	if err := protojson.Unmarshal(data, m); err != nil {
		t.Fatal(err)
	}
	return m
}

func TestHostedProviderMakesTheVideo(t *testing.T) {
	options := &schedulerv1.RenderOptions{Provider: "reelhouse", Resolution: 360, FrameRate: 10}
	sb, err := plan.Plan(tea, options)
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "v.mp4")
	out, err := exec.CommandContext(t.Context(), "ffmpeg", "-v", "error", "-nostdin", "-f", "lavfi",
		"-i", fmt.Sprintf("color=teal:size=%dx%d:rate=10:duration=%g", sb.GetCanvas().GetWidth(), sb.GetCanvas().GetHeight(), sb.GetDuration().AsDuration().Seconds()),
		"-preset", "ultrafast", "-pix_fmt", "yuv420p", path).CombinedOutput()
	if err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	video, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	_, hosted := reelhouse(t, fakehttp.Config{Shape: "video", Result: video, Polls: 1})
	r := newRig(t, Config{}, overGRPC, nil, hosted)
	r.want("v1", tea, options)
	done := r.done(t)
	m := r.manifest(t, done)
	if m.GetProvider() != "reelhouse" || !slices.Equal(m.GetReceipt().GetProviders(), []string{"reelhouse"}) {
		t.Errorf("made by %s, %v", m.GetProvider(), m.GetReceipt().GetProviders())
	}
	var names []string
	for _, a := range done.GetArtifacts() {
		names = append(names, a.GetFileName())
	}
	if want := []string{"video.mp4", "poster.jpg", "captions.srt", "captions.vtt", "manifest.json"}; !slices.Equal(names, want) {
		t.Errorf("files %v", names)
	}
	if u := done.GetUsage(); len(u) != 1 || u[0].GetType() != "reelhouse_video" || u[0].GetUnits() != 1 {
		t.Errorf("usage %v", u)
	}
	r.stop()
	for _, key := range r.blobs(t) {
		if strings.HasPrefix(key, "orders/") {
			t.Errorf("%s is still written down", key)
		}
	}
}

func TestFallback(t *testing.T) {
	fake, hosted := reelhouse(t, fakehttp.Config{Shape: "video", Polls: 1})
	fake.Misbehave(fakehttp.Trouble{FailAt: 1, FailCode: "moderation.prompt", FailForGood: true})
	r := newRig(t, Config{}, overGRPC, nil, hosted)
	r.want("v1", tea, &schedulerv1.RenderOptions{Provider: "reelhouse", FallbackProviders: []string{"unknown", "fake"}})
	m := r.manifest(t, r.done(t))
	if m.GetProvider() != "fake" || !slices.Equal(m.GetReceipt().GetProviders(), []string{"fake", "reelhouse"}) {
		t.Errorf("made by %s, %v", m.GetProvider(), m.GetReceipt().GetProviders())
	}
	r.want("v2", tea, &schedulerv1.RenderOptions{Provider: "reelhouse"})
	if failed := <-r.failed; failed.GetFailureClass() != schedulerv1.FailureClass_PERMANENT {
		t.Errorf("without a fallback: %v", failed)
	}
}

func TestThrottledVideoIsHandedBack(t *testing.T) {
	fake, hosted := reelhouse(t, fakehttp.Config{Shape: "video"})
	fake.Misbehave(fakehttp.Trouble{RefuseSubmits: 1000, Code: 429, RetryAfter: time.Hour})
	r := newRig(t, Config{Workers: 1}, overGRPC, nil, hosted)
	token := r.want("v1", tea, &schedulerv1.RenderOptions{Provider: "reelhouse"})
	if got := <-r.released; got.GetLeaseToken() != token {
		t.Errorf("handed back %v", got)
	}
	r.add("v2", tea)
	r.done(t)
	r.set(func() {
		if !slices.Equal(r.providers, []string{"fake"}) {
			t.Errorf("asked for videos of %v while reelhouse rests", r.providers)
		}
	})
	if len(r.failed) > 0 {
		t.Error("waiting cost an attempt")
	}
}

func TestFallsThrough(t *testing.T) {
	class := func(c schedulerv1.FailureClass) error { return &provider.Error{Class: c, Err: errors.New("no")} }
	for _, tc := range []struct {
		err     error
		attempt int32
		want    bool
	}{
		{class(schedulerv1.FailureClass_PERMANENT), 1, true},
		{class(schedulerv1.FailureClass_AUTHENTICATION), 1, true},
		{class(schedulerv1.FailureClass_TRANSIENT), 1, false},
		{class(schedulerv1.FailureClass_NETWORK), patientTries, true},
		{class(schedulerv1.FailureClass_SYSTEM), 9, false},
		{class(schedulerv1.FailureClass_INVALID_IDEA), 9, false},
		{errors.New("odd"), 1, false},
		{errors.New("odd"), patientTries, true},
		{&provider.Error{Class: schedulerv1.FailureClass_UPSTREAM_RATE_LIMITED, RetryAfter: time.Minute, Err: errors.New("no")}, 1, false},
		{&provider.Error{Class: schedulerv1.FailureClass_UPSTREAM_RATE_LIMITED, RetryAfter: time.Hour, Err: errors.New("no")}, 1, true},
	} {
		if got := fallsThrough(tc.err, tc.attempt); got != tc.want {
			t.Errorf("%v in attempt %d: %v", tc.err, tc.attempt, got)
		}
	}
}

// withAssets is a store that may call this machine, and pictures there.
func withAssets(t *testing.T) (func(*Deps), string) {
	t.Helper()
	var picture bytes.Buffer
	if err := png.Encode(&picture, image.NewGray(image.Rect(0, 0, 36, 64))); err != nil {
		t.Fatal(err)
	}
	server := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/good.png" {
			_, _ = w.Write(picture.Bytes())
			return
		}
		_, _ = w.Write([]byte("<!doctype html>"))
	}))
	t.Cleanup(server.Close)
	store, err := assets.Open(assets.Config{Dir: t.TempDir()}, assets.Deps{Measure: clip.Measure, Client: server.Client()})
	if err != nil {
		t.Fatal(err)
	}
	return func(d *Deps) { d.Assets = store }, server.URL
}

func image1(uri string) *storyboardv1.Media {
	return &storyboardv1.Media{Kind: &storyboardv1.Media_ImageUri{ImageUri: uri}}
}

func generated(prompt string) *storyboardv1.Media {
	return &storyboardv1.Media{Kind: &storyboardv1.Media_Generated_{Generated: &storyboardv1.Media_Generated{Provider: "reelhouse", Prompt: prompt}}}
}

// TestMediaAreBrought plans nothing: an idea brings its storyboard.
func TestMediaAreBrought(t *testing.T) {
	var picture bytes.Buffer
	if err := png.Encode(&picture, image.NewGray(image.Rect(0, 0, 720, 1280))); err != nil {
		t.Fatal(err)
	}
	fake, hosted := reelhouse(t, fakehttp.Config{Shape: "scene", Result: picture.Bytes(), Polls: 1})
	store, url := withAssets(t)
	sb, err := plan.Plan(tea, &schedulerv1.RenderOptions{})
	if err != nil {
		t.Fatal(err)
	}
	scenes := sb.GetScenes()
	scenes[0].Background, scenes[1].Background = image1(url+"/good.png"), image1(url+"/page?key=secret")
	scenes[0].Hero, scenes[1].Hero = generated("a teapot"), image1(url+"/good.png")
	idea := &ingestv1.Idea{Title: "Tea", Storyboard: sb}
	r := newRig(t, Config{}, overGRPC, func(_ context.Context, r provider.Request) error {
		for _, m := range []*storyboardv1.Media{scenes[0].GetBackground(), scenes[0].GetHero()} {
			a, ok := r.Media[provider.MediaKey(m)]
			if _, err := os.Stat(a.Path); !ok || err != nil || filepath.Dir(a.Path) != r.Dir {
				t.Errorf("%v: %+v, %v", m, a, err)
			}
		}
		if len(r.Media) != 2 {
			t.Errorf("media %v", r.Media)
		}
		return nil
	}, hosted, store)
	r.want("v1", idea, nil)
	done := r.done(t)
	if m := r.manifest(t, done); len(m.GetInputs()) != 2 || len(m.GetInputs()[url+"/good.png"]) != 64 {
		t.Errorf("inputs %v", m.GetInputs())
	}
	if u := done.GetUsage(); len(u) != 1 || u[0].GetType() != "reelhouse_image" {
		t.Errorf("usage %v", u)
	}
	r.want("v2", idea, nil) // another row with the same wish
	r.done(t)
	if orders := fake.Orders(); len(orders) != 1 {
		t.Errorf("%d orders", len(orders))
	}
}

func TestWarningsNameWhatIsMissing(t *testing.T) {
	store, url := withAssets(t)
	deps := Deps{Provider: newFakeProvider(nil)}
	store(&deps)
	w := newWorker(Config{Workers: 1}, deps)
	sb := &storyboardv1.Storyboard{Scenes: []*storyboardv1.Scene{
		{Id: "s1", Background: image1(url + "/page?key=secret")},
		{Id: "s2", Hero: generated("a teapot")},
	}, Sound: &storyboardv1.Sound{MusicUri: url + "/good.png"}}
	g, err := w.gather(t.Context(), wishOf(provider.Request{Storyboard: sb, Dir: t.TempDir()}), sb, func(float64) {})
	if err != nil || len(g.media) != 0 {
		t.Fatalf("media %v, %v", g.media, err)
	}
	var got []string
	for _, warning := range g.warnings {
		got = append(got, warning.GetSceneId()+" "+warning.GetField()+" "+strings.ReplaceAll(warning.GetMessage(), url, "URL"))
	}
	want := []string{
		"s1 background The image URL/page cannot be used, so the look of the style takes its place: it is a web page, not an image (PNG, JPEG, WebP or GIF).",
		`s2 hero The image of provider reelhouse cannot be used, so the look of the style takes its place: it needs the provider "reelhouse", which this worker does not know.`,
		" sound.music_uri The audio URL/good.png cannot be used, so music that is made for the video takes its place: it is a file of type png, not a sound (MP3, WAV, M4A, Ogg or FLAC).",
	}
	if !slices.Equal(got, want) {
		t.Errorf("warnings %q", got)
	}
}
