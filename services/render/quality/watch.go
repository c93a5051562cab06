package quality

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
)

const (
	// lookRate is how many pictures of a second are looked at.
	lookRate = 10
	// shortSide of the pictures that are looked at, in pixels.
	shortSide = 144
	timeout   = 5 * time.Minute
	killWait  = 2 * time.Second
	saidMost  = 256 << 10
)

// seen is what one pass over the file has shown.
type seen struct {
	still  stillness
	ssim   []float64 // of the samples, in their order; as many as there were frames
	sound  sound
	broken []string // complaints of the decoder
	cpu    time.Duration
}

// small is the size of the pictures that are looked at: the short side is scaled down, both are even.
func small(w, h int32) (int, int) {
	short := min(w, h)
	if short <= 0 {
		return shortSide, shortSide
	}
	scale := min(1, float64(shortSide)/float64(short))
	even := func(x int32) int { return max(2, int(float64(x)*scale/2+0.5)*2) }
	return even(w), even(h)
}

// watch lets ffmpeg decode all of the file, once, and looks at what comes.
func watch(ctx context.Context, j Job) (*seen, error) {
	program := j.FFmpeg
	if program == "" {
		program = "ffmpeg"
	}
	program, err := exec.LookPath(program)
	if err != nil {
		return nil, fmt.Errorf("install ffmpeg, or name it with --ffmpeg: %w", err)
	}
	ctx, cancel := context.WithTimeoutCause(ctx, timeout, errors.New("ffmpeg takes too long"))
	defer cancel()
	w, h := small(j.Media.GetWidth(), j.Media.GetHeight())
	cmd := exec.CommandContext(ctx, program, arguments(j, w, h)...)
	said := &bounded{max: saidMost}
	cmd.Dir, cmd.Stderr, cmd.Env = filepath.Dir(j.Video), said, []string{"PATH=/usr/bin:/bin", "LC_ALL=C"}
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }
	cmd.WaitDelay = killWait
	out := &seen{still: stillness{width: w, height: h}}
	if err := out.follow(cmd, j, w*h); err != nil {
		if ctx.Err() != nil {
			return nil, context.Cause(ctx)
		}
		var exit *exec.ExitError
		if !errors.As(err, &exit) {
			return nil, err
		}
		out.broken = append(out.broken, fmt.Sprintf("ffmpeg gave up (%v)", err))
	}
	out.broken = append(out.broken, complaints(said.String())...)
	out.sound = parseSound(said.String())
	out.cpu = cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()
	return out, nil
}

// follow starts ffmpeg and reads its pictures until it ends.
func (s *seen) follow(cmd *exec.Cmd, j Job, size int) error {
	pictures, write, err := os.Pipe()
	if err != nil {
		return err
	}
	defer pictures.Close()
	samples, sampleWrite, err := os.Pipe()
	if err != nil {
		return errors.Join(err, write.Close())
	}
	defer samples.Close()
	cmd.Stdout, cmd.ExtraFiles = write, []*os.File{sampleWrite}
	err = cmd.Start()
	write.Close() // ffmpeg has its own
	sampleWrite.Close()
	if err != nil {
		return err
	}
	compared := make(chan struct{})
	go func() {
		defer close(compared)
		s.compare(samples, j, size)
	}()
	frame := make([]byte, size)
	for {
		if _, err := io.ReadFull(pictures, frame); err != nil {
			break
		}
		s.still.look(frame)
	}
	<-compared
	err = cmd.Wait()
	s.still.end()
	return err
}

// compare reads the frames that there are samples of.
func (s *seen) compare(r io.Reader, j Job, size int) {
	frame := make([]byte, size)
	for _, sample := range j.samples() {
		if _, err := io.ReadFull(r, frame); err != nil {
			break
		}
		w, h := small(j.Media.GetWidth(), j.Media.GetHeight())
		s.ssim = append(s.ssim, ssim(sample.scaled(w, h), frame, w, h))
	}
	_, _ = io.Copy(io.Discard, r) // so that ffmpeg is never stopped by a full pipe
}

// arguments are ffmpeg's.
func arguments(j Job, w, h int) []string {
	args := []string{
		"-nostdin", "-hide_banner", "-nostats", "-loglevel", "level+info",
		"-protocol_whitelist", "file", "-format_whitelist", "mov,matroska", "-threads", "1",
		"-i", "file:" + filepath.Base(j.Video),
	}
	gray := fmt.Sprintf("scale=%d:%d:flags=area,format=gray", w, h)
	graph := fmt.Sprintf("[0:v:0]fps=%d,%s[v]", lookRate, gray)
	if len(j.samples()) > 0 {
		graph = fmt.Sprintf("[0:v:0]split[p][q];[p]fps=%d,%s[v];[q]select='%s',%s[s]", lookRate, gray, chosen(j.samples()), gray)
	}
	if j.Media.GetAudioCodec() != "" {
		graph += fmt.Sprintf(";[0:a:0]ebur128=peak=true:framelog=verbose,silencedetect=noise=%gdB:d=%g[a]", silenceLevel, silenceLeast.Seconds())
	}
	args = append(args, "-filter_complex", graph, "-map", "[v]", "-f", "rawvideo", "pipe:1")
	if len(j.samples()) > 0 {
		args = append(args, "-map", "[s]", "-fps_mode", "passthrough", "-f", "rawvideo", "pipe:3")
	}
	if j.Media.GetAudioCodec() != "" {
		args = append(args, "-map", "[a]", "-f", "null", "-")
	}
	return args
}

// chosen is a filter's expression for the frames of the samples.
func chosen(samples []Sample) string {
	var terms []string
	for _, s := range samples {
		terms = append(terms, "eq(n,"+strconv.Itoa(s.Frame)+")")
	}
	return strings.Join(terms, "+")
}

// bounded keeps the first bytes and the last, where the summary stands.
type bounded struct {
	head, tail []byte
	max        int
}

func (b *bounded) Write(p []byte) (int, error) {
	n := min(len(p), b.max/2-len(b.head))
	b.head = append(b.head, p[:n]...)
	b.tail = append(b.tail, p[n:]...)
	if over := len(b.tail) - b.max/2; over > 0 {
		b.tail = append(b.tail[:0], b.tail[over:]...)
	}
	return len(p), nil
}

func (b *bounded) String() string { return string(b.head) + string(b.tail) }
