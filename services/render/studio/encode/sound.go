package encode

import (
	"context"
	"time"

	"github.com/sheetreel/sheetreel/services/render/format"
)

// Sound encodes a WAV file of a folder as the sound of a kind of video, and says what processor time it took.
func Sound(ctx context.Context, tool Tool, dir, wav, file string, f format.Format) (time.Duration, error) {
	return tool.runToEnd(ctx, dir, soundArgs(f, wav, file), file)
}
