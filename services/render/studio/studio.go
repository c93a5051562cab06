// Package studio is the built-in provider: it speaks the narration, composes every frame in Go, mixes the sound and
// lets ffmpeg encode. It needs no network and no graphics hardware.
//
//	storyboard -> speak -> retime -> film (frames) -+-> encode -> video.mp4
//	                         |                      |
//	                         +-> sound (track.wav) -+
//	                         +-> captions.srt, captions.vtt, poster.jpg
package studio

import (
	"context"
	"errors"
	"fmt"
	"log/slog"

	schedulerv1 "github.com/sheetreel/sheetreel/gen/sheetreel/scheduler/v1"
	"github.com/sheetreel/sheetreel/services/render/provider"
	"github.com/sheetreel/sheetreel/services/render/speech"
)

// Version changes when the same storyboard would give other frames or sound.
const Version = "1"

// Config says where the studio finds what it needs. The zero value finds what Debian packages install.
type Config struct {
	FFmpeg string   `name:"ffmpeg" help:"The ffmpeg program." default:"ffmpeg" env:"SHEETREEL_FFMPEG"`
	Fonts  []string `help:"Folders to look for fonts in, first wins." default:"/usr/local/share/fonts,/usr/share/fonts" env:"SHEETREEL_FONTS"`
	Silent bool     `name:"no-music" help:"Leave out the bed of music." env:"SHEETREEL_NO_MUSIC"`
}

// Deps are what the studio works with.
type Deps struct {
	// Speech speaks; nil makes videos without voice.
	Speech speech.Engine
	Log    *slog.Logger
}

// Studio is the provider. It is safe for concurrent use; each render takes about one core.
type Studio struct {
	cfg    Config
	speech speech.Engine
	log    *slog.Logger
	fonts  library
}

// New makes a studio. Fonts and programs are looked for at the first render, so that a service can start without them
// and say what is missing where it matters.
func New(cfg Config, deps Deps) *Studio {
	if len(cfg.Fonts) == 0 {
		cfg.Fonts = []string{"/usr/local/share/fonts", "/usr/share/fonts"}
	}
	log := deps.Log
	if log == nil {
		log = slog.New(slog.DiscardHandler)
	}
	return &Studio{cfg: cfg, speech: deps.Speech, log: log}
}

// Name is "studio".
func (s *Studio) Name() string { return "studio" }

// classed gives an error its class, unless it has one or says that the caller gave up.
func classed(class schedulerv1.FailureClass, err error) error {
	var known *provider.Error
	if err == nil || errors.As(err, &known) || errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return err
	}
	return &provider.Error{Class: class, Err: err}
}

func system(err error) error { return classed(schedulerv1.FailureClass_SYSTEM, err) }

func permanent(format string, args ...any) error {
	return classed(schedulerv1.FailureClass_PERMANENT, fmt.Errorf(format, args...))
}
