package gateway

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"gocloud.dev/blob"
)

const uploadPath = "/v1/projects/demo/uploads"

// stored lists the keys of the blob store.
func (b *bench) stored() []string {
	b.t.Helper()
	var keys []string
	for all := b.service.blob.List(&blob.ListOptions{}); ; {
		found, err := all.Next(context.Background())
		if err == io.EOF {
			return keys
		}
		if err != nil {
			b.t.Fatal(err)
		}
		keys = append(keys, found.Key)
	}
}

func TestUploadIsKeptByItsContent(t *testing.T) {
	b := setupWith(t, Config{PageProject: "demo", MaxUpload: 1 << 20})
	const content = "Title,Script\nTea,Text\n"
	digest := sha256.Sum256([]byte(content))
	sum := hex.EncodeToString(digest[:])
	for range 2 {
		answer := b.do("POST", uploadPath, content, "Content-Type", "text/csv")
		if answer.StatusCode != http.StatusOK {
			t.Fatalf("%s: %s", answer.Status, text(t, answer))
		}
		got := decoded[struct{ Name, SizeBytes, Sha256 string }](t, answer)
		if got.Name != "projects/demo/uploads/"+sum || got.SizeBytes != "22" || got.Sha256 != sum {
			t.Errorf("upload is %+v, want one named by the digest %s", got, sum)
		}
	}
	if diff := cmp.Diff([]string{"uploads/demo/" + sum}, b.stored()); diff != "" {
		t.Errorf("blobs (-want +got):\n%s", diff)
	}
}

func TestUploadsThatAreRefusedLeaveNothing(t *testing.T) {
	b := setupWith(t, Config{PageProject: "demo", MaxUpload: 1 << 20})
	for _, c := range []struct {
		name, path, body string
		status           int
		text             string
	}{
		{"empty", uploadPath, "", 400, "send the file as the request's body"},
		{"too large", uploadPath, strings.Repeat("x", 1<<20+1), 413, "more than 1 MiB"},
		{"bad project", "/v1/projects/Demo/uploads", "x", 400, "is not the name of a project"},
	} {
		t.Run(c.name, func(t *testing.T) {
			answer := b.do("POST", c.path, c.body)
			if got := text(t, answer); answer.StatusCode != c.status || !strings.Contains(got, c.text) {
				t.Errorf("%s %s, want %d with %q", answer.Status, got, c.status, c.text)
			}
		})
	}
	t.Run("too large without a length", func(t *testing.T) {
		request, err := http.NewRequestWithContext(t.Context(), "POST", b.server.URL+uploadPath, io.MultiReader(strings.NewReader(strings.Repeat("x", 1<<20)), strings.NewReader("y")))
		if err != nil {
			t.Fatal(err)
		}
		answer, err := http.DefaultClient.Do(request)
		if err != nil {
			t.Fatal(err)
		}
		defer answer.Body.Close()
		if answer.StatusCode != http.StatusRequestEntityTooLarge {
			t.Errorf("status is %s, want 413", answer.Status)
		}
	})
	if keys := b.stored(); keys != nil {
		t.Errorf("the store has %v, want nothing", keys)
	}
}

func TestOldUploadsAreSwept(t *testing.T) {
	b := setup(t)
	for _, key := range []string{"uploads/demo/a", "attempt-1/video.mp4"} {
		if err := b.service.blob.WriteAll(t.Context(), key, []byte("x"), nil); err != nil {
			t.Fatal(err)
		}
	}
	for _, c := range []struct {
		after time.Duration
		want  []string
	}{
		{23 * time.Hour, []string{"attempt-1/video.mp4", "uploads/demo/a"}},
		{25 * time.Hour, []string{"attempt-1/video.mp4"}},
	} {
		if err := b.service.sweepOnce(t.Context(), time.Now().Add(c.after)); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(c.want, b.stored()); diff != "" {
			t.Errorf("after %v (-want +got):\n%s", c.after, diff)
		}
	}
}
