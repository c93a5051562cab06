package render

import (
	"context"
	"time"

	"github.com/sheetreel/sheetreel/kit/quota"
	"github.com/sheetreel/sheetreel/services/render/provider"
	"github.com/sheetreel/sheetreel/services/render/provider/drive"
)

// orderAge is how long an order is remembered that nobody has taken up again.
const orderAge = 30 * 24 * time.Hour

// hire gives each hosted provider a driver, and lists who makes whole videos.
func (w *worker) hire() {
	w.providers = []provider.Provider{w.Provider}
	w.drivers = map[string]*drive.Driver{}
	deps := drive.Deps{Journal: w.journal(), Log: w.Log}
	if w.Quota != nil {
		deps.Quota = quota.New(w.Quota, quota.Config{})
	}
	for _, h := range w.Hosted {
		d := drive.New(h, drive.Config{}, deps)
		about := d.Describe()
		w.drivers[about.Name] = d
		if about.Makes(provider.WholeVideo) {
			w.providers = append(w.providers, &drive.Renderer{Driver: d, Poster: posterOf})
		}
	}
}

func (w *worker) journal() drive.BlobJournal { return drive.BlobJournal{Bucket: w.Blob} }

func (w *worker) names() []string {
	var names []string
	for _, p := range w.providers {
		names = append(names, p.Name())
	}
	return names
}

// tidy forgets old orders, once.
func (w *worker) tidy(ctx context.Context) {
	if len(w.drivers) == 0 {
		return
	}
	if err := w.journal().Forget(ctx, time.Now().Add(-orderAge)); err != nil && ctx.Err() == nil {
		w.Log.Warn("old orders stay in the journal", "error", err)
	}
}
