package assets

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"image"
	"image/png"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// fixPNG makes the checksum of a PNG's header right again.
func fixPNG(file []byte) []byte {
	binary.BigEndian.PutUint32(file[29:], crc32.ChecksumIEEE(file[12:29]))
	return file
}

func pngOf(t testing.TB, w, h int) []byte {
	t.Helper()
	var out bytes.Buffer
	if err := png.Encode(&out, image.NewGray(image.Rect(0, 0, w, h))); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// rig is a store, and a server that answers as the test says.
type rig struct {
	*Store
	url   string
	asked atomic.Int32
	now   time.Time
}

func newRig(t *testing.T, cfg Config, answer http.HandlerFunc) *rig {
	t.Helper()
	r := &rig{now: time.Now()}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		r.asked.Add(1)
		answer(w, req)
	}))
	t.Cleanup(server.Close)
	r.url = server.URL
	if cfg.Dir == "" {
		cfg.Dir = t.TempDir()
	}
	cfg.AllowPrivate = true
	var err error
	r.Store, err = Open(cfg, Deps{Measure: measured, Now: func() time.Time { return r.now }})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// measured takes each video for one of a second.
func measured(context.Context, string, Format) (int, int, time.Duration, error) {
	return 64, 48, time.Second, nil
}

func TestFetch(t *testing.T) {
	picture := pngOf(t, 3, 2)
	r := newRig(t, Config{}, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html") // its bytes count
		_, _ = w.Write(picture)
	})
	dir := t.TempDir()
	a, err := r.Fetch(t.Context(), r.url+"/a", Image, dir)
	if err != nil {
		t.Fatal(err)
	}
	got, err := os.ReadFile(a.Path)
	if err != nil || !bytes.Equal(got, picture) || filepath.Dir(a.Path) != dir || a.Format != PNG || a.Width != 3 || a.Height != 2 || a.Size != int64(len(picture)) {
		t.Errorf("asset %+v, %v", a, err)
	}
	if img, err := Decode(a); err != nil || img.Bounds() != image.Rect(0, 0, 3, 2) {
		t.Errorf("decoded %v, %v", img, err)
	}
	again, err := r.Fetch(t.Context(), r.url+"/a", Image, dir) // by another scene of the same video
	if err != nil || again != a || r.asked.Load() != 1 {
		t.Errorf("again %+v, %v, asked %d times", again, err, r.asked.Load())
	}
}

func TestAsksAgainWhenItIsNotFresh(t *testing.T) {
	picture := pngOf(t, 1, 1)
	r := newRig(t, Config{}, func(w http.ResponseWriter, req *http.Request) {
		w.Header().Set("ETag", `"`+fmt.Sprint(len(picture))+`"`)
		http.ServeContent(w, req, "", time.Time{}, bytes.NewReader(picture))
	})
	first, err := r.Fetch(t.Context(), r.url, Image, t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	r.now = r.now.Add(fresh + 1)
	same, err := r.Fetch(t.Context(), r.url, Image, t.TempDir())
	if err != nil || same.SHA256 != first.SHA256 || r.asked.Load() != 2 {
		t.Errorf("not changed: %+v, %v, asked %d times", same, err, r.asked.Load())
	}
	picture = pngOf(t, 9, 9)
	r.now = r.now.Add(fresh + 1)
	if changed, err := r.Fetch(t.Context(), r.url, Image, t.TempDir()); err != nil || changed.Width != 9 {
		t.Errorf("changed: %+v, %v", changed, err)
	}
}

func TestFetchTogetherAsksOnce(t *testing.T) {
	picture := pngOf(t, 1, 1)
	r := newRig(t, Config{}, func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write(picture) })
	var all sync.WaitGroup
	for range 5 {
		all.Go(func() {
			if _, err := r.Fetch(t.Context(), r.url, Image, t.TempDir()); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	if r.asked.Load() != 1 {
		t.Errorf("asked %d times", r.asked.Load())
	}
}

// endless gives zeros without an end.
type endless struct{ read atomic.Int64 }

func (e *endless) Read(p []byte) (int, error) {
	clear(p)
	e.read.Add(int64(len(p)))
	return len(p), nil
}

func TestRefuses(t *testing.T) {
	status := func(code int) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(code) }
	}
	body := func(text string) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, text) }
	}
	head := string(pngOf(t, 1, 1))
	for _, tc := range []struct {
		name    string
		answer  http.HandlerFunc
		why     string
		passing bool
		asked   int32
	}{
		{"not there", status(404), "is not there (the server answers 404)", false, 1},
		{"not public", status(403), "is not public", false, 1},
		{"odd", status(204), "the server answers 204", false, 1},
		{"trouble", status(503), "the server has trouble (it answers 503)", true, tries},
		{"web page", body("<!doctype html><html></html>"), "is a web page, not an image", false, 1},
		{"broken", body(head[:30]), "is a broken image", false, 1},
		{"nothing", body(""), "is an empty file", false, 1},
		{"says that it is large", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", "999999999")
			_, _ = io.WriteString(w, head)
		}, "is larger than 20 MiB, which is the most for an image", false, 1},
		{"is large", func(w http.ResponseWriter, _ *http.Request) {
			_, _ = io.WriteString(w, head)
			_, _ = io.Copy(w, &endless{})
		}, "is larger than 20 MiB", false, 1},
		{"breaks off", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", "1000")
			_, _ = io.WriteString(w, head)
		}, "the download broke off", true, tries},
	} {
		t.Run(tc.name, func(t *testing.T) {
			r := newRig(t, Config{}, tc.answer)
			dir := t.TempDir()
			_, err := r.Fetch(t.Context(), r.url, Image, dir)
			var p *Problem
			if !errors.As(err, &p) || !strings.Contains(err.Error(), tc.why) || Passing(err) != tc.passing || r.asked.Load() != tc.asked {
				t.Errorf("%v, passing %v, asked %d times", err, Passing(err), r.asked.Load())
			}
			for _, left := range []string{filepath.Join(dir, "*"), filepath.Join(r.temp, "*"), filepath.Join(r.shelf.dir, "*")} {
				if files, _ := filepath.Glob(left); len(files) > 0 {
					t.Errorf("left behind: %v", files)
				}
			}
		})
	}
}

