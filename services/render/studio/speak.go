package studio

import (
	"context"
	"fmt"
	"path/filepath"
	"strings"

	"github.com/sheetreel/sheetreel/services/render/provider"
	"github.com/sheetreel/sheetreel/services/render/speech"
)

func voiceFile(scene int) string { return fmt.Sprintf("voice-%03d.wav", scene) }

// speak speaks the narration of all scenes, one file each; a silent scene has the zero utterance.
func (s *Studio) speak(ctx context.Context, r provider.Request, p *progress) ([]speech.Utterance, error) {
	scenes := r.Storyboard.GetScenes()
	out := make([]speech.Utterance, len(scenes))
	narrator := r.Storyboard.GetNarrator()
	for i, scene := range scenes {
		p.report(stageSpeech, float64(i)/float64(len(scenes)))
		if s.speech == nil || narrator.GetVoice() == "" || strings.TrimSpace(scene.GetNarration()) == "" {
			continue
		}
		u, err := s.speech.Speak(ctx, speech.Request{
			Text: scene.GetNarration(), Language: narrator.GetLanguage(), Voice: narrator.GetVoice(),
			WordsPerMinute: int(narrator.GetWordsPerMinute()), Path: filepath.Join(r.Dir, voiceFile(i)),
		})
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		if err != nil {
			return nil, system(fmt.Errorf("scenes[%d].narration: %w", i, err))
		}
		out[i] = u
	}
	p.report(stageSpeech, 1)
	return out, nil
}
