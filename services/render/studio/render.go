package studio

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	storyboardv1 "github.com/sheetreel/sheetreel/gen/sheetreel/storyboard/v1"
	"github.com/sheetreel/sheetreel/services/render/captions"
	"github.com/sheetreel/sheetreel/services/render/plan"
	"github.com/sheetreel/sheetreel/services/render/provider"
	"github.com/sheetreel/sheetreel/services/render/speech"
	"github.com/sheetreel/sheetreel/services/render/studio/film"
	"github.com/sheetreel/sheetreel/services/render/studio/sound"
	"github.com/sheetreel/sheetreel/services/render/studio/typeset"
)

// Names of the files in a render's folder.
const (
	videoFile  = "video.mp4"
	posterFile = "poster.jpg"
	srtFile    = "captions.srt"
	vttFile    = "captions.vtt"
	soundFile  = "track.wav"
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
	p := newProgress(r.Progress)
	p.report(stagePlan, 0)
	versions, err := s.versionsOf(ctx)
	if err != nil {
		return nil, system(err)
	}
	fonts, err := s.fonts.open(s.cfg.Fonts)
	if err != nil {
		return nil, system(err)
	}
	// A storyboard that cannot be painted is refused before anything is spoken.
	if _, err := s.film(r.Storyboard, fonts); err != nil {
		return nil, err
	}
	p.report(stagePlan, 1)

	spoken, err := s.speak(ctx, r, p)
	if err != nil {
		return nil, err
	}
	sb := plan.Retime(r.Storyboard, spoken)
	f, err := s.film(sb, fonts)
	if err != nil {
		return nil, err
	}
	if missing := f.Missing(); len(missing) > 0 {
		s.log.WarnContext(ctx, "no font has some characters; they are left blank", "characters", string(missing))
	}
	if err := s.mix(sb, spoken, r.Dir); err != nil {
		return nil, system(err)
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if err := s.shoot(ctx, sb, f, r.Dir, p); err != nil {
		return nil, err
	}
	result := &provider.Result{
		Storyboard: sb, Video: filepath.Join(r.Dir, videoFile), Poster: filepath.Join(r.Dir, posterFile), Versions: versions,
	}
	if err := writeCaptions(result, r.Dir); err != nil {
		return nil, system(err)
	}
	p.report(stageMux, 1)
	return result, nil
}

// film sets a storyboard. A font that is missing is this machine's fault, all else is the storyboard's.
func (s *Studio) film(sb *storyboardv1.Storyboard, fonts *typeset.Library) (*film.Film, error) {
	f, err := film.New(sb, film.Sources{Fonts: fonts})
	switch {
	case errors.Is(err, typeset.ErrFontMissing):
		return nil, system(fmt.Errorf("storyboard: %w", err))
	case err != nil:
		return nil, permanent("storyboard: %w", err)
	}
	return f, nil
}

// mix writes the sound track.
func (s *Studio) mix(sb *storyboardv1.Storyboard, spoken []speech.Utterance, dir string) error {
	track := sound.NewTrack(sb.GetDuration().AsDuration())
	for i, scene := range sb.GetScenes() {
		if spoken[i].Duration <= 0 {
			continue
		}
		path := filepath.Join(dir, voiceFile(i))
		if err := track.Speak(path, scene.GetStart().AsDuration()+plan.LeadIn(scene)); err != nil {
			return fmt.Errorf("scenes[%d].narration: %w", i, err)
		}
		if err := os.Remove(path); err != nil {
			return fmt.Errorf("scenes[%d].narration: %w", i, err)
		}
	}
	music := sb.GetTheme().GetSeed() | 1 // 0 would be none
	if s.cfg.Silent {
		music = 0
	}
	if err := track.Write(filepath.Join(dir, soundFile), music); err != nil {
		return fmt.Errorf("sound track: %w", err)
	}
	return nil
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
