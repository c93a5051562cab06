// Package typeset turns text of any script into placed glyphs: font fallback, shaping, bidirectional order, line
// breaks and the largest size that fits a box. It uses the HarfBuzz port of go-text and draws nothing itself.
//
// Fonts are found by file name in font folders. A [Library] is shared by all renders and loads a font once; a
// [Setter] belongs to one goroutine.
package typeset

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"

	"github.com/go-text/typesetting/font"
	"github.com/go-text/typesetting/font/opentype"
)

// ErrFontMissing is in the chain of every error about a font file that was not found.
var ErrFontMissing = errors.New("font missing")

// Library is the set of installed fonts. It is safe for concurrent use.
type Library struct {
	folders []string
	paths   map[string]string // file name to path

	mu      sync.Mutex
	fonts   map[file]*font.Font
	digests map[*font.Font]string
}

// file names a font: a file, and an index for collections.
type file struct {
	name  string
	index int
}

// Open looks through font folders and their subfolders; of equal file names the first wins. A folder that does not
// exist is passed over. The fonts that every video needs must be there.
func Open(folders []string) (*Library, error) {
	l := &Library{folders: folders, paths: map[string]string{}, fonts: map[file]*font.Font{}, digests: map[*font.Font]string{}}
	for _, folder := range folders {
		if err := l.index(folder); err != nil {
			return nil, fmt.Errorf("font folder %s: %w", folder, err)
		}
	}
	for _, f := range []Font{{Display, Black}, {Text, Bold}, {Serif, Bold}} {
		if _, err := l.locate(f.file()); err != nil {
			return nil, err
		}
	}
	return l, nil
}

func (l *Library) index(folder string) error {
	return filepath.WalkDir(folder, func(path string, d fs.DirEntry, err error) error {
		switch {
		case errors.Is(err, fs.ErrNotExist), errors.Is(err, fs.ErrPermission):
			return nil
		case err != nil:
			return err
		}
		switch strings.ToLower(filepath.Ext(path)) {
		case ".otf", ".ttf", ".ttc":
			if name := filepath.Base(path); !d.IsDir() && l.paths[name] == "" {
				l.paths[name] = path
			}
		}
		return nil
	})
}

// has says whether a font file is installed.
func (l *Library) has(f file) bool { return l.paths[f.name] != "" }

// locate gives the path of a font file, or an error that says what to install.
func (l *Library) locate(f file) (string, error) {
	if path := l.paths[f.name]; path != "" {
		return path, nil
	}
	return "", fmt.Errorf("font %s is not in %s: install the package %s: %w",
		f.name, strings.Join(l.folders, ", "), f.debianPackage(), ErrFontMissing)
}

func (l *Library) load(f file) (*font.Font, error) {
	path, err := l.locate(f)
	if err != nil {
		return nil, err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if ft := l.fonts[f]; ft != nil {
		return ft, nil
	}
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("font %s: %w", f.name, err)
	}
	loaders, err := opentype.NewLoaders(bytes.NewReader(data))
	if err != nil {
		return nil, fmt.Errorf("font %s: %w", f.name, err)
	}
	if f.index >= len(loaders) {
		return nil, fmt.Errorf("font %s: no font %d in the collection of %d", f.name, f.index, len(loaders))
	}
	ft, err := font.NewFont(loaders[f.index])
	if err != nil {
		return nil, fmt.Errorf("font %s: %w", f.name, err)
	}
	l.fonts[f] = ft
	l.digests[ft] = fmt.Sprintf("%s#%d %x", f.name, f.index, sha256.Sum256(data))
	return ft, nil
}

// digest names a loaded font by the content of its file.
func (l *Library) digest(ft *font.Font) string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.digests[ft]
}
