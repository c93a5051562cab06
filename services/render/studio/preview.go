package studio

import (
	"bytes"
	"context"
	"image/jpeg"
	"math"
	"runtime"
	"sync"
	"time"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/durationpb"

	renderv1 "github.com/sheetreel/sheetreel/gen/sheetreel/render/v1"
	storyboardv1 "github.com/sheetreel/sheetreel/gen/sheetreel/storyboard/v1"
	"github.com/sheetreel/sheetreel/services/render/provider"
	"github.com/sheetreel/sheetreel/services/render/studio/draw"
	"github.com/sheetreel/sheetreel/services/render/studio/film"
)

// stillQuality is a JPEG quality for pictures that are only looked at.
const stillQuality = 85

// longestStill bounds the long side of a still: a ribbon of a canvas must not become a larger one than a film may have.
const longestStill = 3840

// Plan sets the texts of a storyboard and says how they fit.
func (s *Studio) Plan(ctx context.Context, sb *storyboardv1.Storyboard) (*renderv1.RenderPlan, error) {
	f, err := s.planned(sb)
	if err != nil {
		return nil, err
	}
	out := &renderv1.RenderPlan{Storyboard: sb}
	for i, scene := range sb.GetScenes() {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		fit, start := f.Fit(i), scene.GetStart().AsDuration()
		p := &renderv1.ScenePlan{SceneId: scene.GetId(), HeadlineSize: fit.HeadlineSize, HeadlineLines: fit.Lines, CaptionSize: fit.CaptionSize}
		for _, page := range fit.Pages {
			p.CaptionPages = append(p.CaptionPages, &renderv1.CaptionPage{
				Text: page.Text, Start: durationpb.New(start + millis(page.From)), End: durationpb.New(start + millis(page.To)),
			})
		}
		out.Scenes = append(out.Scenes, p)
		out.Chunks = append(out.Chunks, &renderv1.Chunk{SceneId: scene.GetId(), FirstFrame: int32(f.Start(i)), FrameCount: int32(f.ChunkFrames(i))})
	}
	for _, w := range append(f.Faults(), f.Warnings()...) {
		if w.Rule == film.RuleMissing && fetched(sb, w) {
			continue // it comes when the video is rendered
		}
		warning := &renderv1.PlanWarning{Field: w.Field, Rule: w.Rule, Message: w.Message}
		if w.Scene >= 0 {
			warning.SceneId = sb.GetScenes()[w.Scene].GetId()
		}
		out.Warnings = append(out.Warnings, warning)
	}
	return out, nil
}

// fetched tells whether a warning is about something that comes from outside.
func fetched(sb *storyboardv1.Storyboard, w film.Warning) bool {
	if w.Scene < 0 {
		return true // the mark of the brand
	}
	scene := sb.GetScenes()[w.Scene]
	media := scene.GetHero()
	if w.Field == "background" {
		media = scene.GetBackground()
	}
	return provider.MediaKey(media) != ""
}

func millis(seconds float64) time.Duration {
	return time.Duration(math.Round(seconds*1000)) * time.Millisecond
}

// planned is the film of a storyboard whose pictures have not come yet.
func (s *Studio) planned(sb *storyboardv1.Storyboard) (*film.Film, error) {
	fonts, err := s.fonts.open(s.cfg.Fonts)
	if err != nil {
		return nil, system(err)
	}
	return s.film(sb, film.Sources{Fonts: fonts, Art: s.art()})
}

// Stills paints a picture of each scene, on all cores.
func (s *Studio) Stills(ctx context.Context, sb *storyboardv1.Storyboard, shortSide, most int) ([]provider.Still, error) {
	small := proto.CloneOf(sb)
	c := small.GetCanvas()
	scale := float64(shortSide) / float64(min(c.GetWidth(), c.GetHeight()))
	scale = min(scale, float64(longestStill)/float64(max(c.GetWidth(), c.GetHeight())))
	c.Width, c.Height = evenly(float64(c.GetWidth())*scale), evenly(float64(c.GetHeight())*scale)
	f, err := s.planned(small)
	if err != nil {
		return nil, err
	}
	out := make([]provider.Still, min(most, f.Chunks()))
	queue := make(chan int, len(out))
	for i := range out {
		queue <- i
	}
	close(queue)
	errs := make([]error, len(out))
	var painters sync.WaitGroup
	for range min(runtime.GOMAXPROCS(0), len(out)) {
		painters.Go(func() {
			frame := draw.NewFrame(int(c.GetWidth()), int(c.GetHeight()))
			for i := range queue {
				if errs[i] = ctx.Err(); errs[i] == nil {
					out[i], errs[i] = still(f, i, frame, time.Second/time.Duration(c.GetFrameRate()))
				}
			}
		})
	}
	painters.Wait()
	for _, err := range errs {
		if err != nil {
			return nil, err
		}
	}
	return out, nil
}

// still paints the frame of scene i that shows it best.
func still(f *film.Film, i int, frame *draw.Frame, each time.Duration) (provider.Still, error) {
	k := f.Still(i)
	f.Chunk(i).Paint(k, frame)
	var file bytes.Buffer
	err := jpeg.Encode(&file, frame.Image(), &jpeg.Options{Quality: stillQuality})
	return provider.Still{Time: time.Duration(f.Start(i)+k) * each, JPEG: file.Bytes()}, system(err)
}

// evenly is the nearest even number, at least the smallest that a film has.
func evenly(x float64) int32 { return max(64, int32(math.Round(x/2))*2) }
