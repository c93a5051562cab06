package studio

import (
	"context"
	"crypto/sha256"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	storyboardv1 "github.com/sheetreel/sheetreel/gen/sheetreel/storyboard/v1"
	"github.com/sheetreel/sheetreel/services/render/cache"
	"github.com/sheetreel/sheetreel/services/render/plan"
	"github.com/sheetreel/sheetreel/services/render/speech"
	"github.com/sheetreel/sheetreel/services/render/studio/encode"
	"github.com/sheetreel/sheetreel/services/render/studio/sound"
)

// sound mixes the sound track and encodes it.
func (t *take) sound(ctx context.Context, sb *storyboardv1.Storyboard, spoken []speech.Utterance) error {
	defer t.meter.stage(stageSound)()
	t.progress.Work(stageSound, 0)
	stop := t.meter.thread()
	err := t.studio.mix(sb, spoken, t.request.Dir)
	stop()
	if err != nil {
		return err
	}
	t.progress.Work(stageSound, 0.5)
	if err := t.encodeSound(ctx); err != nil {
		return err
	}
	t.progress.Work(stageSound, 1)
	return t.remove(trackFile)
}

// encodeSound encodes the mix, unless the same was encoded before.
func (t *take) encodeSound(ctx context.Context) error {
	digest, err := digestOf(t.path(trackFile))
	if err != nil {
		return err
	}
	settings := strings.Join(encode.SoundSettings(t.picture.Format), "\x00")
	key := cache.KeyOf("sound", digest, []byte(settings), []byte(t.versions["ffmpeg"]))
	if cost, ok := t.studio.cache.Get(ctx, key, t.path(soundFile)); ok {
		t.meter.save(cost)
		return nil
	}
	cpu, err := encode.Sound(ctx, t.studio.tool(), t.request.Dir, trackFile, soundFile, t.picture.Format)
	if err != nil {
		return err
	}
	t.meter.add(cpu)
	t.studio.cache.Put(ctx, key, t.path(soundFile), cpu)
	return nil
}

// digestOf is the SHA-256 of a file.
func digestOf(path string) ([]byte, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	h := sha256.New()
	if _, err := io.Copy(h, file); err != nil {
		return nil, err
	}
	return h.Sum(nil), nil
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
	if s.cfg.Silent || sb.GetSound().GetNoMusic() {
		music = 0
	}
	if err := track.Write(filepath.Join(dir, trackFile), music); err != nil {
		return fmt.Errorf("sound track: %w", err)
	}
	return nil
}
