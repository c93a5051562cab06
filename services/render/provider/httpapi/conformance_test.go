package httpapi_test

import (
	"bytes"
	"context"
	"fmt"
	"image"
	"image/png"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"google.golang.org/protobuf/types/known/durationpb"

	storyboardv1 "github.com/sheetreel/sheetreel/gen/sheetreel/storyboard/v1"
	"github.com/sheetreel/sheetreel/services/render/provider"
	"github.com/sheetreel/sheetreel/services/render/provider/drive"
	"github.com/sheetreel/sheetreel/services/render/provider/fakehttp"
	"github.com/sheetreel/sheetreel/services/render/provider/httpapi"
	"github.com/sheetreel/sheetreel/services/render/provider/providertest"
)

const secret = "s3cret-of-the-account"

// open gives a client of a fake provider of a shape.
func open(shape, unit string, price float64, result []byte) func(*testing.T, providertest.Options) (provider.Hosted, *fakehttp.Server) {
	return func(t *testing.T, o providertest.Options) (provider.Hosted, *fakehttp.Server) {
		t.Helper()
		fake := fakehttp.New(fakehttp.Config{Shape: shape, Secret: secret, Result: result, Cost: 0.05, Forgetful: !o.Idempotent})
		key := filepath.Join(t.TempDir(), "key")
		if err := os.WriteFile(key, []byte(secret+"\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		c := httpapi.Config{Name: "reelhouse", API: shape, BaseURL: "https://api.reelhouse.example/v1", Auth: httpapi.Auth{SecretFile: key}}
		c.Features.Idempotent, c.Features.Find, c.Features.Cancel = o.Idempotent, o.Find, true
		c.Limits.Concurrent = o.Concurrent
		now := time.Now()
		c.Prices = httpapi.Prices{
			Currency: "USD", Fetched: now, Expires: now.Add(30 * 24 * time.Hour),
			PerUnit: map[string]float64{unit: price}, PerUnitMax: map[string]float64{unit: 2 * price},
		}
		client, err := httpapi.NewOver(c, fake.Transport())
		if err != nil {
			t.Fatal(err)
		}
		return client, fake
	}
}

// clipOf makes a video of a second.
func clipOf(t *testing.T, w, h int, seconds float64, codec string) []byte {
	t.Helper()
	path := filepath.Join(t.TempDir(), "clip.mp4")
	out, err := exec.CommandContext(t.Context(), "ffmpeg", "-v", "error", "-nostdin", "-f", "lavfi",
		"-i", fmt.Sprintf("color=teal:size=%dx%d:rate=10:duration=%g", w, h, seconds), "-c:v", codec, "-pix_fmt", "yuv420p", path).CombinedOutput()
	if err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func pictureOf(t *testing.T, w, h int) []byte {
	t.Helper()
	var out bytes.Buffer
	if err := png.Encode(&out, image.NewGray(image.Rect(0, 0, w, h))); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func page() []byte { return []byte("<!doctype html><html><body>Payment required</body></html>") }

func TestVideoShape(t *testing.T) {
	sb := func(title string) *storyboardv1.Storyboard {
		return &storyboardv1.Storyboard{
			Title: title, Canvas: &storyboardv1.Canvas{Width: 64, Height: 48, FrameRate: 10}, Duration: durationpb.New(time.Second),
		}
	}
	task := func(title string) provider.Task {
		return drive.WholeOrder(provider.Request{Storyboard: sb(title)}).Task
	}
	good := clipOf(t, 64, 48, 1, "libx264")
	providertest.Hosted(t, providertest.Subject{
		Open: open("video", "video_second", 0.04, good), Task: task("Tea"), Long: task(providertest.LongText()), Result: good, Secret: secret,
		Said: func(o fakehttp.Order) string {
			storyboard, _ := o.Body["storyboard"].(map[string]any)
			title, _ := storyboard["title"].(string)
			return title
		},
		Bad: map[string][]byte{
			"nothing": nil, "a web page": page(), "half of it": good[:len(good)/2], "other size": clipOf(t, 48, 64, 1, "libx264"),
			"other length": clipOf(t, 64, 48, 4, "libx264"), "other codec": clipOf(t, 64, 48, 1, "mpeg4"), "a picture": pictureOf(t, 64, 48),
		},
		Check: func(ctx context.Context, path string) error { return drive.CheckVideo(ctx, path, sb("Tea")) },
	})
}

func TestSceneShape(t *testing.T) {
	task := func(prompt string) provider.Task {
		return provider.Task{Kind: provider.SceneImage, Prompt: prompt, Seed: 7, Width: 36, Height: 64}
	}
	good := pictureOf(t, 36, 64)
	providertest.Hosted(t, providertest.Subject{
		Open: open("scene", "image", 0.04, good), Task: task("a teapot"), Long: task(providertest.LongText()), Result: good, Secret: secret,
		Said: func(o fakehttp.Order) string { prompt, _ := o.Body["prompt"].(string); return prompt },
		Bad: map[string][]byte{
			"nothing": nil, "a web page": page(), "half of it": good[:40], "lying": pictureOf(t, 64, 36), "tiny": pictureOf(t, 4, 8),
			"a clip": clipOf(t, 36, 64, 1, "libx264"),
		},
		Check: func(ctx context.Context, path string) error { return drive.CheckScene(ctx, path, task("a teapot")) },
	})
}

func TestParse(t *testing.T) {
	const good = `
providers:
  - name: reelhouse
    api: video
    base_url: https://api.reelhouse.example/v1
    auth: {header: x-api-key, prefix: "", secret_env: REELHOUSE_KEY}
    limits: {max_duration: 180s, concurrent: 5}
    prices: {currency: USD, fetched: 2026-11-01, expires: 2027-01-01, per_unit: {video_second: 0.04}}
    wire: {submit: /render, fields: {submit_id: /response/id, id: /response/id}, states: {Preprocessing: running}}
  - {name: dreams, api: scene, makes: [scene_image], base_url: https://api.dreams.example, auth: {secret_file: /run/secrets/dreams}}
`
	all, err := httpapi.Parse([]byte(good))
	if err != nil || len(all) != 2 {
		t.Fatalf("%d providers, %v", len(all), err)
	}
	d := all[0].Describe()
	if d.Name != "reelhouse" || !d.Makes(provider.WholeVideo) || d.Limits.MaxDuration != 3*time.Minute || d.Limits.Concurrent != 5 || d.Prices.MicrosPerUnit["video_second"] != 40_000 {
		t.Errorf("described as %+v", d)
	}
	if d := all[1].Describe(); d.Makes(provider.SceneClip) || !d.Makes(provider.SceneImage) {
		t.Errorf("described as %+v", d)
	}
	one := func(line string) string {
		return "providers:\n  - name: a\n    api: video\n    base_url: https://a.example\n    auth: {secret_env: A}\n" + line
	}
	for text, want := range map[string]string{
		one("    bse_url: x\n"): "field bse_url not found",
		"providers:\n  - {name: A, api: video, base_url: https://a.example, auth: {secret_env: A}}\n":      "name: is \"A\"",
		"providers:\n  - {name: studio, api: video, base_url: https://a.example, auth: {secret_env: A}}\n": "studio is the built-in provider",
		"providers:\n  - {name: a, api: soap, base_url: https://a.example, auth: {secret_env: A}}\n":       "api: is \"soap\"",
		"providers:\n  - {name: a, api: video, base_url: http://a.example, auth: {secret_env: A}}\n":       "base_url: url: must begin with https://",
		"providers:\n  - {name: a, api: video, base_url: https://10.0.0.1, auth: {secret_env: A}}\n":       "private network",
		"providers:\n  - {name: a, api: video, base_url: https://a.example}\n":                             "secret_env or secret_file",
		one("    makes: [scene_image]\n"):                                                      "makes: is \"scene_image\"",
		one("    prices: {per_unit: {image: 1}}\n"):                                            "prices.currency",
		one("    prices: {currency: USD, per_unit: {image: 1}}\n"):                             "fetched and a later expires",
		one("    wire: {states: {done: finished}}\n"):                                          "wire.states.done",
		one("    wire: {submit: render}\n"):                                                    "wire.submit: must begin with /",
		one("    headers: {authorization: x}\n"):                                               "cannot be set",
		one("  - {name: a, api: scene, base_url: https://a.example, auth: {secret_env: A}}\n"): "two of the name a",
	} {
		if _, err := httpapi.Parse([]byte(text)); err == nil || !bytes.Contains([]byte(err.Error()), []byte(want)) {
			t.Errorf("%s: %v, want %q", text, err, want)
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte("providers:\n  - {name: a, api: video, base_url: https://a.example, auth: {secret_env: A}}\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		all, err := httpapi.Parse(data)
		for i, h := range all {
			if err != nil || h.Describe().Name == "" {
				t.Errorf("provider %s: %v", strconv.Itoa(i), err)
			}
		}
	})
}

// FuzzAnswer lets a provider say anything.
func FuzzAnswer(f *testing.F) {
	f.Add([]byte(`{"id":"x","status":"done","progress":0.5,"url":"https://a.example/x","error":{"code":"a"},"cost":{"amount":1}}`))
	f.Add([]byte(`{"id":7,"status":"FAILED","failureCode":"SAFETY.1","failure":[1]}`))
	c := httpapi.Config{Name: "a", API: "video", BaseURL: "https://a.example", Auth: httpapi.Auth{SecretEnv: "A"}}
	client, err := httpapi.New(c)
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		if h, err := client.HandleCallback(nil, data); err == nil && (h == "" || len(h) > 512) {
			t.Errorf("order %q", h)
		}
		status, err := client.StatusOf(data)
		if err == nil && (status.State < provider.Pending || status.State > provider.Cancelled || status.Percent > 100 || status.State == provider.Failed && status.Failure == nil) {
			t.Errorf("status %+v", status)
		}
	})
}
