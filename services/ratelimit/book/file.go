package book

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"

	"github.com/sheetreel/sheetreel/services/ratelimit/rule"
)

// base is what is below the layer of the API.
type base struct {
	rules       []rule.Rule
	digest      string
	description string
}

// readBase reads the file, or the built-in limits.
func readBase(path string) (base, error) {
	if path == "" {
		rules, err := rule.Default()
		return base{rules, digest(rule.BuiltInText()), "the limits that are built in"}, err
	}
	text, err := rule.Read(path)
	if err != nil {
		return base{}, err
	}
	return parseBase(path, text)
}

func parseBase(path string, text []byte) (base, error) {
	rules, err := rule.Parse(text)
	if err != nil {
		return base{}, &FileError{path, err}
	}
	return base{rules, digest(text), "the limits of the file " + path}, nil
}

func digest(text []byte) string {
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:])
}

// FileError says what is wrong with the file.
type FileError struct {
	Path string
	Err  error
}

func (e *FileError) Error() string { return "limits " + e.Path + ": " + e.Err.Error() }

// Unwrap returns what is wrong.
func (e *FileError) Unwrap() error { return e.Err }

// watched is what a poll has seen of the file before.
type watched struct {
	seen  string // digest of the text, or the error of reading it
	tried string // the one that was taken up or refused
}

// pollFile takes the file up when it has changed, and has stayed the same for a poll: it may be in the midst of being
// written. What is refused is logged once.
func (b *Book) pollFile(ctx context.Context) {
	if b.config.File == "" {
		return
	}
	text, err := rule.Read(b.config.File)
	seen := digest(text)
	if err != nil {
		seen = err.Error()
	}
	if b.file.tried == "" {
		b.file.tried = b.State().base.digest
	}
	if stays := seen == b.file.seen; !stays || seen == b.file.tried {
		b.file.seen = seen
		return
	}
	if err == nil {
		err = b.reload(ctx, text)
	}
	if err != nil && ctx.Err() != nil {
		return
	}
	if err == nil || !errors.Is(err, errStore) { // the store's trouble is not the file's, so it is tried again
		b.file.tried = seen
	}
	b.refused(err)
	b.counted(ctx, err)
	if err != nil {
		b.log.ErrorContext(ctx, "the changed file of limits is not taken up; what was in force stays", "file", b.config.File, "error", err)
		return
	}
	b.log.InfoContext(ctx, "the changed file of limits is in force", "file", b.config.File, "revision", b.Set().Version())
}

// errStore marks errors of the store.
var errStore = errors.New("the store of limits has trouble")

// reload puts another text of the file in force, if it is good.
func (b *Book) reload(ctx context.Context, text []byte) error {
	next, err := parseBase(b.config.File, text)
	if err != nil {
		return err
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	for range attempts {
		state, err := b.load(ctx, next, b.State())
		if errors.Is(err, errStore) {
			return err
		}
		if err != nil {
			return &FileError{b.config.File, err}
		}
		state, err = b.note(ctx, state)
		if errors.Is(err, ErrConflict) {
			continue
		}
		if err != nil {
			return err
		}
		b.put(state)
		return nil
	}
	return fmt.Errorf("%w: %w", errStore, ErrConflict)
}

// refused says in the state why the file is not in force, or that it is.
func (b *Book) refused(err error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	state := *b.State()
	state.FileError = err
	b.put(&state)
}
