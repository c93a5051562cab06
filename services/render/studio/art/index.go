package art

import (
	"archive/tar"
	"io"
	"os"
	"path"
	"path/filepath"
	"strconv"
	"strings"
)

// index takes note of the pictures of a folder, then of those in its archives.
func (l *Library) index(folder string) {
	entries, err := os.ReadDir(folder)
	if err != nil {
		return
	}
	var archives []string
	for _, e := range entries {
		file := filepath.Join(folder, e.Name())
		if filepath.Ext(file) == ".tar" {
			archives = append(archives, file)
			continue
		}
		if info, err := e.Info(); err == nil && info.Mode().IsRegular() {
			l.add(e.Name(), place{file, 0, info.Size()})
		}
	}
	for _, file := range archives {
		l.indexTar(file)
	}
}

// indexTar reads the headers of an archive, up to its end or to where it is broken.
func (l *Library) indexTar(file string) {
	archive, err := os.Open(file)
	if err != nil {
		return
	}
	defer archive.Close()
	for r := tar.NewReader(archive); ; {
		h, err := r.Next()
		if err != nil {
			return
		}
		// The reader has read the header and nothing of the content.
		offset, err := archive.Seek(0, io.SeekCurrent)
		if err != nil {
			return
		}
		if h.Typeflag == tar.TypeReg {
			l.add(path.Base(h.Name), place{file, offset, h.Size})
		}
	}
}

// add takes note of a picture whose file name is made of code points: 1f431.webp, 0031-fe0f-20e3.png.
func (l *Library) add(file string, at place) {
	ext := path.Ext(file)
	if ext != ".webp" && ext != ".png" {
		return
	}
	var runes []rune
	for part := range strings.SplitSeq(strings.TrimSuffix(file, ext), "-") {
		r, err := strconv.ParseUint(part, 16, 21)
		if err != nil {
			return
		}
		runes = append(runes, rune(r))
	}
	key := name(runes, false)
	if _, ok := l.places[key]; !ok && key != "" {
		l.places[key] = at
	}
}

// name is the code points of an emoji, without those that do not change what it shows; plain also leaves out the
// skin tone.
func name(emoji []rune, plain bool) string {
	var parts []string
	for _, r := range emoji {
		tone := r >= 0x1F3FB && r <= 0x1F3FF
		if r == 0xFE0F || r == 0xFE0E || plain && tone {
			continue
		}
		parts = append(parts, strconv.FormatUint(uint64(r), 16))
	}
	return strings.Join(parts, "-")
}
