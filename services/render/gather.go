package render

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"runtime/debug"
	"slices"
	"sync"
	"time"

	renderv1 "github.com/sheetreel/sheetreel/gen/sheetreel/render/v1"
	schedulerv1 "github.com/sheetreel/sheetreel/gen/sheetreel/scheduler/v1"
	storyboardv1 "github.com/sheetreel/sheetreel/gen/sheetreel/storyboard/v1"
	"github.com/sheetreel/sheetreel/services/render/assets"
	"github.com/sheetreel/sheetreel/services/render/provider"
	"github.com/sheetreel/sheetreel/services/render/provider/drive"
)

const (
	// fetchers is how many files are brought at the same time for one video.
	fetchers = 4
	// mediaMost bounds what all files of one video take on the disk, but for those that come at the same moment.
	mediaMost = 1 << 30
)

// need is a file that a storyboard wants from outside.
type need struct {
	key, scene, field string
	kind              assets.Kind
	uri               string              // empty: it is made by a provider
	media             *storyboardv1.Media // that is wished for
	duration          time.Duration
}

// needs lists what a storyboard wants, each file once.
func needs(sb *storyboardv1.Storyboard) []need {
	var all []need
	add := func(n need) {
		if n.key != "" && !slices.ContainsFunc(all, func(other need) bool { return other.key == n.key && other.kind == n.kind }) {
			all = append(all, n)
		}
	}
	for _, s := range sb.GetScenes() {
		add(mediaNeed(s, "background", s.GetBackground()))
		add(mediaNeed(s, "hero", s.GetHero()))
	}
	for _, n := range []need{
		{field: "theme.brand.logo_uri", kind: assets.Image, uri: sb.GetTheme().GetBrand().GetLogoUri()},
		{field: "sound.music_uri", kind: assets.Audio, uri: sb.GetSound().GetMusicUri()},
		{field: "sound.narration_uri", kind: assets.Audio, uri: sb.GetSound().GetNarrationUri()},
	} {
		n.key = n.uri
		add(n)
	}
	return all
}

// mediaNeed is what a picture or clip needs; without a key, nothing.
func mediaNeed(s *storyboardv1.Scene, field string, m *storyboardv1.Media) need {
	n := need{key: provider.MediaKey(m), scene: s.GetId(), field: field, kind: assets.Image, media: m, duration: s.GetDuration().AsDuration()}
	switch kind := m.GetKind().(type) {
	case *storyboardv1.Media_ImageUri:
		n.uri = kind.ImageUri
	case *storyboardv1.Media_VideoUri:
		n.uri, n.kind = kind.VideoUri, assets.Video
	case *storyboardv1.Media_Generated_:
		if kind.Generated.GetVideo() {
			n.kind = assets.Video
		}
	}
	return n
}

// gathered is what came, and what did not.
type gathered struct {
	mu       sync.Mutex
	media    map[string]assets.Asset
	warnings []*renderv1.PlanWarning
	usage    []*schedulerv1.Usage
	size     int64
	full     bool // a file was too much; no more are brought
	done     int
}

// gather brings what a storyboard wants into dir. What cannot be had is a warning; an error is trouble of this machine, a limit, or
// the end of ctx.
func (w *worker) gather(ctx context.Context, o drive.Wish, sb *storyboardv1.Storyboard, show func(part float64)) (*gathered, error) {
	all := needs(sb)
	if len(all) > 0 {
		show(0)
	}
	g := &gathered{media: map[string]assets.Asset{}}
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	var group sync.WaitGroup
	slots := make(chan struct{}, fetchers)
	for _, n := range all {
		group.Go(func() {
			slots <- struct{}{}
			defer func() { <-slots }()
			if ctx.Err() != nil {
				return
			}
			if err := w.bringSafely(ctx, g, n, o); err != nil {
				stop(err)
			}
			g.mu.Lock()
			defer g.mu.Unlock()
			g.done++
			show(float64(g.done) / float64(len(all)))
		})
	}
	group.Wait()
	slices.SortFunc(g.warnings, byPlace(sb))
	return g, context.Cause(ctx)
}

// byPlace sorts warnings by scene, those of the whole video last.
func byPlace(sb *storyboardv1.Storyboard) func(a, b *renderv1.PlanWarning) int {
	place := func(w *renderv1.PlanWarning) int {
		i := slices.IndexFunc(sb.GetScenes(), func(s *storyboardv1.Scene) bool { return s.GetId() == w.GetSceneId() })
		if i < 0 {
			return len(sb.GetScenes())
		}
		return i
	}
	return func(a, b *renderv1.PlanWarning) int { return place(a) - place(b) }
}

