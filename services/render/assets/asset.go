package assets

import (
	"errors"
	"fmt"
	"time"
)

// Kind is what a file is used as.
type Kind int

// The kinds.
const (
	Image Kind = iota + 1
	Video
	Audio
)

func (k Kind) String() string {
	switch k {
	case Image:
		return "image"
	case Video:
		return "video"
	case Audio:
		return "audio"
	}
	return fmt.Sprintf("kind %d", int(k))
}

const mebi = 1 << 20

// most is how large a file of a kind may be, in bytes.
func (k Kind) most() int64 {
	switch k {
	case Image:
		return 20 * mebi
	case Video:
		return 200 * mebi
	}
	return 50 * mebi
}

// Asset is a local file that is what it should be.
type Asset struct {
	// Path is in the folder that was named when the file was asked for.
	Path string
	// SHA256 of the content, in lower-case hexadecimal.
	SHA256 string
	Kind   Kind
	Format Format
	Size   int64
	// Width and Height of the picture in pixels, as it is shown; 0 for a sound.
	Width, Height int
	// Duration of a video or sound; 0 for an image.
	Duration time.Duration
}

// Problem is why a file cannot be had. It says so in words for whoever gave the address.
type Problem struct {
	// Why completes "cannot use it: ...".
	Why string
	// Passing trouble may be over when it is tried again.
	Passing bool
	Err     error
}

func (p *Problem) Error() string {
	if p.Err != nil {
		return p.Why + ": " + p.Err.Error()
	}
	return p.Why
}

// Unwrap gives the cause.
func (p *Problem) Unwrap() error { return p.Err }

// Passing tells whether the trouble may be over when it is tried again.
func Passing(err error) bool {
	var p *Problem
	return errors.As(err, &p) && p.Passing
}

func bad(format string, args ...any) error { return &Problem{Why: fmt.Sprintf(format, args...)} }