func TestStrangersStayOut(t *testing.T) {
	s, err := Open(Config{Dir: t.TempDir()}, Deps{Measure: measured})
	if err != nil {
		t.Fatal(err)
	}
	for _, uri := range []string{"https://127.0.0.1/a", "http://example.com/a", "https://169.254.169.254/latest", "file:///etc/passwd", "https://localhost/a", "%"} {
		if _, err := s.Fetch(t.Context(), uri, Image, t.TempDir()); err == nil || Passing(err) {
			t.Errorf("%s: %v", uri, err)
		}
	}
}

func TestSizeIsKept(t *testing.T) {
	blob := append([]byte("\x1a\x45\xdf\xa3"), make([]byte, 600<<10)...)
	r := newRig(t, Config{Size: 1}, func(w http.ResponseWriter, req *http.Request) {
		_, _ = w.Write(append(blob, req.URL.Path...))
	})
	used := r.now
	r.shelf.now = func() time.Time { used = used.Add(time.Minute); return used }
	dir := t.TempDir()
	for _, path := range []string{"/a", "/b", "/c"} {
		a, err := r.Fetch(t.Context(), r.url+path, Video, dir)
		if err != nil {
			t.Fatal(err)
		}
		if info, err := os.Stat(a.Path); err != nil || info.Size() != a.Size {
			t.Errorf("%s is not there for its user: %v", path, err)
		}
	}
	_, total, err := r.shelf.look()
	if err != nil || total > mebi {
		t.Errorf("%d bytes are kept, %v", total, err)
	}
	if _, err := r.Fetch(t.Context(), r.url+"/a", Video, t.TempDir()); err != nil || r.asked.Load() != 4 {
		t.Errorf("what was dropped: %v, asked %d times", err, r.asked.Load())
	}
}

func TestDamageIsSeen(t *testing.T) {
	picture := pngOf(t, 4, 4)
	r := newRig(t, Config{}, func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write(picture) })
	a, err := r.Fetch(t.Context(), r.url, Image, t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(r.shelf.place(a.SHA256)); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(r.shelf.place(a.SHA256), []byte("rot"), 0o600); err != nil {
		t.Fatal(err)
	}
	b, err := r.Fetch(t.Context(), r.url, Image, t.TempDir())
	if err != nil || r.asked.Load() != 2 {
		t.Errorf("%v, asked %d times", err, r.asked.Load())
	}
	if got, err := os.ReadFile(b.Path); err != nil || !bytes.Equal(got, picture) {
		t.Errorf("damaged file handed out: %q, %v", got, err)
	}
}

func TestWishedIsMadeOnce(t *testing.T) {
	r := newRig(t, Config{}, http.NotFound)
	made := 0
	make := func(_ context.Context, w io.Writer) error {
		made++
		_, err := w.Write(pngOf(t, 8, 8))
		return err
	}
	for range 2 {
		if a, err := r.Wished(t.Context(), "a cat", Image, t.TempDir(), make); err != nil || a.Width != 8 {
			t.Errorf("%+v, %v", a, err)
		}
	}
	r.now = r.now.Add(24 * time.Hour)
	if _, err := r.Wished(t.Context(), "a cat", Image, t.TempDir(), make); err != nil || made != 1 {
		t.Errorf("%v, made %d times", err, made)
	}
	no := errors.New("no")
	_, err := r.Wished(t.Context(), "a dog", Image, t.TempDir(), func(context.Context, io.Writer) error { return no })
	if !errors.Is(err, no) {
		t.Errorf("what cannot be made: %v", err)
	}
	_, err = r.Wished(t.Context(), "a cow", Image, t.TempDir(), func(_ context.Context, w io.Writer) error {
		_, err := io.WriteString(w, "<html>")
		return err
	})
	if err == nil || !strings.Contains(err.Error(), "is a web page") {
		t.Errorf("a bad wish: %v", err)
	}
}
