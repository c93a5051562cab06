// Package encode makes video files with the ffmpeg program.
//
//	frames  -> Start, Write, Finish -> one chunk (a file with a picture alone), any number at the same time
//	WAV     -> Sound                -> one file with sound alone
//	both    -> Join                 -> the video, copied together without encoding anything again
//
// ffmpeg reads frames from its standard input and files from the folder it runs in, and nothing else: no network, no
// shell, no names that a user chose, no kind of file that we have not written ourselves. It runs in a process group of
// its own, which is killed whole when the context ends, when it makes no progress for too long, when we die, or when
// [Encoder.Close] is called early. One thread and bit-exact flags make a file depend on its input alone.
package encode

import (
	"context"
	"errors"
	"os"
	"time"

	"github.com/sheetreel/sheetreel/services/render/format"
)

// Tool is the ffmpeg program.
type Tool struct {
	// FFmpeg is the program; empty is "ffmpeg" of the PATH.
	FFmpeg string
	// Stall is how long it may make no progress; 0 is half a minute.
	Stall time.Duration
}

// Picture is the size, rate and kind of a video.
type Picture struct {
	Format format.Format
	// Width and Height in pixels, Rate in frames per second.
	Width, Height, Rate int
}

// ErrMissing says that the ffmpeg program is not there.
var ErrMissing = errors.New("install ffmpeg, or name it with --ffmpeg")

// ErrStalled says that ffmpeg made no progress and was killed.
var ErrStalled = errors.New("no progress")

const defaultStall = 30 * time.Second

func (t Tool) stall() time.Duration {
	if t.Stall <= 0 {
		return defaultStall
	}
	return t.Stall
}

// Encoder is an ffmpeg that takes the frames of one chunk. Write and Finish are for one goroutine.
type Encoder struct {
	program *program
	stdin   *os.File
}

// Start starts a chunk: file is its name in the folder dir. The caller must call Finish or Close.
func Start(ctx context.Context, tool Tool, dir, file string, p Picture) (*Encoder, error) {
	read, write, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	defer read.Close() // ffmpeg has its own
	widen(write)
	program, err := tool.start(ctx, dir, read, p.args(file))
	if err != nil {
		write.Close()
		return nil, err
	}
	return &Encoder{program: program, stdin: write}, nil
}

// Write hands over one frame: the planes Y, Cb and Cr without padding.
func (e *Encoder) Write(frame []byte) error {
	if _, err := e.stdin.Write(frame); err != nil {
		return e.wait(err)
	}
	e.program.moved()
	return nil
}

// Finish says that there are no more frames and waits until the file is complete.
func (e *Encoder) Finish() error { return e.wait(e.stdin.Close()) }

// Close kills ffmpeg if it still runs and waits until it is gone. It may be called at any time, more than once.
func (e *Encoder) Close() {
	e.program.kill()
	_ = e.wait(nil)
}

// CPU is the processor time that ffmpeg took. It is known after Finish or Close.
func (e *Encoder) CPU() time.Duration { return e.program.cpu }

func (e *Encoder) wait(cause error) error {
	e.stdin.Close()
	return e.program.wait(cause)
}
