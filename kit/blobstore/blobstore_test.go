package blobstore

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestOpen(t *testing.T) {
	for _, prefix := range []string{"", "file://"} {
		folder := filepath.Join(t.TempDir(), "new", "folder")
		bucket, err := Open(t.Context(), prefix+folder)
		if err != nil {
			t.Fatal(err)
		}
		if err := bucket.WriteAll(t.Context(), "a/b.txt", []byte("hello"), nil); err != nil {
			t.Fatal(err)
		}
		if err := bucket.Close(); err != nil {
			t.Fatal(err)
		}
		entries, err := os.ReadDir(filepath.Join(folder, "a"))
		if err != nil {
			t.Fatal(err)
		}
		var names []string
		for _, e := range entries {
			names = append(names, e.Name())
		}
		if diff := cmp.Diff([]string{"b.txt"}, names); diff != "" {
			t.Errorf("files of %q (-want +got):\n%s", prefix, diff)
		}
	}
}

func TestOpenRefuses(t *testing.T) {
	for _, value := range []string{"", "file://", "file://host/path", "s3://bucket", "file://%zz"} {
		if _, err := Open(t.Context(), value); err == nil {
			t.Errorf("Open(%q) did not fail", value)
		}
	}
}
