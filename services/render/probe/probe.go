// Package probe measures a finished media file with ffprobe.
package probe

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"

	"google.golang.org/protobuf/types/known/durationpb"

	renderv1 "github.com/sheetreel/sheetreel/gen/sheetreel/render/v1"
)

const (
	timeout   = 20 * time.Second
	maxOutput = 1 << 20
)

// ErrMachine says that ffprobe could not be started: that is no fault of the file.
var ErrMachine = errors.New("ffprobe cannot be started")

// File measures a local file. A file without a picture is an error. ffprobe gets no network and only files.
func File(ctx context.Context, path string) (*renderv1.Media, error) {
	return measure(ctx, path)
}

// As measures a local file that a stranger made, which ffprobe reads as the given format and no other, whatever is in it.
// The file may be a sound without a picture.
func As(ctx context.Context, path, demuxer string) (*renderv1.Media, error) {
	return measure(ctx, path, "-format_whitelist", demuxer, "-f", demuxer)
}

func measure(ctx context.Context, path string, options ...string) (*renderv1.Media, error) {
	path, err := filepath.Abs(path)
	if err != nil {
		return nil, fmt.Errorf("probe: %w", err)
	}
	ctx, cancel := context.WithTimeoutCause(ctx, timeout, errors.New("ffprobe takes too long"))
	defer cancel()
	args := append([]string{"-v", "error", "-protocol_whitelist", "file"}, options...)
	cmd := exec.CommandContext(ctx, "ffprobe", append(args, "-print_format", "json",
		"-show_entries", "stream=codec_type,codec_name,width,height,duration,avg_frame_rate,nb_frames:format=duration,format_name,bit_rate", "-i", "file:"+path)...)
	out, complaints := &bounded{max: maxOutput}, &bounded{max: maxOutput}
	cmd.Stdout, cmd.Stderr = out, complaints
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }
	cmd.WaitDelay = 2 * time.Second
	err = cmd.Run()
	switch {
	case ctx.Err() != nil:
		return nil, fmt.Errorf("probe %s: %w", filepath.Base(path), context.Cause(ctx))
	case errors.Is(err, exec.ErrNotFound):
		return nil, fmt.Errorf("ffprobe is not installed or not in PATH; the Debian package is ffmpeg: %w: %w", ErrMachine, err)
	case err != nil && cmd.ProcessState == nil:
		return nil, fmt.Errorf("probe %s: %w: %w", filepath.Base(path), ErrMachine, err)
	case err != nil:
		return nil, fmt.Errorf("probe %s: %w: %.500s", filepath.Base(path), err, strings.TrimSpace(complaints.String()))
	}
	media, err := parse(out.Bytes())
	if err == nil && len(options) == 0 {
		err = pictured(media)
	}
	if err != nil {
		return nil, fmt.Errorf("probe %s: %w", filepath.Base(path), err)
	}
	media.Container = container(media.GetContainer(), filepath.Ext(path))
	return media, nil
}

// parse reads ffprobe's JSON.
func parse(data []byte) (*renderv1.Media, error) {
	var answer struct {
		Streams []struct {
			CodecType string `json:"codec_type"`
			CodecName string `json:"codec_name"`
			Width     int32  `json:"width"`
			Height    int32  `json:"height"`
			Duration  string `json:"duration"`
			FrameRate string `json:"avg_frame_rate"`
			Frames    string `json:"nb_frames"`
		} `json:"streams"`
		Format struct {
			Duration string `json:"duration"`
			Name     string `json:"format_name"`
			BitRate  string `json:"bit_rate"`
		} `json:"format"`
	}
	if err := json.Unmarshal(data, &answer); err != nil {
		return nil, fmt.Errorf("answer of ffprobe: %w", err)
	}
	media := &renderv1.Media{Container: answer.Format.Name, BitRate: whole(answer.Format.BitRate)}
	longest := seconds(answer.Format.Duration)
	for _, s := range answer.Streams {
		longest = max(longest, seconds(s.Duration))
		switch {
		case s.CodecType == "video" && media.VideoCodec == "":
			media.VideoCodec, media.Width, media.Height = s.CodecName, s.Width, s.Height
			media.FrameRate, media.FrameCount = ratio(s.FrameRate), int32(min(whole(s.Frames), math.MaxInt32))
		case s.CodecType == "audio" && media.AudioCodec == "":
			media.AudioCodec = s.CodecName
		}
	}
	if longest <= 0 {
		return nil, errors.New("there is nothing in the file that lasts")
	}
	media.Duration = durationpb.New(longest)
	if media.GetFrameCount() == 0 { // not all containers count
		media.FrameCount = int32(min(math.Round(longest.Seconds()*media.GetFrameRate()), math.MaxInt32))
	}
	return media, nil
}

func pictured(m *renderv1.Media) error {
	if m.GetVideoCodec() == "" || m.GetWidth() <= 0 || m.GetHeight() <= 0 {
		return errors.New("there is no picture in the file")
	}
	return nil
}

// seconds reads a decimal; what is not known, or beyond a day, counts as nothing.
func seconds(text string) time.Duration {
	x, err := strconv.ParseFloat(text, 64)
	if err != nil || math.IsNaN(x) || x < 0 || x > 86400 {
		return 0
	}
	return time.Duration(x * float64(time.Second))
}

// whole reads a whole number; what is not known counts as nothing.
func whole(text string) int64 {
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil || n < 0 {
		return 0
	}
	return n
}

// ratio reads a rate, such as 30000/1001.
func ratio(text string) float64 {
	over, under, _ := strings.Cut(text, "/")
	a, b := whole(over), whole(under)
	if b == 0 {
		return 0
	}
	return float64(a) / float64(b)
}

// container names a container by the list of names that ffprobe has for its kind, and by the end of the file's name
// where one kind has several.
func container(names, extension string) string {
	extension = strings.TrimPrefix(extension, ".")
	first, _, _ := strings.Cut(names, ",")
	for name := range strings.SplitSeq(names, ",") {
		if name == extension {
			return name
		}
	}
	return first
}

// bounded keeps the first bytes and drops the rest.
type bounded struct {
	bytes.Buffer
	max int
}

func (b *bounded) Write(p []byte) (int, error) {
	b.Buffer.Write(p[:min(len(p), b.max-b.Len())])
	return len(p), nil
}
