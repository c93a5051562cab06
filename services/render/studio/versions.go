package studio

import (
	"context"
	"fmt"

	"github.com/sheetreel/sheetreel/services/render/studio/film"
	"github.com/sheetreel/sheetreel/services/render/studio/sound"
)

// versionsOf asks everything that shapes the bytes for its version.
func (s *Studio) versionsOf(ctx context.Context) (map[string]string, error) {
	ffmpeg, err := s.ffmpeg.Version(ctx, s.cfg.FFmpeg)
	if err != nil {
		return nil, err
	}
	out := map[string]string{"studio": Version, "film": film.Version, "sound": sound.Version, "ffmpeg": ffmpeg}
	if s.speech != nil {
		if out["speech"], err = s.speech.Version(ctx); err != nil {
			return nil, fmt.Errorf("speech engine: %w", err)
		}
	}
	return out, nil
}
