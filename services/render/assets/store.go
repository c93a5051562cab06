package assets

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/sheetreel/sheetreel/kit/safehttp"
	"github.com/sheetreel/sheetreel/services/render/probe"
)

// Config says where files are kept. Zero values mean the defaults.
type Config struct {
	Dir          string `name:"assets" help:"Folder on a local disk that keeps pictures, clips and sounds from the web. By default one in the system's temporary folder." env:"SHEETREEL_ASSETS" placeholder:"FOLDER"`
	Size         int64  `name:"assets-size" help:"How much of the disk they may take, in MiB." default:"2048" env:"SHEETREEL_ASSETS_SIZE"`
	AllowPrivate bool   `name:"assets-allow-private" help:"Let them come from loopback and private networks, over http too. Whoever may make videos reaches into your network then." env:"SHEETREEL_ASSETS_ALLOW_PRIVATE"`
}

const (
	fetchTimeout = time.Minute
	// fresh is how long an address is not asked again: the rows of a sheet often share a picture.
	fresh = 10 * time.Minute
	// noteAge is how long it is remembered what an address gave.
	noteAge = 30 * 24 * time.Hour
)

// Deps are what a store works with.
type Deps struct {
	// Measure tells the size and length of a video or sound, which it must read as the given format and no other. Its
	// error is the file's fault, unless it is [probe.ErrMachine].
	Measure func(ctx context.Context, path string, f Format) (w, h int, d time.Duration, err error)
	// Client calls the web; nil is a client that keeps strangers out of our network.
	Client *http.Client
	// Now is the clock; nil is the machine's.
	Now func() time.Time
}

// Store brings files from the web and keeps them. It is safe for concurrent use, and its folder may be shared by
// processes.
type Store struct {
	Deps
	shelf *shelf
	notes notes
	temp  string

	mu    sync.Mutex
	calls map[string]chan struct{} // by key, closed when the call is over: who comes second waits for the first
}

// Open makes a store, and its folder.
func Open(cfg Config, deps Deps) (*Store, error) {
	if cfg.Dir == "" {
		cfg.Dir = filepath.Join(os.TempDir(), fmt.Sprintf("sheetreel-%d", os.Getuid()), "assets")
	}
	if cfg.Size == 0 {
		cfg.Size = 2048
	}
	if cfg.Size < 0 {
		return nil, fmt.Errorf("assets-size: is %d; it must be positive", cfg.Size)
	}
	if deps.Measure == nil {
		return nil, errors.New("assets: something is needed that measures videos")
	}
	if deps.Client == nil {
		deps.Client = safehttp.Policy{AllowHTTP: cfg.AllowPrivate, AllowPrivate: cfg.AllowPrivate, Redirects: 3, Timeout: fetchTimeout}.Client()
	}
	if deps.Now == nil {
		deps.Now = time.Now
	}
	s := &Store{Deps: deps, notes: notes{filepath.Join(cfg.Dir, "notes")}, temp: filepath.Join(cfg.Dir, "new"), calls: map[string]chan struct{}{}}
	for _, dir := range []string{s.notes.dir, s.temp} {
		if err := os.MkdirAll(dir, 0o700); err != nil {
			return nil, fmt.Errorf("assets: %w", err)
		}
	}
	var err error
	if s.shelf, err = openShelf(filepath.Join(cfg.Dir, "cas"), cfg.Size*mebi); err != nil {
		return nil, fmt.Errorf("assets: %w", err)
	}
	now := deps.Now()
	if err := errors.Join(s.notes.forget(now.Add(-noteAge)), notes{s.temp}.forget(now.Add(-time.Hour))); err != nil {
		return nil, fmt.Errorf("assets: %w", err)
	}
	return s, nil
}

// Fetch gives the file behind an address as a file in dir, which must be there; the caller removes it. An address that was
// asked lately is not asked again. The error is a [Problem] when the address or what is behind it is the cause.
func (s *Store) Fetch(ctx context.Context, uri string, kind Kind, dir string) (Asset, error) {
	return s.get(ctx, kind.String()+" "+uri, dir, func(known note, ok bool) (note, error) {
		if ok && s.Now().Sub(known.Fetched) < fresh {
			return known, nil
		}
		return s.download(ctx, uri, kind, known)
	})
}

