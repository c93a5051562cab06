// Package cache keeps what was expensive to make, by the key of everything that decided it: encoded scenes, spoken
// sentences, sound tracks.
//
//	Get: folder -> shared bucket -> miss          Put: temporary file -> rename -> shared bucket
//
// It promises: what comes out is what went in, because length and digest are verified on every read, and a damaged
// entry is deleted and counts as a miss; the folder stays below its size, oldest use first, but for what several
// processes add at the same moment; any number of goroutines and processes may use one folder; a crash leaves at
// worst a temporary file, which a later process removes. Trouble with the cache costs time and never a video: it is
// logged, and the caller renders.
package cache

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/sheetreel/sheetreel/kit/blobstore"
)

// Config says where the cache is and how large it may become. The zero value is no cache.
type Config struct {
	Dir  string `name:"cache" help:"Folder for scenes, voices and sound that were made and may be needed again; off keeps nothing." default:"./sheetreel-data/cache" env:"SHEETREEL_CACHE" placeholder:"FOLDER"`
	Size Size   `name:"cache-size" help:"How large the cache may become." default:"10GB" env:"SHEETREEL_CACHE_SIZE" placeholder:"SIZE"`
	// Shared is asked when the folder does not have a key, and gets a copy of all that is made. What is in it is
	// deleted by its owner's rules.
	Shared string `name:"shared-cache" help:"A blob store in which several workers share what they made: a folder or a URL." env:"SHEETREEL_SHARED_CACHE" placeholder:"FOLDER"`
}

// Off is a folder's name that means no cache.
const Off = "off"

// defaultSize is what a cache may take when nothing else is said.
const defaultSize Size = 10 << 30

// File is the path of a small file beside the entries, for what else is worth keeping; empty when nothing is kept.
func (c Config) File(name string) string {
	if c.Dir == "" || c.Dir == Off {
		return ""
	}
	return filepath.Join(c.Dir, name)
}

// Deps are what a cache works with.
type Deps struct {
	Log *slog.Logger
	// Now is the clock; nil is the machine's.
	Now func() time.Time
}

// Cache is a folder of entries. A nil Cache is empty and keeps nothing.
type Cache struct {
	dir    string
	size   int64
	now    func() time.Time
	log    *slog.Logger
	shared *shared

	mu    sync.Mutex
	used  int64 // as far as this process knows; negative: it has not looked yet
	added int64 // since it looked
}

// Open opens a cache, and makes its folder. It gives nil, which is a cache that keeps nothing, when there shall be
// none.
func Open(cfg Config, deps Deps) (*Cache, error) {
	if cfg.Dir == "" || cfg.Dir == Off {
		return nil, nil
	}
	if cfg.Size == 0 {
		cfg.Size = defaultSize
	}
	if cfg.Size < 0 {
		return nil, fmt.Errorf("cache: a size of %d bytes cannot be", cfg.Size)
	}
	dir, err := filepath.Abs(cfg.Dir)
	if err != nil {
		return nil, fmt.Errorf("cache: %w", err)
	}
	c := &Cache{dir: dir, size: int64(cfg.Size), now: deps.Now, log: deps.Log, used: -1}
	if c.now == nil {
		c.now = time.Now
	}
	if c.log == nil {
		c.log = slog.New(slog.DiscardHandler)
	}
	for _, folder := range []string{c.temporary(), filepath.Join(dir, "cas")} {
		if err := os.MkdirAll(folder, 0o700); err != nil {
			return nil, fmt.Errorf("cache: %w; name another folder with --cache, or none with --cache=off", err)
		}
	}
	c.sweep()
	if cfg.Shared != "" {
		bucket, err := blobstore.Open(cfg.Shared)
		if err != nil {
			return nil, fmt.Errorf("shared cache: %w", err)
		}
		c.shared = &shared{bucket: bucket, log: c.log, now: c.now}
	}
	return c, nil
}

