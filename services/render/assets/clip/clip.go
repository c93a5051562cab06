// Package clip reads the frames of a video clip that a stranger made, as raw pictures of the size and rate that a film wants.
//
// ffmpeg decodes them. It reads one local file in the one format that the file's first bytes told, with the decoders of
// usual clips, and nothing else: no network, no other file, no name that a user chose. It runs in a process group of
// its own, which is killed whole when the context ends, when it makes no progress for too long, and by [Reader.Close].
package clip

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/sheetreel/sheetreel/services/render/assets"
)

// Job says which frames are wanted.
type Job struct {
	// FFmpeg is the program; empty is "ffmpeg" of the PATH.
	FFmpeg string
	Asset  assets.Asset
	// Width and Height of the frames in pixels, both even; the clip fills them, and what stands out is cut off.
	Width, Height int
	// Rate is in frames per second.
	Rate int
	// From is where to begin. Beyond the clip's end it goes on from its beginning.
	From time.Duration
	// FocusX and FocusY tell what stays when something is cut off: 0 left or top, 1000 right or bottom. Both 0: the middle.
	FocusX, FocusY int
	// Stall is how long ffmpeg may give no frame; 0 is half a minute.
	Stall time.Duration
}

const (
	defaultStall = 30 * time.Second
	killWait     = 5 * time.Second
	// decoders are what cameras, phones and stock libraries need.
	decoders = "h264,hevc,vp8,vp9,libdav1d,av1,mpeg4,mjpeg,prores,libvpx,libvpx-vp9"
	saidMost = 4 << 10
	// maxPixels of a frame bounds the memory of the decoder, whatever the file says about itself.
	maxPixels = 40_000_000
)

// ErrStalled says that ffmpeg gave no frame for too long and was killed.
var ErrStalled = errors.New("no progress")

// Reader gives the frames of a clip one after the other, for ever: after the last comes the first. It is for one
// goroutine.
type Reader struct {
	ctx    context.Context
	cancel context.CancelCauseFunc
	cmd    *exec.Cmd
	frames io.ReadCloser
	stderr *said
	timer  *time.Timer
	stall  time.Duration
	next   []byte
	err    error
	waited bool
}

// Open starts to read. The caller must call Close.
func Open(ctx context.Context, job Job) (*Reader, error) {
	if job.Asset.Format.Demuxer() == "" || job.Asset.Kind != assets.Video {
		return nil, fmt.Errorf("clip: is a %s of format %s", job.Asset.Kind, job.Asset.Format)
	}
	if job.Width <= 0 || job.Height <= 0 || job.Width%2 != 0 || job.Height%2 != 0 || job.Rate <= 0 {
		return nil, fmt.Errorf("clip: frames of %d x %d at %d a second", job.Width, job.Height, job.Rate)
	}
	program := job.FFmpeg
	if program == "" {
		program = "ffmpeg"
	}
	program, err := exec.LookPath(program)
	if err != nil {
		return nil, fmt.Errorf("clip: install ffmpeg, or name it with --ffmpeg: %w", err)
	}
	r := &Reader{stall: job.Stall, stderr: &said{}, next: make([]byte, job.Width*job.Height*3/2)}
	if r.stall <= 0 {
		r.stall = defaultStall
	}
	r.ctx, r.cancel = context.WithCancelCause(ctx)
	r.cmd = exec.CommandContext(r.ctx, program, job.args()...)
	r.cmd.Dir = filepath.Dir(job.Asset.Path)
	r.cmd.Stderr = r.stderr
	r.cmd.Env = []string{"PATH=/usr/bin:/bin", "LC_ALL=C"}
	r.cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	r.cmd.Cancel = func() error { return syscall.Kill(-r.cmd.Process.Pid, syscall.SIGKILL) }
	r.cmd.WaitDelay = killWait
	if err := r.start(); err != nil {
		r.cancel(nil)
		return nil, fmt.Errorf("clip: %w", err)
	}
	r.timer = time.AfterFunc(r.stall, func() { r.cancel(ErrStalled) })
	return r, nil
}

