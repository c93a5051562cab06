package studio

import (
	"context"
	"image"
	"time"

	renderv1 "github.com/sheetreel/sheetreel/gen/sheetreel/render/v1"
	storyboardv1 "github.com/sheetreel/sheetreel/gen/sheetreel/storyboard/v1"
	"github.com/sheetreel/sheetreel/services/render/assets"
	"github.com/sheetreel/sheetreel/services/render/assets/clip"
	"github.com/sheetreel/sheetreel/services/render/cache"
	"github.com/sheetreel/sheetreel/services/render/provider"
	"github.com/sheetreel/sheetreel/services/render/studio/film"
)

// media gives a film the files that were brought for its request. Clips end with ctx.
func (s *Studio) media(ctx context.Context, r provider.Request) func(*storyboardv1.Media) (film.Medium, bool) {
	return func(m *storyboardv1.Media) (film.Medium, bool) {
		a, ok := r.Media[provider.MediaKey(m)]
		if !ok {
			return film.Medium{}, false
		}
		out := film.Medium{Digest: a.SHA256, Width: a.Width, Height: a.Height}
		switch a.Kind {
		case assets.Image:
			out.Image = func() (image.Image, error) {
				return s.pictures.Get(cache.KeyOf("picture", []byte(a.SHA256)), func() (image.Image, error) { return assets.Decode(a) })
			}
		case assets.Video:
			out.Clip = func(shot film.Shot) (film.Reel, error) {
				return clip.Open(ctx, clip.Job{
					FFmpeg: s.cfg.FFmpeg, Asset: a, Width: shot.Width, Height: shot.Height, Rate: shot.Rate,
					From: time.Duration(shot.From * float64(time.Second)), FocusX: shot.FocusX, FocusY: shot.FocusY,
				})
			}
		default:
			return film.Medium{}, false
		}
		return out, true
	}
}

// warnings are a film's as a result has them.
func warnings(sb *storyboardv1.Storyboard, all []film.Warning) []*renderv1.PlanWarning {
	var out []*renderv1.PlanWarning
	for _, w := range all {
		p := &renderv1.PlanWarning{Field: w.Field, Rule: w.Rule, Message: w.Message}
		if w.Scene >= 0 && w.Scene < len(sb.GetScenes()) {
			p.SceneId = sb.GetScenes()[w.Scene].GetId()
		}
		out = append(out, p)
	}
	return out
}
