package studio

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"

	renderv1 "github.com/sheetreel/sheetreel/gen/sheetreel/render/v1"
	storyboardv1 "github.com/sheetreel/sheetreel/gen/sheetreel/storyboard/v1"
	"github.com/sheetreel/sheetreel/services/render/captions"
	"github.com/sheetreel/sheetreel/services/render/format"
	"github.com/sheetreel/sheetreel/services/render/plan"
	"github.com/sheetreel/sheetreel/services/render/progress"
	"github.com/sheetreel/sheetreel/services/render/provider"
	"github.com/sheetreel/sheetreel/services/render/quality"
	"github.com/sheetreel/sheetreel/services/render/speech"
	"github.com/sheetreel/sheetreel/services/render/studio/encode"
	"github.com/sheetreel/sheetreel/services/render/studio/film"
	"github.com/sheetreel/sheetreel/services/render/studio/typeset"
)

// Names of the files in a render's folder.
const (
	posterFile = "poster.jpg"
	srtFile    = "captions.srt"
	vttFile    = "captions.vtt"
	trackFile  = "track.wav" // the mix
	soundFile  = "sound.mp4" // encoded
)

// Render makes the video of a storyboard.
func (s *Studio) Render(ctx context.Context, r provider.Request) (*provider.Result, error) {
	result, err := s.render(ctx, r)
	if err != nil && ctx.Err() != nil {
		// Whatever broke, it broke because the caller gave up.
		return nil, ctx.Err()
	}
	return result, err
}

func (s *Studio) render(ctx context.Context, r provider.Request) (*provider.Result, error) {
	t := take{studio: s, request: r, meter: newMeter(), progress: progress.New(r.Progress, stages()...)}
	beating, stop := context.WithCancel(ctx)
	var beats sync.WaitGroup
	beats.Go(func() { t.progress.Run(beating) })
	defer beats.Wait()
	defer stop()
	return t.run(ctx)
}

// take is one render under way.
type take struct {
	studio   *Studio
	request  provider.Request
	meter    *meter
	progress *progress.Tracker
	versions map[string]string
	film     *film.Film
	picture  encode.Picture
	mixed    mixed
	samples  []quality.Sample
	music    string                  // a file of music that was given
	warnings []*renderv1.PlanWarning // about sound
}

func (t *take) run(ctx context.Context) (*provider.Result, error) {
	fonts, err := t.plan(ctx)
	if err != nil {
		return nil, err
	}
	spoken, err := t.speak(ctx)
	if err != nil {
		return nil, err
	}
	sb := plan.Retime(t.request.Storyboard, spoken)
	if err := t.bringMusic(ctx, sb); err != nil {
		return nil, err
	}
	if t.film, err = t.studio.film(sb, t.sources(ctx, fonts)); err != nil {
		return nil, err
	}
	if missing := t.film.Missing(); len(missing) > 0 {
		t.studio.log.WarnContext(ctx, "no font has some characters; they are left blank", "characters", string(missing))
	}
	if err := checkDisk(t.request.Dir, t.picture, t.film.Frames()); err != nil {
		return nil, system(err)
	}
	chunks, err := t.produce(ctx, sb, spoken)
	if err != nil {
		return nil, system(err)
	}
	result := &provider.Result{Storyboard: sb, Video: t.path(t.picture.Format.FileName()), Poster: t.path(posterFile), Versions: t.versions}
	if err := t.join(ctx, chunks); err != nil {
		return nil, system(err)
	}
	if err := writeCaptions(result, t.request.Dir); err != nil {
		return nil, system(err)
	}
	if err := t.contact(sb, fonts); err != nil {
		return nil, system(fmt.Errorf("contact sheet: %w", err))
	}
	result.Extra = append(result.Extra, provider.File{Name: contactFile, Path: t.path(contactFile), ContentType: "image/jpeg"})
	result.Receipt, result.Loudness = t.meter.receipt(), t.mixed.Loudness
	result.Warnings = append(warnings(sb, t.film.Warnings()), t.warnings...)
	result.Known = known(sb, t.film, spoken, t.samples)
	t.progress.Work(stageMux, 1)
	return result, nil
}

