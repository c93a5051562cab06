package encode

import (
	"fmt"
	"strconv"
)

// args are ffmpeg's arguments. Bit-exact flags and one thread make the file depend on the frames alone.
func (j Job) args() []string {
	return []string{
		"-nostdin", "-hide_banner", "-loglevel", "error", "-y",
		"-protocol_whitelist", "file,pipe",
		"-f", "rawvideo", "-pix_fmt", "yuv420p", "-video_size", fmt.Sprintf("%dx%d", j.Width, j.Height),
		"-framerate", strconv.Itoa(j.Rate), "-i", "pipe:0",
		"-protocol_whitelist", "file,pipe", "-f", "wav", "-i", j.Sound,
		"-map", "0:v", "-map", "1:a",
		"-c:v", "libx264", "-preset", "veryfast", "-crf", "20", "-threads", "1",
		"-aq-strength", "0.6", // soft gradients need fewer bits than x264 thinks
		"-pix_fmt", "yuv420p", "-profile:v", "high",
		"-g", strconv.Itoa(2 * j.Rate), "-flags:v", "+cgop+bitexact",
		"-colorspace", "bt709", "-color_primaries", "bt709", "-color_trc", "bt709", "-color_range", "tv",
		"-c:a", "aac", "-b:a", "160k", "-flags:a", "+bitexact",
		"-fflags", "+bitexact", "-map_metadata", "-1", "-video_track_timescale", "15360",
		"-movflags", "+faststart", "-f", "mp4", j.Video,
	}
}
