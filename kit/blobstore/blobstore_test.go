package blobstore

import (
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"testing"
)

func TestFolder(t *testing.T) {
	for _, tc := range []struct{ name, prefix string }{{"path", ""}, {"URL", "file://"}, {"URL with host", "file://localhost"}} {
		t.Run(tc.name, func(t *testing.T) {
			dir := filepath.Join(t.TempDir(), "blobs")
			bucket, err := Open(tc.prefix + dir)
			if err != nil {
				t.Fatal(err)
			}
			defer bucket.Close()
			if err := bucket.WriteAll(t.Context(), "projects/p/video.mp4", []byte("film"), nil); err != nil {
				t.Fatal(err)
			}
			var files []string
			err = filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
				if err == nil && !d.IsDir() {
					files = append(files, path)
				}
				return err
			})
			if want := []string{filepath.Join(dir, "projects/p/video.mp4")}; err != nil || !slices.Equal(files, want) {
				t.Errorf("files %v, %v; want %v", files, err, want)
			}
			if data, err := os.ReadFile(filepath.Join(dir, "projects/p/video.mp4")); err != nil || string(data) != "film" {
				t.Errorf("file holds %q, %v", data, err)
			}
		})
	}
}

func TestMemory(t *testing.T) {
	bucket, err := Open("mem://")
	if err != nil {
		t.Fatal(err)
	}
	defer bucket.Close()
	if err := bucket.WriteAll(t.Context(), "a", []byte("b"), nil); err != nil {
		t.Error(err)
	}
}

func TestOpenRefuses(t *testing.T) {
	for _, value := range []string{"", "s3://bucket", "file://host/folder", "file://", "http://%zz"} {
		if bucket, err := Open(value); err == nil {
			bucket.Close()
			t.Errorf("Open(%q) worked", value)
		}
	}
}