// Close gives up what the cache holds. Nobody may use it any more.
func (c *Cache) Close() error {
	if c == nil || c.shared == nil {
		return nil
	}
	return c.shared.bucket.Close()
}

func (c *Cache) temporary() string { return filepath.Join(c.dir, "tmp") }

func (c *Cache) file(k Key) string { return filepath.Join(c.dir, filepath.FromSlash(k.path())) }

// Get writes the content of a key to a file that must not exist, and says what it cost to make. False says that the
// cache does not have it; then there is no file.
func (c *Cache) Get(ctx context.Context, k Key, dst string) (cost time.Duration, ok bool) {
	if c == nil || ctx.Err() != nil {
		return 0, false
	}
	h, err := c.read(k, dst)
	if errors.Is(err, fs.ErrNotExist) && c.shared.get(ctx, k, c.receive(k)) {
		h, err = c.read(k, dst)
	}
	switch {
	case err == nil:
		return h.cost, true
	case errors.Is(err, errDamaged):
		c.log.WarnContext(ctx, "a damaged entry of the cache is removed", "key", k.String(), "error", err)
		_ = os.Remove(c.file(k)) // whoever can, has
	case !errors.Is(err, fs.ErrNotExist):
		c.log.WarnContext(ctx, "the cache cannot be read", "key", k.String(), "error", err)
	}
	return 0, false
}

// read copies an entry's content out and marks the entry as used.
func (c *Cache) read(k Key, dst string) (h header, err error) {
	entry, err := os.Open(c.file(k))
	if err != nil {
		return h, err
	}
	defer entry.Close()
	out, err := os.OpenFile(dst, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return h, &copyError{err}
	}
	h, err = readEntry(out, entry)
	if err = errors.Join(err, out.Close()); err != nil {
		return h, errors.Join(err, os.Remove(dst))
	}
	now := c.now()
	_ = os.Chtimes(c.file(k), now, now) // it may have been deleted meanwhile
	return h, nil
}

// copyError is trouble with the caller's file. It hides its cause: a folder that is missing there is no miss.
type copyError struct{ cause error }

func (e *copyError) Error() string { return "copy out: " + e.cause.Error() }

// Put keeps the content of a file under a key; cost is the processor time that it took to make.
func (c *Cache) Put(ctx context.Context, k Key, src string, cost time.Duration) {
	if c == nil {
		return
	}
	err := c.keep(k, func(w io.WriteSeeker) error {
		in, err := os.Open(src)
		if err != nil {
			return err
		}
		defer in.Close()
		info, err := in.Stat()
		if err != nil {
			return err
		}
		return writeEntry(w, in, info.Size(), cost)
	})
	if err != nil {
		c.log.WarnContext(ctx, "the cache cannot be written", "key", k.String(), "error", err)
		return
	}
	c.shared.put(ctx, k, c.file(k))
}

// receive takes an entry from the shared bucket into the folder, if it is whole.
func (c *Cache) receive(k Key) func(io.Reader) error {
	return func(r io.Reader) error {
		return c.keep(k, func(w io.WriteSeeker) error {
			_, err := readEntry(io.Discard, io.TeeReader(r, w))
			return err
		})
	}
}

// keep writes an entry beside its place and renames it.
func (c *Cache) keep(k Key, write func(io.WriteSeeker) error) (err error) {
	f, err := os.CreateTemp(c.temporary(), "entry-")
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, os.Remove(f.Name()))
		}
	}()
	err = write(f)
	size, seekErr := f.Seek(0, io.SeekEnd)
	if err = errors.Join(err, seekErr, f.Close()); err != nil {
		return err
	}
	if size > c.size {
		return fmt.Errorf("an entry of %d bytes does not fit into a cache of %d", size, c.size)
	}
	now := c.now()
	if err := os.Chtimes(f.Name(), now, now); err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(c.file(k)), 0o700); err != nil {
		return err
	}
	if err := os.Rename(f.Name(), c.file(k)); err != nil {
		return err
	}
	return c.grow(size)
}
