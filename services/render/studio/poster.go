package studio

import (
	"context"
	"errors"
	"fmt"
	"image/jpeg"
	"os"
	"path/filepath"

	"github.com/sheetreel/sheetreel/services/render/cache"
	"github.com/sheetreel/sheetreel/services/render/studio/draw"
)

// posterQuality is a JPEG quality at which large type shows no fringes.
const posterQuality = 90

// posterKey names the poster: it is a frame of the first chunk.
func (s *shoot) posterKey() cache.Key {
	return cache.KeyOf("poster", s.film.Key(0), fmt.Appendf(nil, "frame %d, quality %d", s.film.Still(0), posterQuality))
}

// reusePoster takes the poster out of the cache.
func (s *shoot) reusePoster(ctx context.Context) bool {
	_, ok := s.studio.cache.Get(ctx, s.posterKey(), filepath.Join(s.dir, posterFile))
	return ok
}

// keepPoster keeps the poster for other renders.
func (s *shoot) keepPoster(ctx context.Context) {
	s.studio.cache.Put(ctx, s.posterKey(), filepath.Join(s.dir, posterFile), 0)
}

// savePoster writes a frame as the poster.
func (s *shoot) savePoster(frame *draw.Frame) (err error) {
	defer func() {
		if err != nil {
			err = fmt.Errorf("poster: %w", err)
		}
	}()
	file, err := os.Create(filepath.Join(s.dir, posterFile))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, file.Close()) }()
	return jpeg.Encode(file, frame.Image(), &jpeg.Options{Quality: posterQuality})
}
