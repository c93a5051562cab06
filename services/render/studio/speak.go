package studio

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/sheetreel/sheetreel/services/render/speech"
)

func voiceFile(scene int) string { return fmt.Sprintf("voice-%03d.wav", scene) }

// speak speaks the narration of all scenes, one file each; a silent scene has the zero utterance.
func (t *take) speak(ctx context.Context) ([]speech.Utterance, error) {
	defer t.meter.stage(stageSpeech)()
	if spoken, ok, err := t.recorded(ctx); err != nil || ok {
		t.progress.Work(stageSpeech, 1)
		return spoken, err
	}
	scenes := t.request.Storyboard.GetScenes()
	out := make([]speech.Utterance, len(scenes))
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	next, done := atomic.Int64{}, atomic.Int64{}
	var speaking sync.WaitGroup
	for range min(t.studio.slots, len(scenes)) {
		speaking.Go(func() {
			for i := int(next.Add(1)) - 1; i < len(scenes) && ctx.Err() == nil; i = int(next.Add(1)) - 1 {
				u, err := t.speakScene(ctx, i)
				if err != nil {
					stop(err)
					return
				}
				out[i] = u
				t.progress.Work(stageSpeech, float64(done.Add(1))/float64(len(scenes)))
			}
		})
	}
	speaking.Wait()
	if err := context.Cause(ctx); err != nil {
		return nil, err
	}
	t.progress.Work(stageSpeech, 1)
	return out, nil
}

// speakScene speaks the narration of one scene.
func (t *take) speakScene(ctx context.Context, i int) (speech.Utterance, error) {
	narrator, scene := t.request.Storyboard.GetNarrator(), t.request.Storyboard.GetScenes()[i]
	if t.studio.speech == nil || narrator.GetVoice() == "" || strings.TrimSpace(scene.GetNarration()) == "" {
		return speech.Utterance{}, nil
	}
	u, err := t.say(ctx, speech.Request{
		Text: scene.GetNarration(), Language: narrator.GetLanguage(), Voice: narrator.GetVoice(),
		WordsPerMinute: int(narrator.GetWordsPerMinute()), Path: t.path(voiceFile(i)),
	})
	if ctx.Err() != nil {
		return u, context.Cause(ctx)
	}
	if err != nil {
		return u, system(fmt.Errorf("scenes[%d].narration: %w", i, err))
	}
	return u, nil
}
