package drive

import (
	"context"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strings"
	"time"

	renderv1 "github.com/sheetreel/sheetreel/gen/sheetreel/render/v1"
	schedulerv1 "github.com/sheetreel/sheetreel/gen/sheetreel/scheduler/v1"
	storyboardv1 "github.com/sheetreel/sheetreel/gen/sheetreel/storyboard/v1"
	"github.com/sheetreel/sheetreel/services/render/assets"
	"github.com/sheetreel/sheetreel/services/render/captions"
	"github.com/sheetreel/sheetreel/services/render/probe"
	"github.com/sheetreel/sheetreel/services/render/provider"
)

// Renderer lets a hosted provider make whole videos: it is a [provider.Provider].
type Renderer struct {
	*Driver
	// Poster makes a JPEG file of one of a video's frames; nil makes none.
	Poster func(ctx context.Context, video assets.Asset, path string) error
}

// Name is the provider's.
func (r *Renderer) Name() string { return r.about.Name }

// Render orders the video of a storyboard.
func (r *Renderer) Render(ctx context.Context, req provider.Request) (*provider.Result, error) {
	sb := req.Storyboard
	o := WholeOrder(req)
	var media *renderv1.Media
	o.Check = func(ctx context.Context, path string) (err error) {
		media, err = checkVideo(ctx, path, sb)
		return err
	}
	o.Progress = func(percent float64) {
		if req.Progress != nil {
			req.Progress(provider.Progress{Stage: "provider", Percent: percent})
		}
	}
	receipt, err := r.Do(ctx, o)
	if err != nil {
		return nil, err
	}
	result := &provider.Result{
		Storyboard: sb, Video: o.Path, Versions: map[string]string{r.about.Name: r.version()}, Usage: Usage(r.about.Name, receipt),
	}
	if r.Poster != nil {
		poster := filepath.Join(req.Dir, "poster.jpg")
		if err := r.Poster(ctx, asset(o.Path, media), poster); err != nil {
			return nil, system(fmt.Errorf("poster: %w", err))
		}
		result.Poster = poster
	}
	if err := subtitle(result, media, req.Dir); err != nil {
		return nil, system(err)
	}
	return result, nil
}

// WholeOrder is the order of a storyboard's video.
func WholeOrder(req provider.Request) Order {
	canvas := req.Storyboard.GetCanvas()
	return Order{
		Key: req.Key, Project: req.Project, Path: filepath.Join(req.Dir, "hosted.mp4"),
		Task: provider.Task{
			Kind: provider.WholeVideo, Storyboard: req.Storyboard, Width: int(canvas.GetWidth()), Height: int(canvas.GetHeight()),
			FrameRate: int(canvas.GetFrameRate()), Duration: req.Storyboard.GetDuration().AsDuration(), Seed: req.Storyboard.GetTheme().GetSeed(),
		},
	}
}

// Forget forgets the order of a video that is published.
func (r *Renderer) Forget(ctx context.Context, req provider.Request) error {
	return r.Done(ctx, WholeOrder(req))
}

func (r *Renderer) version() string {
	if r.about.Model != "" {
		return r.about.Model
	}
	return "hosted"
}

// Usage is what an order counts on the bill. Its type begins with the provider's name, as the video may be another's: reelhouse_video_second.
func Usage(name string, r Receipt) []*schedulerv1.Usage {
	if r.Price.Unit == "" || !(r.Price.Units > 0) {
		return nil
	}
	return []*schedulerv1.Usage{{Type: strings.ReplaceAll(name, "-", "_") + "_" + r.Price.Unit, Units: r.Price.Units}}
}

// slack is how much longer or shorter than ordered a video may be: hosted voices have a pace of their own.
func slack(d time.Duration) time.Duration { return max(time.Second, d/5) }

// CheckVideo refuses a file that is not the video of a storyboard.
func CheckVideo(ctx context.Context, path string, sb *storyboardv1.Storyboard) error {
	_, err := checkVideo(ctx, path, sb)
	return err
}

func checkVideo(ctx context.Context, path string, sb *storyboardv1.Storyboard) (*renderv1.Media, error) {
	format, err := sniffFile(path, assets.Video)
	if err != nil {
		return nil, err
	}
	media, err := probe.As(ctx, path, format.Demuxer())
	if err != nil {
		return nil, err
	}
	canvas, length := sb.GetCanvas(), media.GetDuration().AsDuration()
	want := sb.GetDuration().AsDuration()
	switch {
	case format != assets.MP4:
		return nil, fmt.Errorf("it is a file of type %s, not mp4", format)
	case media.GetVideoCodec() != "h264":
		return nil, fmt.Errorf("its picture is coded as %q, not h264", media.GetVideoCodec())
	case media.GetAudioCodec() != "" && media.GetAudioCodec() != "aac":
		return nil, fmt.Errorf("its sound is coded as %s, not aac", media.GetAudioCodec())
	case media.GetWidth() != canvas.GetWidth() || media.GetHeight() != canvas.GetHeight():
		return nil, fmt.Errorf("it has %d x %d pixels, not %d x %d", media.GetWidth(), media.GetHeight(), canvas.GetWidth(), canvas.GetHeight())
	case want > 0 && (length-want).Abs() > slack(want):
		return nil, fmt.Errorf("it lasts %.1f s, not %.1f s", length.Seconds(), want.Seconds())
	}
	return media, nil
}

// sniffFile tells a file's format.
func sniffFile(path string, kind assets.Kind) (assets.Format, error) {
	f, err := os.Open(path)
	if err != nil {
		return "", err
	}
	defer f.Close()
	head := make([]byte, assets.SniffLen)
	n, err := f.Read(head)
	if n == 0 && err != nil {
		return "", errors.New("it is empty")
	}
	return assets.Sniff(head[:n], kind)
}

func asset(path string, m *renderv1.Media) assets.Asset {
	return assets.Asset{
		Path: path, Kind: assets.Video, Format: assets.MP4, Width: int(m.GetWidth()), Height: int(m.GetHeight()),
		Duration: m.GetDuration().AsDuration(),
	}
}

// exact is how far a video's length may be from the storyboard's for the storyboard's times to be true.
const exact = 0.1

// subtitle writes caption files, if the words are spoken when the storyboard says.
func subtitle(r *provider.Result, m *renderv1.Media, dir string) error {
	if math.Abs(m.GetDuration().AsDuration().Seconds()-r.Storyboard.GetDuration().AsDuration().Seconds()) > exact {
		r.Warnings = append(r.Warnings, &renderv1.PlanWarning{
			Rule: "captions", Message: "There are no caption files, because the provider speaks at a pace of its own.",
		})
		return nil
	}
	srt := captions.SRT(r.Storyboard)
	if srt == "" {
		return nil
	}
	r.SRT, r.VTT = filepath.Join(dir, "captions.srt"), filepath.Join(dir, "captions.vtt")
	return errors.Join(os.WriteFile(r.SRT, []byte(srt), 0o600), os.WriteFile(r.VTT, []byte(captions.VTT(r.Storyboard)), 0o600))
}
