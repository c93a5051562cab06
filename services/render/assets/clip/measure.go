package clip

import (
	"context"
	"time"

	"github.com/sheetreel/sheetreel/services/render/assets"
	"github.com/sheetreel/sheetreel/services/render/probe"
)

// Measure tells the size and length of a video or sound, for an [assets.Store].
func Measure(ctx context.Context, path string, f assets.Format) (w, h int, d time.Duration, err error) {
	m, err := probe.As(ctx, path, f.Demuxer())
	if err != nil {
		return 0, 0, 0, err
	}
	return int(m.GetWidth()), int(m.GetHeight()), m.GetDuration().AsDuration(), nil
}
