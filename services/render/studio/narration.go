package studio

import (
	"context"
	"errors"
	"fmt"
	"os"

	"github.com/sheetreel/sheetreel/services/render/cache"
	"github.com/sheetreel/sheetreel/services/render/speech"
)

// say speaks, unless the same was spoken before.
func (t *take) say(ctx context.Context, r speech.Request) (speech.Utterance, error) {
	if t.studio.cache == nil {
		return t.studio.speech.Speak(ctx, r)
	}
	key := cache.KeyOf("narration", []byte(t.versions["speech"]), []byte(r.Text), []byte(r.Language), []byte(r.Voice),
		fmt.Append(nil, r.WordsPerMinute))
	kept := r.Path + ".kept"
	if _, ok := t.studio.cache.Get(ctx, key, kept); ok {
		var u speech.Utterance
		err := unpack(kept, &u, r.Path)
		if err := errors.Join(err, os.Remove(kept)); err == nil {
			return u, nil
		}
	}
	u, err := t.studio.speech.Speak(ctx, r)
	if err != nil {
		return u, err
	}
	if err := pack(kept, u, r.Path); err != nil {
		return u, err
	}
	t.studio.cache.Put(ctx, key, kept, 0)
	return u, os.Remove(kept)
}
