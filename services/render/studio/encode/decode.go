package encode

import (
	"context"
	"fmt"
	"path/filepath"
	"strconv"
	"time"
)

// Foreign is a file with sound that a stranger made.
type Foreign struct {
	// Path is where it lies.
	Path string
	// Demuxer is the one format that it is read as.
	Demuxer string
}

// soundDecoders are what phones, recorders and music libraries need.
const soundDecoders = "aac,mp3,mp3float,opus,libopus,vorbis,libvorbis,flac,alac,pcm_u8,pcm_s16le,pcm_s24le,pcm_s32le,pcm_f32le"

// Decode writes the sound of a stranger's file, as much as at most, to a WAV file of a folder, of 16-bit PCM at 48 kHz
// with one channel or two, and says what processor time it took. The file is read in its one format, with usual
// decoders, and nothing else is.
func Decode(ctx context.Context, tool Tool, dir string, from Foreign, wav string, channels int, most time.Duration) (time.Duration, error) {
	if from.Demuxer == "" {
		return 0, fmt.Errorf("sound: %s is of no format with sound", filepath.Base(from.Path))
	}
	path, err := filepath.Abs(from.Path)
	if err != nil {
		return 0, err
	}
	args := append(quiet(),
		"-protocol_whitelist", "file", "-format_whitelist", from.Demuxer, "-codec_whitelist", soundDecoders,
		"-threads", "1", "-f", from.Demuxer, "-i", "file:"+path,
		"-map", "0:a:0", "-vn", "-sn", "-dn", "-t", strconv.FormatFloat(most.Seconds(), 'f', 3, 64),
		"-ac", strconv.Itoa(channels), "-ar", "48000", "-c:a", "pcm_s16le", "-threads", "1", "-flags:a", "+bitexact",
	)
	return tool.runToEnd(ctx, dir, append(append(args, exact()...), "-f", "wav", wav), wav)
}
