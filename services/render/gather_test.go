package render

import (
	"bytes"
	"context"
	"image"
	"image/png"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"

	storyboardv1 "github.com/sheetreel/sheetreel/gen/sheetreel/storyboard/v1"
	"github.com/sheetreel/sheetreel/services/render/assets"
	"github.com/sheetreel/sheetreel/services/render/assets/clip"
	"github.com/sheetreel/sheetreel/services/render/provider"
)

func TestLogoIsBrought(t *testing.T) {
	store, url := withAssets(t)
	deps := Deps{Provider: newFakeProvider(nil)}
	store(&deps)
	w := newWorker(Config{Workers: 1}, deps)
	sb := &storyboardv1.Storyboard{Theme: &storyboardv1.Theme{Brand: &storyboardv1.Theme_Brand{LogoUri: url + "/good.png"}}}
	g, err := w.gather(t.Context(), wishOf(provider.Request{Storyboard: sb, Dir: t.TempDir()}), sb, func(float64) {})
	if err != nil || g.media[url+"/good.png"].Kind != assets.Image || len(g.warnings) > 0 {
		t.Errorf("media %v, warnings %v, %v", g.media, g.warnings, err)
	}
}

// TestOneVideoCannotFillTheDisk: after the file that is too much, no other is even asked for.
func TestOneVideoCannotFillTheDisk(t *testing.T) {
	var picture bytes.Buffer
	if err := png.Encode(&picture, image.NewGray(image.Rect(0, 0, 8, 8))); err != nil {
		t.Fatal(err)
	}
	var asked atomic.Int32
	server := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		asked.Add(1)
		_, _ = w.Write(picture.Bytes())
	}))
	defer server.Close()
	store, err := assets.Open(assets.Config{Dir: t.TempDir()}, assets.Deps{Measure: clip.Measure, Client: server.Client()})
	if err != nil {
		t.Fatal(err)
	}
	w := newWorker(Config{Workers: 1}, Deps{Provider: newFakeProvider(nil), Assets: store})
	g := &gathered{media: map[string]assets.Asset{}, size: mediaMost - 1}
	wish := wishOf(provider.Request{Storyboard: &storyboardv1.Storyboard{}, Dir: t.TempDir()})
	for _, name := range []string{"/1", "/2", "/3"} {
		if err := w.bring(t.Context(), g, need{key: server.URL + name, uri: server.URL + name, kind: assets.Image}, wish); err != nil {
			t.Fatal(err)
		}
	}
	if asked.Load() != 1 || len(g.media) != 0 || len(g.warnings) != 3 {
		t.Errorf("asked %d times, media %v, warnings %v", asked.Load(), g.media, g.warnings)
	}
}

// broken is a provider with a bug.
type broken struct{ provider.Hosted }

func (broken) Describe() provider.Description {
	return provider.Description{Name: "reelhouse", Kinds: []provider.TaskKind{provider.SceneImage}}
}

func (broken) Quote(context.Context, provider.Task) (provider.Price, error) { panic("a bug") }

func TestPanicFailsOneVideo(t *testing.T) {
	store, _ := withAssets(t)
	deps := Deps{Provider: newFakeProvider(nil), Hosted: []provider.Hosted{broken{}}, Log: slog.New(slog.NewTextHandler(io.Discard, nil))}
	store(&deps)
	w := newWorker(Config{Workers: 1}, deps)
	sb := &storyboardv1.Storyboard{Scenes: []*storyboardv1.Scene{{Id: "s1", Hero: generated("a teapot")}}}
	if _, err := w.gather(t.Context(), wishOf(provider.Request{Storyboard: sb, Dir: t.TempDir()}), sb, func(float64) {}); err == nil {
		t.Error("no error")
	}
}
