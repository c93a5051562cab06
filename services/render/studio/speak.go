package studio

import (
	"context"
	"fmt"
	"strings"

	"github.com/sheetreel/sheetreel/services/render/speech"
)

func voiceFile(scene int) string { return fmt.Sprintf("voice-%03d.wav", scene) }

// speak speaks the narration of all scenes, one file each; a silent scene has the zero utterance.
func (t *take) speak(ctx context.Context) ([]speech.Utterance, error) {
	defer t.meter.stage(stageSpeech)()
	scenes := t.request.Storyboard.GetScenes()
	out := make([]speech.Utterance, len(scenes))
	narrator := t.request.Storyboard.GetNarrator()
	for i, scene := range scenes {
		t.progress.Work(stageSpeech, float64(i)/float64(len(scenes)))
		if t.studio.speech == nil || narrator.GetVoice() == "" || strings.TrimSpace(scene.GetNarration()) == "" {
			continue
		}
		u, err := t.say(ctx, speech.Request{
			Text: scene.GetNarration(), Language: narrator.GetLanguage(), Voice: narrator.GetVoice(),
			WordsPerMinute: int(narrator.GetWordsPerMinute()), Path: t.path(voiceFile(i)),
		})
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		if err != nil {
			return nil, system(fmt.Errorf("scenes[%d].narration: %w", i, err))
		}
		out[i] = u
	}
	t.progress.Work(stageSpeech, 1)
	return out, nil
}
