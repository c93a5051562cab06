package encode

import (
	"fmt"
	"strconv"

	"github.com/sheetreel/sheetreel/services/render/format"
)

// quiet are the arguments that every ffmpeg gets.
func quiet() []string { return []string{"-nostdin", "-hide_banner", "-loglevel", "error", "-y"} }

// exact are the arguments for files without dates and versions in them.
func exact() []string { return []string{"-fflags", "+bitexact", "-map_metadata", "-1"} }

// timescale is a multiple of the rate, so that the time of every frame is a whole number.
func timescale(rate int) string { return strconv.Itoa(512 * rate) }

// Settings are what the bytes of a chunk depend on besides its frames and the version of ffmpeg, for cache keys.
func (p Picture) Settings() []string { return p.args("") }

// args are ffmpeg's arguments for a chunk. Chunks are MP4 files whatever the video will be: its times are exact.
func (p Picture) args(file string) []string {
	args := append(quiet(),
		"-protocol_whitelist", "pipe",
		"-f", "rawvideo", "-pix_fmt", "yuv420p", "-video_size", fmt.Sprintf("%dx%d", p.Width, p.Height),
		"-framerate", strconv.Itoa(p.Rate), "-i", "pipe:0",
	)
	args = append(args, codec(p.Format)...)
	args = append(args,
		"-threads", "1", "-pix_fmt", "yuv420p",
		"-g", strconv.Itoa(2*p.Rate), "-flags:v", "+cgop+bitexact",
		"-colorspace", "bt709", "-color_primaries", "bt709", "-color_trc", "bt709", "-color_range", "tv",
	)
	args = append(args, exact()...)
	return append(args, "-video_track_timescale", timescale(p.Rate), "-f", "mp4", file)
}

// codec are the arguments of a picture codec: the fastest settings at which nothing is lost that the eye sees; for a
// draft the fastest there are.
func codec(f format.Format) []string {
	switch f.Video {
	case format.H265:
		preset, crf := "superfast", "21"
		if f.Draft {
			preset, crf = "ultrafast", "28"
		}
		return []string{
			"-c:v", "libx265", "-preset", preset, "-crf", crf, "-tag:v", "hvc1",
			"-x265-params", "log-level=none:pools=none:frame-threads=1:open-gop=0:info=0",
		}
	case format.VP9:
		speed := "7"
		if f.Draft {
			speed = "8"
		}
		return []string{"-c:v", "libvpx-vp9", "-crf", "28", "-b:v", "0", "-deadline", "realtime", "-cpu-used", speed, "-row-mt", "0"}
	}
	if f.Draft {
		return []string{"-c:v", "libx264", "-preset", "ultrafast", "-crf", "23"}
	}
	return []string{
		"-c:v", "libx264", "-preset", "veryfast", "-crf", "20", "-profile:v", "high",
		"-subq", "1", // a quarter less work than the preset asks for; on our frames the files are even smaller
		"-aq-strength", "0.6", // soft gradients need fewer bits than x264 thinks
	}
}

// SoundSettings are what the bytes of a sound file depend on besides its samples and the version of ffmpeg.
func SoundSettings(f format.Format) []string { return soundArgs(f, "", "") }

// soundArgs are ffmpeg's arguments for the sound. A draft's is mono.
func soundArgs(f format.Format, wav, file string) []string {
	args := append(quiet(), "-protocol_whitelist", "file", "-f", "wav", "-i", wav, "-map", "0:a")
	switch {
	case f.Audio == format.OPUS && f.Draft:
		args = append(args, "-c:a", "libopus", "-compression_level", "0", "-ac", "1", "-b:a", "64k")
	case f.Audio == format.OPUS:
		args = append(args, "-c:a", "libopus", "-b:a", "128k")
	case f.Draft:
		args = append(args, "-c:a", "aac", "-aac_coder", "fast", "-ac", "1", "-b:a", "80k")
	default:
		// The fast coder takes a quarter of the time, and is the better one at so many bits.
		args = append(args, "-c:a", "aac", "-aac_coder", "fast", "-b:a", "160k")
	}
	args = append(args, "-threads", "1", "-flags:a", "+bitexact")
	return append(append(args, exact()...), "-f", "mp4", file)
}
