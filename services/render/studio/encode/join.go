package encode

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/sheetreel/sheetreel/services/render/format"
)

// Chunk is a part of the picture, in order.
type Chunk struct {
	// File is its name in the folder: lower-case letters, digits, dots and dashes.
	File   string
	Frames int
}

// Cut is a whole video that is to be put together, in a folder.
type Cut struct {
	Chunks []Chunk
	// Sound is the file that [Sound] made; empty is none.
	Sound string
	// File is the name of the video.
	File    string
	Picture Picture
}

// Join puts chunks and sound together without encoding them again, and says what processor time it took.
func Join(ctx context.Context, tool Tool, dir string, c Cut) (time.Duration, error) {
	list := c.File + ".ffconcat"
	path := filepath.Join(dir, list)
	if err := os.WriteFile(path, []byte(c.list()), 0o600); err != nil {
		return 0, err
	}
	defer os.Remove(path)
	return tool.runToEnd(ctx, dir, c.args(list), c.File)
}

// list is the list of chunks for ffmpeg. Their lengths are rounded so that the error does not add up: a chunk begins
// where the sum of all frames before it says.
func (c Cut) list() string {
	var b strings.Builder
	b.WriteString("ffconcat version 1.0\n")
	frames, start := 0, time.Duration(0)
	for _, chunk := range c.Chunks {
		frames += chunk.Frames
		end := (time.Duration(frames)*time.Second/time.Duration(c.Picture.Rate) + time.Microsecond/2).Truncate(time.Microsecond)
		fmt.Fprintf(&b, "file %s\nduration %dus\n", chunk.File, (end - start).Microseconds())
		start = end
	}
	return b.String()
}

func (c Cut) args(list string) []string {
	args := append(quiet(), "-protocol_whitelist", "file", "-format_whitelist", "concat,mov", "-f", "concat", "-safe", "1", "-i", list)
	streams := []string{"-map", "0:v"}
	if c.Sound != "" {
		args = append(args, "-protocol_whitelist", "file", "-format_whitelist", "mov", "-f", "mov", "-i", c.Sound)
		streams = append(streams, "-map", "1:a")
	}
	args = append(append(append(args, streams...), "-c", "copy"), exact()...)
	switch c.Picture.Format.Container {
	case format.WEBM:
		return append(args, "-cues_to_front", "1", "-f", "webm", c.File)
	case format.MOV:
		args = append(args, "-f", "mov")
	default:
		args = append(args, "-f", "mp4")
	}
	return append(args, "-video_track_timescale", timescale(c.Picture.Rate), "-movflags", "+faststart", c.File)
}
