// Package studio is the built-in provider: it speaks the narration, composes every frame in Go, mixes the sound and
// lets ffmpeg encode. It needs no network and no graphics hardware.
//
//	storyboard -> speak -> retime -+-> film -> chunks (one a scene, some at a time) -+-> join -> video, poster
//	                               +-> sound ----------------------------------------+
//	                               +-> captions
//
// What was spoken, encoded or mixed is kept in a [cache.Cache] by everything that decided it. So a scene that did not
// change is not made again, in no other video neither, and a render that was killed goes on at the first chunk that
// is missing.
package studio

import (
	"context"
	"errors"
	"fmt"
	"image"
	"log/slog"
	"runtime"
	"sync"

	schedulerv1 "github.com/sheetreel/sheetreel/gen/sheetreel/scheduler/v1"
	"github.com/sheetreel/sheetreel/services/render/cache"
	"github.com/sheetreel/sheetreel/services/render/provider"
	"github.com/sheetreel/sheetreel/services/render/speech"
	"github.com/sheetreel/sheetreel/services/render/studio/art"
	"github.com/sheetreel/sheetreel/services/render/studio/encode"
)

// Version changes when the same storyboard would give other frames or sound.
const Version = "2"

// Config says where the studio finds what it needs. The zero value finds what Debian packages install.
type Config struct {
	FFmpeg string   `name:"ffmpeg" help:"The ffmpeg program." default:"ffmpeg" env:"SHEETREEL_FFMPEG"`
	Fonts  []string `help:"Folders to look for fonts in, first wins." default:"/usr/local/share/fonts,/usr/share/fonts" env:"SHEETREEL_FONTS"`
	Art    []string `help:"Folders to look for illustrations of emoji in, first wins." default:".cache/art,/usr/local/share/sheetreel/art,/usr/share/sheetreel/art" env:"SHEETREEL_ART"`
	// Encoders is how many chunks are encoded at the same time.
	Encoders int  `help:"Scenes encoded at the same time, of all videos together; 0 means one for each core." default:"0" env:"SHEETREEL_ENCODERS"`
	Silent   bool `name:"no-music" help:"Leave out the bed of music." env:"SHEETREEL_NO_MUSIC"`
}

// Deps are what the studio works with.
type Deps struct {
	// Speech speaks; nil makes videos without voice.
	Speech speech.Engine
	// Cache keeps what was made; nil keeps nothing.
	Cache *cache.Cache
	Log   *slog.Logger
}

// Studio is the provider. It is safe for concurrent use: all renders together encode as many scenes at a time as the
// configuration says.
type Studio struct {
	cfg    Config
	speech speech.Engine
	cache  *cache.Cache
	log    *slog.Logger
	fonts  library
	art    func() *art.Library // opened once
	slots  int
	gate   *gate
	ffmpeg encode.Versions
	// pictures are decoded, for scenes and rows that share one.
	pictures *cache.Memory[image.Image]
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
	slots := cfg.Encoders
	if slots <= 0 {
		slots = runtime.NumCPU()
	}
	s := &Studio{cfg: cfg, speech: deps.Speech, cache: deps.Cache, log: log, slots: slots, gate: newGate(slots)}
	s.pictures = cache.NewMemory(pictureMemory, weight)
	s.art = sync.OnceValue(s.openArt)
	return s
}

// pictureMemory is how many bytes of decoded pictures a process keeps.
const pictureMemory = 128 << 20

// weight is about how many bytes a decoded picture takes.
func weight(p image.Image) int64 { return 4 * int64(p.Bounds().Dx()) * int64(p.Bounds().Dy()) }

func (s *Studio) tool() encode.Tool { return encode.Tool{FFmpeg: s.cfg.FFmpeg} }

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
