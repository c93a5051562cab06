package art_test

import (
	"archive/tar"
	"bytes"
	"image"
	"image/png"
	"os"
	"path/filepath"
	"testing"

	"github.com/sheetreel/sheetreel/services/render/studio/art"
)

func picture(t testing.TB, side int) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := png.Encode(&b, image.NewRGBA(image.Rect(0, 0, side, side))); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func write(t testing.TB, path string, data []byte) {
	t.Helper()
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
}

func archive(t testing.TB, files map[string][]byte) []byte {
	t.Helper()
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	for name, data := range files {
		if err := w.WriteHeader(&tar.Header{Name: name, Size: int64(len(data)), Mode: 0o600, Typeflag: tar.TypeReg}); err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write(data); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestFind(t *testing.T) {
	own, dir := t.TempDir(), t.TempDir()
	write(t, filepath.Join(own, "1f431.png"), picture(t, 5))
	write(t, filepath.Join(dir, "all.tar"), archive(t, map[string][]byte{
		"package/assets/1f431.png":            picture(t, 7), // the folder before has one
		"package/assets/2764-fe0f.png":        picture(t, 9),
		"package/assets/0031-fe0f-20e3.png":   picture(t, 11),
		"package/assets/1f44d.png":            picture(t, 13),
		"package/assets/1f468-200d-1f3a4.png": picture(t, 15),
		"package/assets/1f4a3.png":            []byte("not a picture"),
		"package/assets/readme.png":           picture(t, 17),
		"package/package.json":                []byte("{}"),
	}))
	write(t, filepath.Join(dir, "torn.tar"), []byte("no archive"))
	l := art.Open([]string{filepath.Join(own, "missing"), own, dir})
	for emoji, side := range map[string]int{
		"🐱": 5, "❤️": 9, "❤": 9, "1️⃣": 11, "👍": 13, "👍🏽": 13, "👨‍🎤": 15,
		"💣": 0, "🐶": 0, "cat": 0, "": 0,
	} {
		got, ok := l.Find(emoji)
		if ok != (side > 0) {
			t.Errorf("%s: found is %v", emoji, ok)
			continue
		}
		if !ok {
			continue
		}
		img, err := got.Image()
		if err != nil || img.Bounds().Dx() != side || len(got.Digest) != 64 {
			t.Errorf("%s: picture of %v, digest %s, error %v; want %d pixels", emoji, img.Bounds(), got.Digest, err, side)
		}
	}
}

func TestNoFolders(t *testing.T) {
	if _, ok := art.Open([]string{"/no/such/folder"}).Find("🐱"); ok {
		t.Error("found a picture in a folder that does not exist")
	}
}

// FuzzArchive reads archives of any bytes: none may do worse than hold no pictures.
func FuzzArchive(f *testing.F) {
	f.Add(archive(f, map[string][]byte{"1f431.png": picture(f, 3)}))
	f.Add([]byte("no archive"))
	f.Fuzz(func(t *testing.T, data []byte) {
		dir := t.TempDir()
		write(t, filepath.Join(dir, "all.tar"), data)
		if i, ok := art.Open([]string{dir}).Find("🐱"); ok {
			_, _ = i.Image()
		}
	})
}
