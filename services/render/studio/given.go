package studio

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	renderv1 "github.com/sheetreel/sheetreel/gen/sheetreel/render/v1"
	storyboardv1 "github.com/sheetreel/sheetreel/gen/sheetreel/storyboard/v1"
	"github.com/sheetreel/sheetreel/services/render/assets"
	"github.com/sheetreel/sheetreel/services/render/speech"
	"github.com/sheetreel/sheetreel/services/render/speech/recording"
	"github.com/sheetreel/sheetreel/services/render/studio/encode"
	"github.com/sheetreel/sheetreel/services/render/studio/sound"
)

const (
	recordingFile = "recording.wav"
	musicFile     = "music.wav"
	// longestRecording is as long as a video may be.
	longestRecording = 15 * time.Minute
	// leastSound is how many bytes a WAV file has that is worth hearing.
	leastSound = 4 << 10
	// musicMore is how much more of a piece of music is read than the video is long, to fade and repeat it.
	musicMore = 5 * time.Second
)

// recorded makes the utterances out of a recording of the whole narration, when there is one that can be used.
func (t *take) recorded(ctx context.Context) ([]speech.Utterance, bool, error) {
	sb := t.request.Storyboard
	uri := sb.GetSound().GetNarrationUri()
	if ok, err := t.decode(ctx, uri, recordingFile, 1, longestRecording); err != nil || !ok {
		t.unheard(uri, ok, "narration_uri", "a voice of the speech engine takes its place")
		return nil, false, err
	}
	rate, samples, err := sound.Read(t.path(recordingFile))
	if err := errors.Join(err, t.remove(recordingFile)); err != nil {
		return nil, false, system(fmt.Errorf("recording: %w", err))
	}
	var texts []string
	for _, s := range sb.GetScenes() {
		texts = append(texts, s.GetNarration())
	}
	spoken := make([]speech.Utterance, len(texts))
	used := false
	for i, p := range recording.Cut(samples, rate, texts, int(sb.GetCanvas().GetFrameRate())) {
		if p.Utterance.Duration <= 0 {
			continue
		}
		if err := sound.WriteMono(t.path(voiceFile(i)), samples, rate, p.From, p.To); err != nil {
			return nil, false, system(err)
		}
		spoken[i], used = p.Utterance, true
	}
	t.unheard(uri, used, "narration_uri", "a voice of the speech engine takes its place")
	return spoken, used, nil
}

// bringMusic decodes a piece of music that was given.
func (t *take) bringMusic(ctx context.Context, sb *storyboardv1.Storyboard) error {
	uri := sb.GetSound().GetMusicUri()
	if t.studio.cfg.Silent || sb.GetSound().GetNoMusic() {
		return nil
	}
	ok, err := t.decode(ctx, uri, musicFile, 2, sb.GetDuration().AsDuration()+musicMore)
	if ok {
		t.music = musicFile
	}
	t.unheard(uri, ok, "music_uri", "music that is made for the video takes its place")
	return err
}

// decode makes a WAV file of a sound that was brought; it is false when there is none, or one that is broken.
func (t *take) decode(ctx context.Context, uri, wav string, channels int, most time.Duration) (bool, error) {
	asset, ok := t.request.Media[uri]
	if uri == "" || !ok || asset.Kind != assets.Audio {
		return false, nil
	}
	from := encode.Foreign{Path: asset.Path, Demuxer: asset.Format.Demuxer()}
	cpu, err := encode.Decode(ctx, t.studio.tool(), t.request.Dir, from, wav, channels, most)
	t.meter.add(cpu)
	switch {
	case ctx.Err() != nil:
		return false, context.Cause(ctx)
	case errors.Is(err, encode.ErrMissing):
		return false, system(err)
	case err != nil:
		t.studio.log.InfoContext(ctx, "a sound cannot be decoded", "file", wav, "error", err)
		return false, ignoreMissing(os.Remove(t.path(wav)))
	}
	info, err := os.Stat(t.path(wav))
	if err != nil {
		return false, system(err)
	}
	if info.Size() < leastSound {
		return false, t.remove(wav)
	}
	return true, nil
}

func ignoreMissing(err error) error {
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	return err
}

// unheard warns of a sound that was brought and is not used. One that was not brought has its warning already.
func (t *take) unheard(uri string, used bool, field, instead string) {
	if _, brought := t.request.Media[uri]; uri == "" || used || !brought {
		return
	}
	t.warnings = append(t.warnings, &renderv1.PlanWarning{
		Field: "sound." + field, Rule: "asset", Message: "The sound cannot be used, so " + instead + ": it has no track that can be decoded.",
	})
}
