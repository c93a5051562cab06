package render

import (
	"context"
	"log/slog"
	"strings"
	"time"

	storyboardv1 "github.com/sheetreel/sheetreel/gen/sheetreel/storyboard/v1"
	"github.com/sheetreel/sheetreel/services/render/provider"
	"github.com/sheetreel/sheetreel/services/render/provider/drive"
)

// requestOf asks for the video of a lease. Its key is the same in all attempts, so that nothing is ordered twice.
func requestOf(l *lease, sb *storyboardv1.Storyboard, dir string) provider.Request {
	name := l.GetVideoJob().GetName()
	project, _, _ := strings.Cut(strings.TrimPrefix(name, "projects/"), "/")
	return provider.Request{Key: name, Project: project, Storyboard: sb, Dir: dir}
}

func wishOf(r provider.Request) drive.Wish {
	return drive.Wish{Key: r.Key, Project: r.Project, Canvas: r.Storyboard.GetCanvas(), Dir: r.Dir}
}

// forgetTimeout bounds forgetting, for which nobody waits.
const forgetTimeout = 10 * time.Second

// forget forgets what was ordered for a video that is published. What stays is forgotten some weeks later.
func (w *worker) forget(ctx context.Context, r provider.Request, log *slog.Logger) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), forgetTimeout)
	defer cancel()
	for _, p := range w.providers {
		if hosted, ok := p.(*drive.Renderer); ok {
			if err := hosted.Forget(ctx, r); err != nil {
				log.Info("an order stays in the journal", "provider", p.Name(), "error", err)
			}
		}
	}
}

// The part of an attempt's progress that bringing files takes, and with files that have to be made first.
const (
	fetchShare = 0.05
	makeShare  = 0.6
)

// shares divides an attempt's progress between what comes before the render, and the render.
type shares struct {
	l      *lease
	before float64
	stage  string
}

func newShares(l *lease, sb *storyboardv1.Storyboard) *shares {
	s := &shares{l: l, stage: "assets"}
	for _, n := range needs(sb) {
		s.before = max(s.before, fetchShare)
		if n.uri == "" {
			s.before, s.stage = makeShare, "provider"
		}
	}
	return s
}

// gathered shows that a part, from 0 to 1, of the files is there.
func (s *shares) gathered(part float64) {
	s.l.advance(provider.Progress{Stage: s.stage, Percent: 100 * renderShare * s.before * part})
}

// rendered shows how far the render is.
func (s *shares) rendered(p provider.Progress) {
	p.Percent = renderShare * (100*s.before + (1-s.before)*p.Percent)
	s.l.advance(p)
}
