package studio

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/sheetreel/sheetreel/services/render/progress"
	"github.com/sheetreel/sheetreel/services/render/quality"
	"github.com/sheetreel/sheetreel/services/render/studio/encode"
	"github.com/sheetreel/sheetreel/services/render/studio/film"
)

// shoot is the making of a video's chunks.
type shoot struct {
	studio   *Studio
	film     *film.Film
	dir      string
	picture  encode.Picture
	ffmpeg   string // version
	progress *progress.Tracker
	meter    *meter
	share    share
	samples  []quality.Sample // of each scene's still

	frames atomic.Int64 // that are there
	begun  atomic.Int64 // chunks of which a frame is there
}

// run makes all chunks: it takes those that the cache has, and paints and encodes the others, some at a time. It
// returns when every goroutine and program has ended.
func (s *shoot) run(ctx context.Context) ([]encode.Chunk, error) {
	end := s.meter.stage(stageFrames)
	defer end()
	chunks := make([]encode.Chunk, s.film.Chunks())
	s.samples = make([]quality.Sample, len(chunks))
	var missing []int
	for i := range chunks {
		chunks[i] = encode.Chunk{File: chunkFile(i), Frames: s.film.ChunkFrames(i)}
		if !s.reuse(ctx, i) {
			missing = append(missing, i)
		}
	}
	// The longest first, so that at the end no core waits for long.
	slices.SortStableFunc(missing, func(a, b int) int { return cmp.Compare(chunks[b].Frames, chunks[a].Frames) })

	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	queue := make(chan int, len(missing))
	for _, i := range missing {
		queue <- i
	}
	close(queue)
	var running sync.WaitGroup
	for range min(s.studio.slots, len(missing)) {
		running.Go(func() {
			for i := range queue {
				if err := s.make(ctx, i); err != nil {
					stop(err)
					return
				}
			}
		})
	}
	running.Wait()
	return chunks, context.Cause(ctx)
}

// make makes a chunk when it gets a slot. One whose encoder stalls has a second try.
func (s *shoot) make(ctx context.Context, i int) error {
	if err := s.studio.gate.acquire(ctx, &s.share); err != nil {
		return err
	}
	defer s.studio.gate.release(&s.share)
	s.meter.scene(false)
	return unstuck(func() error { return s.encode(ctx, i) }, func(err error) {
		s.studio.log.WarnContext(ctx, "an encoder made no progress; trying once more", "scene", i, "error", err)
	})
}

// unstuck encodes, and once more when the encoder has stalled.
func unstuck(encoded func() error, stalled func(error)) error {
	err := encoded()
	if !errors.Is(err, encode.ErrStalled) {
		return err
	}
	stalled(err)
	return encoded()
}