// plan looks at what is asked for and at what this machine has, before anything is spoken or painted.
func (t *take) plan(ctx context.Context) (*typeset.Library, error) {
	defer t.meter.stage(stagePlan)()
	t.progress.Work(stagePlan, 0)
	sb := t.request.Storyboard
	kind, err := format.Of(sb.GetOutput())
	if err != nil {
		return nil, permanent("storyboard: %w", err)
	}
	t.picture = encode.Picture{
		Format: kind, Width: int(sb.GetCanvas().GetWidth()), Height: int(sb.GetCanvas().GetHeight()), Rate: int(sb.GetCanvas().GetFrameRate()),
	}
	if t.versions, err = t.studio.versionsOf(ctx); err != nil {
		return nil, system(err)
	}
	fonts, err := t.studio.fonts.open(t.studio.cfg.Fonts)
	if err != nil {
		return nil, system(err)
	}
	if _, err := t.studio.film(sb, t.sources(ctx, fonts)); err != nil {
		return nil, err
	}
	t.progress.Work(stagePlan, 1)
	return fonts, nil
}

// produce makes the sound and all chunks, side by side.
func (t *take) produce(ctx context.Context, sb *storyboardv1.Storyboard, spoken []speech.Utterance) ([]encode.Chunk, error) {
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	t.progress.Work(stageLayers, 0)
	var sounds sync.WaitGroup
	sounds.Go(func() {
		if err := t.sound(ctx, sb, spoken); err != nil {
			stop(fmt.Errorf("sound: %w", err))
		}
	})
	s := shoot{
		studio: t.studio, film: t.film, dir: t.request.Dir, picture: t.picture, ffmpeg: t.versions["ffmpeg"],
		progress: t.progress, meter: t.meter,
	}
	chunks, err := s.run(ctx)
	t.samples = s.samples
	if err != nil {
		stop(err)
	}
	sounds.Wait()
	return chunks, context.Cause(ctx)
}

// join makes the video of its parts, which are not needed any more then.
func (t *take) join(ctx context.Context, chunks []encode.Chunk) error {
	defer t.meter.stage(stageMux)()
	t.progress.Work(stageMux, 0)
	cpu, err := encode.Join(ctx, t.studio.tool(), t.request.Dir, encode.Cut{
		Chunks: chunks, Sound: soundFile, File: t.picture.Format.FileName(), Picture: t.picture,
	})
	if err != nil {
		return err
	}
	t.meter.add(cpu)
	parts := []string{soundFile}
	for _, c := range chunks {
		parts = append(parts, c.File)
	}
	return t.remove(parts...)
}

func (t *take) path(name string) string { return filepath.Join(t.request.Dir, name) }

func (t *take) remove(names ...string) error {
	for _, name := range names {
		if err := os.Remove(t.path(name)); err != nil {
			return err
		}
	}
	return nil
}

// sources are what the film is made of.
func (t *take) sources(ctx context.Context, fonts *typeset.Library) film.Sources {
	return film.Sources{Fonts: fonts, Art: t.studio.art(), Media: t.studio.media(ctx, t.request)}
}

// film sets a storyboard. A font that is missing is this machine's fault, all else is the storyboard's.
func (s *Studio) film(sb *storyboardv1.Storyboard, from film.Sources) (*film.Film, error) {
	f, err := film.New(sb, from)
	switch {
	case errors.Is(err, typeset.ErrFontMissing):
		return nil, system(fmt.Errorf("storyboard: %w", err))
	case err != nil:
		return nil, permanent("storyboard: %w", err)
	}
	return f, nil
}

// writeCaptions writes the caption files of a video with words.
func writeCaptions(r *provider.Result, dir string) error {
	srt := captions.SRT(r.Storyboard)
	if srt == "" {
		return nil
	}
	r.SRT, r.VTT = filepath.Join(dir, srtFile), filepath.Join(dir, vttFile)
	if err := os.WriteFile(r.SRT, []byte(srt), 0o644); err != nil {
		return fmt.Errorf("captions: %w", err)
	}
	if err := os.WriteFile(r.VTT, []byte(captions.VTT(r.Storyboard)), 0o644); err != nil {
		return fmt.Errorf("captions: %w", err)
	}
	return nil
}