func (r *Reader) start() error {
	read, write, err := os.Pipe()
	if err != nil {
		return err
	}
	defer write.Close() // ffmpeg has its own
	r.cmd.Stdout, r.frames = write, read
	if err := r.cmd.Start(); err != nil {
		return errors.Join(err, read.Close())
	}
	return nil
}

// Read gives the next frame: the planes Y, Cb and Cr without padding, BT.709 in limited range. After an error, which
// means that the clip is broken from here on or that the context has ended, the frame is as it was.
func (r *Reader) Read(frame []byte) error {
	if r.err != nil {
		return r.err
	}
	if len(frame) != len(r.next) {
		return fmt.Errorf("clip: a frame has %d bytes, not %d", len(r.next), len(frame))
	}
	r.timer.Reset(r.stall)
	_, err := io.ReadFull(r.frames, r.next)
	r.timer.Stop() // a painter may take its time
	if err != nil {
		r.err = r.end(err)
		return r.err
	}
	copy(frame, r.next)
	return nil
}

// Close kills ffmpeg and waits until it is gone. It may be called more than once.
func (r *Reader) Close() {
	r.cancel(context.Canceled)
	_ = r.end(nil)
}

// end waits for ffmpeg and explains its end; cause is what was seen first.
func (r *Reader) end(cause error) error {
	if r.waited {
		return r.err
	}
	r.waited = true
	r.frames.Close() // it cannot go on then
	err := r.cmd.Wait()
	r.timer.Stop()
	stopped := context.Cause(r.ctx)
	r.cancel(nil)
	switch {
	case errors.Is(stopped, ErrStalled):
		return fmt.Errorf("clip: killed after %s: %w", r.stall, ErrStalled)
	case stopped != nil:
		return stopped
	}
	return fmt.Errorf("clip: %w: %s", errors.Join(cause, err), strings.TrimSpace(r.stderr.String()))
}

// args are ffmpeg's arguments.
func (j Job) args() []string {
	from := j.From
	if j.Asset.Duration > 0 {
		from %= j.Asset.Duration
	}
	demuxer := j.Asset.Format.Demuxer()
	return []string{
		"-nostdin", "-hide_banner", "-loglevel", "error",
		"-protocol_whitelist", "file", "-format_whitelist", demuxer, "-codec_whitelist", decoders,
		"-stream_loop", "-1", "-ss", strconv.FormatFloat(from.Seconds(), 'f', 6, 64),
		"-threads", "1", "-max_pixels", strconv.Itoa(maxPixels), "-f", demuxer, "-i", "file:" + filepath.Base(j.Asset.Path),
		"-map", "0:v:0", "-an", "-sn", "-dn", "-vf", j.filter(), "-threads", "1",
		"-protocol_whitelist", "file,pipe", "-f", "rawvideo", "-pix_fmt", "yuv420p", "pipe:1",
	}
}

// filter makes frames of the wanted rate, size and colours.
func (j Job) filter() string {
	x, y := j.FocusX, j.FocusY
	if x == 0 && y == 0 {
		x, y = 500, 500
	}
	return fmt.Sprintf("fps=%d,scale=%d:%d:force_original_aspect_ratio=increase:force_divisible_by=2:out_color_matrix=bt709:out_range=tv:flags=bilinear+accurate_rnd+bitexact,"+
		"crop=%d:%d:(iw-ow)*%d/1000:(ih-oh)*%d/1000,setsar=1,format=yuv420p",
		j.Rate, j.Width, j.Height, j.Width, j.Height, min(max(x, 0), 1000), min(max(y, 0), 1000))
}

// said keeps the first bytes of what ffmpeg complains.
type said struct{ strings.Builder }

func (s *said) Write(p []byte) (int, error) {
	s.Builder.Write(p[:min(len(p), max(0, saidMost-s.Len()))])
	return len(p), nil
}