// Wished gives what was made for a wish, such as a prompt, as a file in dir. make is asked to write it when it
// is not kept; equal keys must mean equal wishes.
func (s *Store) Wished(ctx context.Context, key string, kind Kind, dir string, make func(context.Context, io.Writer) error) (Asset, error) {
	return s.get(ctx, "wish "+kind.String()+" "+key, dir, func(known note, ok bool) (note, error) {
		if ok {
			return known, nil
		}
		pipe := func(w io.Writer) error { return make(ctx, w) }
		a, err := s.keep(ctx, kind, pipe)
		return note{Asset: a, Fetched: s.Now()}, err
	})
}

// get links what a note names into dir. renew gives a note that holds, from the one that is known.
func (s *Store) get(ctx context.Context, key, dir string, renew func(note, bool) (note, error)) (Asset, error) {
	release, err := s.alone(ctx, key)
	if err != nil {
		return Asset{}, err
	}
	defer func() { release() }()
	known, ok := s.notes.get(key)
	for again := false; ; again = true {
		n, err := renew(known, ok)
		if err != nil {
			return Asset{}, err
		}
		if err := s.notes.put(key, n); err != nil {
			return Asset{}, fmt.Errorf("assets: %w", err)
		}
		a := n.Asset
		a.Path = filepath.Join(dir, "asset-"+a.SHA256)
		there, err := s.shelf.link(a.SHA256, a.Path)
		switch {
		case err != nil:
			return Asset{}, fmt.Errorf("assets: %w", err)
		case there:
			return a, nil
		case again:
			return Asset{}, errors.New("assets: a file was dropped as soon as it came; --assets-size is too small")
		}
		known, ok = note{}, false // it was dropped
	}
}

// alone waits until nobody else gets the same.
func (s *Store) alone(ctx context.Context, key string) (release func(), err error) {
	for {
		s.mu.Lock()
		other, busy := s.calls[key]
		if !busy {
			mine := make(chan struct{})
			s.calls[key] = mine
			s.mu.Unlock()
			return func() {
				s.mu.Lock()
				delete(s.calls, key)
				s.mu.Unlock()
				close(mine)
			}, nil
		}
		s.mu.Unlock()
		select {
		case <-other:
		case <-ctx.Done():
			return nil, context.Cause(ctx)
		}
	}
}

// keep takes what write writes, looks whether it is of the kind, and puts it on the shelf.
func (s *Store) keep(ctx context.Context, kind Kind, write func(io.Writer) error) (a Asset, err error) {
	file, err := os.CreateTemp(s.temp, "new-")
	if err != nil {
		return Asset{}, fmt.Errorf("assets: %w", err)
	}
	defer func() {
		if err != nil {
			_ = file.Close()
			err = errors.Join(err, os.Remove(file.Name()))
		}
	}()
	digest := sha256.New()
	into := &taker{to: io.MultiWriter(file, digest), kind: kind}
	err = write(into)
	if err == nil {
		err = into.end()
	}
	if err != nil {
		return Asset{}, err
	}
	a = Asset{SHA256: hex.EncodeToString(digest.Sum(nil)), Kind: kind, Format: into.format, Size: into.size}
	if err = s.measure(ctx, file.Name(), &a); err != nil {
		return Asset{}, err
	}
	if err = file.Close(); err != nil {
		return Asset{}, fmt.Errorf("assets: %w", err)
	}
	if err = s.shelf.add(file.Name(), a.SHA256, a.Size); err != nil {
		return Asset{}, fmt.Errorf("assets: %w", err)
	}
	return a, nil
}

// measure fills in the size and length.
func (s *Store) measure(ctx context.Context, path string, a *Asset) error {
	if a.Kind == Image {
		var err error
		a.Width, a.Height, err = Measure(path, a.Format)
		return err
	}
	w, h, d, err := s.Measure(ctx, path, a.Format)
	switch {
	case ctx.Err() != nil:
		return context.Cause(ctx)
	case errors.Is(err, probe.ErrMachine):
		return fmt.Errorf("assets: %w", err)
	case err != nil:
		return &Problem{Why: "is a broken " + a.Kind.String(), Err: err}
	case a.Kind == Video && (w <= 0 || h <= 0):
		return bad("is a video without a picture")
	case a.Kind == Video && int64(w)*int64(h) > maxPixels:
		return bad("has %d x %d pixels; at most %d million are taken", w, h, maxPixels/1_000_000)
	case d <= 0:
		return bad("is a %s without a length", a.Kind)
	}
	if a.Kind == Video {
		a.Width, a.Height = w, h
	}
	a.Duration = d
	return nil
}
