package studio

import (
	"context"
	"fmt"
	"path/filepath"
	"runtime/debug"
	"strings"
	"time"

	"github.com/sheetreel/sheetreel/services/render/cache"
	"github.com/sheetreel/sheetreel/services/render/studio/draw"
	"github.com/sheetreel/sheetreel/services/render/studio/encode"
)

// buffers is how many frames a chunk has in memory: enough that painting and encoding rarely wait for each other.
const buffers = 4

func chunkFile(i int) string { return fmt.Sprintf("chunk-%03d.mp4", i) }

// key names the bytes of chunk i: its frames, how they are encoded and by what.
func (s *shoot) key(i int) cache.Key {
	return cache.KeyOf("chunk", s.film.Key(i), []byte(strings.Join(s.picture.Settings(), "\x00")), []byte(s.ffmpeg))
}

// reuse takes chunk i out of the cache.
func (s *shoot) reuse(ctx context.Context, i int) bool {
	cost, ok := s.studio.cache.Get(ctx, s.key(i), filepath.Join(s.dir, chunkFile(i)))
	if ok && i == 0 {
		ok = s.reusePoster(ctx)
	}
	ok = ok && s.reuseStill(ctx, i)
	if !ok {
		return false
	}
	s.meter.scene(true)
	s.meter.save(cost)
	s.progress.Gift(stageLayers, s.layers())
	s.progress.Gift(stageFrames, s.painted(s.film.ChunkFrames(i)))
	return true
}

// layers notes that a chunk has begun, and gives the part of them that have.
func (s *shoot) layers() float64 { return float64(s.begun.Add(1)) / float64(s.film.Chunks()) }

// painted notes frames, and gives the part of all that are there.
func (s *shoot) painted(n int) float64 {
	return float64(s.frames.Add(int64(n))) / float64(s.film.Frames())
}

// encode paints the frames of chunk i, encodes them and keeps the file in the cache.
func (s *shoot) encode(ctx context.Context, i int) (err error) {
	enc, err := encode.Start(ctx, s.studio.tool(), s.dir, chunkFile(i), s.picture)
	if err != nil {
		return err
	}
	done := 0
	defer func() {
		enc.Close()
		if err != nil {
			s.painted(-done) // they are painted again, or never
		}
	}()
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	painter := s.paint(ctx, i)
	defer painter.wait()
	defer cancel()
	for frame := range painter.frames {
		if err := enc.Write(frame.Data); err != nil {
			return err
		}
		painter.empty <- frame
		if done == 0 {
			s.progress.Work(stageLayers, s.layers())
		}
		done++
		s.progress.Work(stageFrames, s.painted(1))
	}
	if err := painter.wait(); err != nil {
		return err
	}
	if err := enc.Finish(); err != nil {
		return err
	}
	s.meter.add(enc.CPU())
	if painter.broken {
		return nil // it may be whole the next time
	}
	if i == 0 {
		s.keepPoster(ctx)
	}
	if err := s.keepStill(ctx, i); err != nil {
		return err
	}
	s.studio.cache.Put(ctx, s.key(i), filepath.Join(s.dir, chunkFile(i)), painter.cpu+enc.CPU())
	return nil
}

// painter paints the frames of a chunk ahead of the encoder.
type painter struct {
	frames chan *draw.Frame // painted, in order
	empty  chan *draw.Frame
	ended  chan struct{}
	cpu    time.Duration
	broken bool // a picture or clip could not be shown
	err    error
}

// paint starts a painter. It ends with its last frame or with ctx, and must be waited for.
func (s *shoot) paint(ctx context.Context, i int) *painter {
	p := &painter{frames: make(chan *draw.Frame, buffers), empty: make(chan *draw.Frame, buffers), ended: make(chan struct{})}
	for range buffers {
		p.empty <- draw.NewFrame(s.picture.Width, s.picture.Height)
	}
	go func() {
		defer close(p.ended)
		defer close(p.frames)
		defer func() {
			if trouble := recover(); trouble != nil {
				s.studio.log.ErrorContext(ctx, "panic", "scene", i, "panic", trouble, "stack", string(debug.Stack()))
				p.err = fmt.Errorf("painting scene %d: panic: %v", i, trouble)
			}
		}()
		stop := s.meter.thread()
		defer func() { p.cpu = stop() }()
		chunk := s.film.Chunk(i)
		defer func() {
			if err := chunk.Close(); err != nil && ctx.Err() == nil {
				p.broken = true
				s.studio.log.WarnContext(ctx, "a picture or clip is broken; the style's own look takes its place", "error", err)
			}
		}()
		still := s.film.Still(i)
		for k := range chunk.Frames() {
			var frame *draw.Frame
			select {
			case <-ctx.Done():
				p.err = ctx.Err()
				return
			case frame = <-p.empty:
			}
			chunk.Paint(k, frame)
			if i == 0 && k == still {
				if p.err = s.savePoster(frame); p.err != nil {
					return
				}
			}
			if k == still {
				if p.err = s.takeStill(i, frame); p.err != nil {
					return
				}
			}
			p.frames <- frame
		}
	}()
	return p
}

// wait waits until the painter has ended, and says why it did so early.
func (p *painter) wait() error {
	<-p.ended
	return p.err
}
