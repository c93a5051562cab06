package download

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"unicode/utf8"

	ingestv1 "github.com/sheetreel/sheetreel/gen/sheetreel/ingest/v1"
	schedulerv1 "github.com/sheetreel/sheetreel/gen/sheetreel/scheduler/v1"
)

func artifact(name, content string) *schedulerv1.Artifact {
	sum := sha256.Sum256([]byte(content))
	return &schedulerv1.Artifact{FileName: name, SizeBytes: int64(len(content)), Sha256: hex.EncodeToString(sum[:])}
}

// setup serves files by name, counts the requests, and downloads into a new folder.
func setup(t *testing.T, files map[string]string) (*Downloader, *atomic.Int32) {
	t.Helper()
	var requests atomic.Int32
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		requests.Add(1)
		content, ok := files[filepath.Base(r.URL.Path)]
		if !ok {
			http.NotFound(w, r)
			return
		}
		_, _ = w.Write([]byte(content))
	}))
	t.Cleanup(server.Close)
	return &Downloader{
		Client: server.Client(), Dir: t.TempDir(),
		URL: func(job, file string) string { return server.URL + "/" + job + "/" + file },
	}, &requests
}

func video(artifacts ...*schedulerv1.Artifact) *schedulerv1.VideoJob {
	return &schedulerv1.VideoJob{Name: "v", Idea: &ingestv1.Idea{RowNumber: 4, Title: "Why cats purr"}, Artifacts: artifacts}
}

func TestVideoWritesWholeFilesOnce(t *testing.T) {
	d, requests := setup(t, map[string]string{"video.mp4": "moving", "poster.jpg": "still"})
	job := video(artifact("video.mp4", "moving"), artifact("poster.jpg", "still"))
	result, err := d.Video(t.Context(), job)
	if err != nil {
		t.Fatal(err)
	}
	if result.Fetched != 2 || result.Kept != 0 || result.Folder != filepath.Join(d.Dir, "04-why-cats-purr") {
		t.Errorf("first result = %+v", result)
	}
	content, err := os.ReadFile(filepath.Join(result.Folder, "video.mp4"))
	if err != nil || string(content) != "moving" {
		t.Errorf("video.mp4 = %q, %v", content, err)
	}
	// One file is spoiled: only that one comes again.
	if err := os.WriteFile(filepath.Join(result.Folder, "poster.jpg"), []byte("torn"), 0o600); err != nil {
		t.Fatal(err)
	}
	result, err = d.Video(t.Context(), job)
	if err != nil || result.Fetched != 1 || result.Kept != 1 {
		t.Errorf("second result = %+v, %v; want one file fetched and one kept", result, err)
	}
	if n := requests.Load(); n != 3 {
		t.Errorf("%d requests, want 3", n)
	}
}

func TestVideoRefusesWhatWasNotPromised(t *testing.T) {
	tests := []struct {
		name   string
		serve  string
		digest bool
		want   *schedulerv1.Artifact
	}{
		{"other content", "evil!!", true, artifact("video.mp4", "moving")},
		{"too short", "mov", true, artifact("video.mp4", "moving")},
		{"too long", "moving and more", true, artifact("video.mp4", "moving")},
		{"not there", "", false, artifact("poster.jpg", "still")},
		{"outside the folder", "", false, artifact("../video.mp4", "moving")},
		{"hidden parent", "", false, artifact("..", "moving")},
		{"no name", "", false, artifact("", "moving")},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			d, _ := setup(t, map[string]string{"video.mp4": tt.serve})
			result, err := d.Video(t.Context(), video(tt.want))
			if err == nil || errors.Is(err, ErrDigest) != tt.digest {
				t.Errorf("error = %v, want one; about the digest: %v", err, tt.digest)
			}
			err = filepath.WalkDir(result.Folder, func(path string, entry fs.DirEntry, err error) error {
				if err == nil && !entry.IsDir() {
					t.Errorf("%s was left behind", path)
				}
				return err
			})
			if err != nil {
				t.Error(err)
			}
		})
	}
}

func TestSlug(t *testing.T) {
	tests := []struct{ title, want string }{
		{"Why cats purr", "why-cats-purr"},
		{"  Don't panic: 3 tips!! ", "dont-panic-3-tips"},
		{"Größe zählt", "größe-zählt"},
		{"富士山はなぜ美しい？", "富士山はなぜ美しい"},
		{"हिन्दी कहानी", "हिन्दी-कहानी"},
		{"../../etc/passwd", "etc-passwd"},
		{"🎉🎉", "video"},
		{"", "video"},
		{strings.Repeat("long ", 40), strings.TrimSuffix(strings.Repeat("long-", 16), "-")},
	}
	for _, tt := range tests {
		if got := Slug(tt.title); got != tt.want {
			t.Errorf("Slug(%q) = %q, want %q", tt.title, got, tt.want)
		}
	}
}

func FuzzSlug(f *testing.F) {
	f.Add("Why cats purr")
	f.Add("..\x00/富士山")
	f.Fuzz(func(t *testing.T, title string) {
		slug := Slug(title)
		if slug == "" || len(slug) > maxSlug || !utf8.ValidString(slug) || slug != filepath.Base(slug) || strings.HasPrefix(slug, ".") {
			t.Errorf("Slug(%q) = %q is no file name", title, slug)
		}
	})
}