// bringSafely makes an error of a panic: what strangers give is decoded here, and other videos shall go on.
func (w *worker) bringSafely(ctx context.Context, g *gathered, n need, o drive.Wish) (err error) {
	defer func() {
		if p := recover(); p != nil {
			w.Log.ErrorContext(ctx, "panic", "panic", p, "stack", string(debug.Stack()))
			err = fmt.Errorf("%s: panic: %v", n.field, p)
		}
	}()
	return w.bring(ctx, g, n, o)
}

// bring gets one file.
func (w *worker) bring(ctx context.Context, g *gathered, n need, o drive.Wish) error {
	asset, usage, err := w.haveRoom(ctx, g, n, o)
	g.mu.Lock()
	defer g.mu.Unlock()
	g.usage = append(g.usage, usage...)
	if err == nil && g.size+asset.Size > mediaMost {
		g.full = true
		err = tooMuch()
	}
	if err == nil {
		g.size += asset.Size
		// A film may be music too: who only listens does not mind.
		if before, ok := g.media[n.key]; !ok || before.Kind == assets.Audio {
			g.media[n.key] = asset
		}
		return nil
	}
	var problem *assets.Problem
	var failed *provider.Error
	switch {
	case ctx.Err() != nil:
		return context.Cause(ctx)
	case errors.As(err, &failed) && failed.Class == schedulerv1.FailureClass_UPSTREAM_RATE_LIMITED:
		return err // later, it can be had
	case !errors.As(err, &problem) && (failed == nil || failed.Class == schedulerv1.FailureClass_SYSTEM):
		return system(err)
	}
	g.warnings = append(g.warnings, &renderv1.PlanWarning{
		SceneId: n.scene, Field: n.field, Rule: "asset",
		Message: fmt.Sprintf("The %s %s cannot be used, so %s takes its place: it %s.", n.kind, n.short(), n.instead(), err),
	})
	return nil
}

// instead is what is seen or heard when a need is not met.
func (n need) instead() string {
	switch n.field {
	case "sound.music_uri":
		return "music that is made for the video"
	case "sound.narration_uri":
		return "a voice of the speech engine"
	}
	return "the look of the style"
}

// short names a need in words: an address without its query, which may hold a key.
func (n need) short() string {
	if n.uri == "" {
		return "of provider " + n.media.GetGenerated().GetProvider()
	}
	u, err := url.Parse(n.uri)
	if err != nil {
		return "of the idea"
	}
	u.RawQuery, u.Fragment, u.User = "", "", nil
	text := u.String()
	if len(text) > 200 {
		text = text[:200]
	}
	return text
}

func tooMuch() error {
	return &assets.Problem{Why: fmt.Sprintf("is too much: the files of this video are larger than %d MiB", mediaMost>>20)}
}

// haveRoom gets a file unless one before it was too much already.
func (w *worker) haveRoom(ctx context.Context, g *gathered, n need, o drive.Wish) (assets.Asset, []*schedulerv1.Usage, error) {
	g.mu.Lock()
	full := g.full
	g.mu.Unlock()
	if full {
		return assets.Asset{}, nil, tooMuch()
	}
	return w.have(ctx, n, o)
}

// have gets a file from the web, or has it made.
func (w *worker) have(ctx context.Context, n need, o drive.Wish) (assets.Asset, []*schedulerv1.Usage, error) {
	if n.uri != "" {
		asset, err := w.Assets.Fetch(ctx, n.uri, n.kind, o.Dir)
		return asset, nil, err
	}
	name := n.media.GetGenerated().GetProvider()
	d, ok := w.drivers[name]
	if !ok {
		return assets.Asset{}, nil, &assets.Problem{Why: fmt.Sprintf("needs the provider %q, which this worker does not know", name)}
	}
	o.Media, o.Duration = n.media, n.duration
	asset, receipt, err := d.Make(ctx, w.Assets, o)
	return asset, drive.Usage(name, receipt), err
}

// digests are those of all that came, by its address.
func (g *gathered) digests() map[string]string {
	if len(g.media) == 0 {
		return nil
	}
	out := map[string]string{}
	for key, asset := range g.media {
		out[key] = asset.SHA256
	}
	return out
}
