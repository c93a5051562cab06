package studio

import (
	"context"
	"errors"
	"fmt"
	"image/jpeg"
	"os"
	"path/filepath"

	"github.com/sheetreel/sheetreel/services/render/cache"
	"github.com/sheetreel/sheetreel/services/render/quality"
	"github.com/sheetreel/sheetreel/services/render/studio/draw"
)

// stillSide is the short side of a scene's still in pixels, as contact sheets show it.
const stillSide = 270

func stillFile(i int) string { return fmt.Sprintf("still-%03d.jpg", i) }

// stillKey names the still of scene i: a frame of its chunk.
func (s *shoot) stillKey(i int) cache.Key {
	return cache.KeyOf("still", s.film.Key(i), fmt.Appendf(nil, "frame %d, side %d, quality %d", s.film.Still(i), stillSide, posterQuality))
}

// reuseStill takes the still of scene i out of the cache.
func (s *shoot) reuseStill(ctx context.Context, i int) bool {
	kept := filepath.Join(s.dir, stillFile(i)+".kept")
	if _, ok := s.studio.cache.Get(ctx, s.stillKey(i), kept); !ok {
		return false
	}
	var sample quality.Sample
	err := unpack(kept, &sample, filepath.Join(s.dir, stillFile(i)))
	if errors.Join(err, os.Remove(kept)) != nil {
		return false
	}
	s.sample(i, sample)
	return true
}

// takeStill writes a frame as the still of scene i.
func (s *shoot) takeStill(i int, frame *draw.Frame) error {
	if err := saveStill(filepath.Join(s.dir, stillFile(i)), frame); err != nil {
		return fmt.Errorf("still: %w", err)
	}
	s.sample(i, quality.NewSample(0, "", frame.Y, frame.W, frame.H))
	return nil
}

// keepStill keeps the still of scene i for other renders.
func (s *shoot) keepStill(ctx context.Context, i int) error {
	if s.studio.cache == nil {
		return nil
	}
	path := filepath.Join(s.dir, stillFile(i))
	kept := path + ".kept"
	if err := pack(kept, s.samples[i], path); err != nil {
		return fmt.Errorf("still: %w", err)
	}
	s.studio.cache.Put(ctx, s.stillKey(i), kept, 0)
	return os.Remove(kept)
}

// sample notes what the still of scene i looks like. Every scene is made by one goroutine at a time.
func (s *shoot) sample(i int, sample quality.Sample) {
	sample.Frame = s.film.Start(i) + s.film.Still(i)
	s.samples[i] = sample
}

func saveStill(path string, frame *draw.Frame) (err error) {
	scale := min(1, stillSide/float64(min(frame.W, frame.H)))
	small := draw.NewFrame(int(evenly(float64(frame.W)*scale)), int(evenly(float64(frame.H)*scale)))
	copy(small.Y, quality.Shrink(frame.Y, frame.W, frame.H, small.W, small.H))
	copy(small.U, quality.Shrink(frame.U, frame.W/2, frame.H/2, small.W/2, small.H/2))
	copy(small.V, quality.Shrink(frame.V, frame.W/2, frame.H/2, small.W/2, small.H/2))
	file, err := os.Create(path)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, file.Close()) }()
	return jpeg.Encode(file, small.Image(), &jpeg.Options{Quality: posterQuality})
}
