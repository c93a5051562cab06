package studio

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"google.golang.org/protobuf/proto"

	storyboardv1 "github.com/sheetreel/sheetreel/gen/sheetreel/storyboard/v1"
	"github.com/sheetreel/sheetreel/services/render/cache"
	"github.com/sheetreel/sheetreel/services/render/plan"
	"github.com/sheetreel/sheetreel/services/render/provider"
	"github.com/sheetreel/sheetreel/services/render/speech"
	"github.com/sheetreel/sheetreel/services/render/studio/encode"
	"github.com/sheetreel/sheetreel/services/render/studio/sound"
)

// mixed is what is known of a sound track.
type mixed struct {
	Loudness *provider.Loudness
}

// sound mixes the sound track and encodes it, unless the same was made before.
func (t *take) sound(ctx context.Context, sb *storyboardv1.Storyboard, spoken []speech.Utterance) error {
	defer t.meter.stage(stageSound)()
	t.progress.Work(stageSound, 0)
	key, err := t.soundKey(sb, spoken)
	if err != nil {
		return err
	}
	kept := t.path(soundFile + ".kept")
	if cost, ok := t.studio.cache.Get(ctx, key, kept); ok {
		err := unpack(kept, &t.mixed, t.path(soundFile))
		if err := errors.Join(err, os.Remove(kept)); err == nil {
			t.meter.save(cost)
			t.progress.Gift(stageSound, 1)
			return t.remove(t.soundFiles(spoken)...)
		}
	}
	stop := t.meter.thread()
	t.mixed.Loudness, err = t.mix(ctx, sb, spoken)
	cost := stop()
	if err != nil {
		return err
	}
	t.progress.Work(stageSound, 0.5)
	cpu, err := encode.Sound(ctx, t.studio.tool(), t.request.Dir, trackFile, soundFile, t.picture.Format)
	if err != nil {
		return err
	}
	t.meter.add(cpu)
	t.progress.Work(stageSound, 1)
	if err := t.remove(append(t.soundFiles(spoken), trackFile)...); err != nil || t.studio.cache == nil {
		return err
	}
	if err := pack(kept, t.mixed, t.path(soundFile)); err != nil {
		return err
	}
	t.studio.cache.Put(ctx, key, kept, cost+cpu)
	return os.Remove(kept)
}

// soundKey names the encoded sound by all that is heard and when.
func (t *take) soundKey(sb *storyboardv1.Storyboard, spoken []speech.Utterance) (cache.Key, error) {
	wishes, err := proto.MarshalOptions{Deterministic: true}.Marshal(sb.GetSound())
	if err != nil {
		return cache.Key{}, err
	}
	parts := [][]byte{
		[]byte(sound.Version), wishes, []byte(strings.Join(encode.SoundSettings(t.picture.Format), "\x00")), []byte(t.versions["ffmpeg"]),
		fmt.Appendf(nil, "%v, music %d", sb.GetDuration().AsDuration(), t.studio.music(sb)),
	}
	if t.music != "" {
		digest, err := digestOf(t.path(t.music))
		if err != nil {
			return cache.Key{}, err
		}
		parts = append(parts, digest)
	}
	for i, scene := range sb.GetScenes() {
		if spoken[i].Duration <= 0 {
			continue
		}
		digest, err := digestOf(t.path(voiceFile(i)))
		if err != nil {
			return cache.Key{}, err
		}
		parts = append(parts, digest, fmt.Append(nil, scene.GetStart().AsDuration()+plan.Begin(scene, spoken[i])))
	}
	return cache.KeyOf("sound", parts...), nil
}

// soundFiles are the files that were spoken, and that of the music.
func (t *take) soundFiles(spoken []speech.Utterance) []string {
	var names []string
	if t.music != "" {
		names = append(names, t.music)
	}
	for i, u := range spoken {
		if u.Duration > 0 {
			names = append(names, voiceFile(i))
		}
	}
	return names
}

// music chooses the bed; 0 is none.
func (s *Studio) music(sb *storyboardv1.Storyboard) uint64 {
	if s.cfg.Silent || sb.GetSound().GetNoMusic() {
		return 0
	}
	return sb.GetTheme().GetSeed() | 1
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

// mix writes the sound track and says how loud it is.
func (t *take) mix(ctx context.Context, sb *storyboardv1.Storyboard, spoken []speech.Utterance) (*provider.Loudness, error) {
	track := sound.NewTrack(sb.GetDuration().AsDuration())
	for i, scene := range sb.GetScenes() {
		if spoken[i].Duration <= 0 {
			continue
		}
		if err := track.Speak(t.path(voiceFile(i)), scene.GetStart().AsDuration()+plan.Begin(scene, spoken[i])); err != nil {
			return nil, fmt.Errorf("scenes[%d].narration: %w", i, err)
		}
	}
	mix := sound.Mix{Target: target(sb.GetSound().GetLoudness()), Seed: t.studio.music(sb)}
	if t.music != "" {
		mix.Seed, mix.Music = 0, t.path(t.music)
	}
	levels, err := track.Write(ctx, t.path(trackFile), mix)
	if err != nil {
		return nil, fmt.Errorf("sound track: %w", err)
	}
	return &provider.Loudness{LUFS: levels.LUFS, TruePeak: levels.TruePeak}, nil
}

// target is what a loudness means.
func target(l storyboardv1.Loudness) sound.Target {
	switch l {
	case storyboardv1.Loudness_PODCAST:
		return sound.Podcast()
	case storyboardv1.Loudness_BROADCAST:
		return sound.Broadcast()
	}
	return sound.Social()
}
