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

// keepPoster writes a frame as the poster, for the cache too.
func (s *shoot) keepPoster(ctx context.Context, frame *draw.Frame) error {
	path := filepath.Join(s.dir, posterFile)
	if err := savePoster(path, frame); err != nil {
		return fmt.Errorf("poster: %w", err)
	}
	s.studio.cache.Put(ctx, s.posterKey(), path, 0)
	return nil
}

func savePoster(path string, frame *draw.Frame) (err error) {
	file, err := os.Create(path)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, file.Close()) }()
	return jpeg.Encode(file, frame.Image(), &jpeg.Options{Quality: posterQuality})
}
