package gateway

import (
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	ingestv1 "github.com/sheetreel/sheetreel/gen/sheetreel/ingest/v1"
	schedulerv1 "github.com/sheetreel/sheetreel/gen/sheetreel/scheduler/v1"
)

const filePath = "/v1/" + videoName + "/artifacts/"

// publish gives the fake a finished video job with files.
func (b *bench) publish(files map[string]string) {
	b.t.Helper()
	video := &schedulerv1.VideoJob{
		Name: videoName, State: schedulerv1.VideoJob_COMPLETED, Idea: &ingestv1.Idea{Title: "Five Ways: Café & Crème"},
	}
	for name, content := range files {
		sum := sha256.Sum256([]byte(content))
		types := map[string]string{"video.mp4": "video/mp4", "captions.vtt": "text/vtt", "page.html": "text/html"}
		video.Artifacts = append(video.Artifacts, &schedulerv1.Artifact{
			FileName: name, ContentType: types[name], SizeBytes: int64(len(content)),
			Sha256: hex.EncodeToString(sum[:]), BlobKey: "attempt-1/" + name,
		})
		if err := b.service.blob.WriteAll(b.t.Context(), "attempt-1/"+name, []byte(content), nil); err != nil {
			b.t.Fatal(err)
		}
	}
	video.Artifacts = append(video.Artifacts, &schedulerv1.Artifact{FileName: "lost.jpg", ContentType: "image/jpeg", BlobKey: "lost"})
	b.scheduler.Put(running(), video)
}

func TestArtifacts(t *testing.T) {
	b := setup(t)
	b.publish(map[string]string{"video.mp4": "0123456789", "captions.vtt": "WEBVTT", "page.html": "<script>"})
	if err := b.service.blob.WriteAll(t.Context(), "attempt-2/video.mp4", []byte("unpublished"), nil); err != nil {
		t.Fatal(err)
	}
	sum := sha256.Sum256([]byte("0123456789"))
	etag := `"` + hex.EncodeToString(sum[:]) + `"`
	type answer struct {
		Status            int
		Body, Type, Range string
		Disposition       string
	}
	tests := []struct {
		name, method, file string
		headers            []string
		want               answer
	}{
		{"whole", "GET", "video.mp4", nil, answer{200, "0123456789", "video/mp4", "", ""}},
		{"head", "HEAD", "video.mp4", nil, answer{200, "", "video/mp4", "", ""}},
		{"middle", "GET", "video.mp4", []string{"Range", "bytes=2-4"}, answer{206, "234", "video/mp4", "bytes 2-4/10", ""}},
		{"end", "GET", "video.mp4", []string{"Range", "bytes=-3"}, answer{206, "789", "video/mp4", "bytes 7-9/10", ""}},
		{"from", "GET", "video.mp4", []string{"Range", "bytes=8-"}, answer{206, "89", "video/mp4", "bytes 8-9/10", ""}},
		{"known", "GET", "video.mp4", []string{"If-None-Match", etag}, answer{304, "", "", "", ""}},
		{"changed since", "GET", "video.mp4", []string{"Range", "bytes=2-4", "If-Range", `"other"`}, answer{200, "0123456789", "video/mp4", "", ""}},
		{
			"download", "GET", "video.mp4?download=1", nil,
			answer{200, "0123456789", "video/mp4", "", "attachment; filename*=utf-8''five-ways-caf%C3%A9-cr%C3%A8me.mp4"},
		},
		{"captions", "GET", "captions.vtt", nil, answer{200, "WEBVTT", "text/vtt", "", ""}},
		{
			"no page of ours", "GET", "page.html", nil,
			answer{200, "<script>", "application/octet-stream", "", "attachment; filename*=utf-8''five-ways-caf%C3%A9-cr%C3%A8me-page.html"},
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r := b.do(tt.method, filePath+tt.file, "", tt.headers...)
			got := answer{r.StatusCode, text(t, r), r.Header.Get("Content-Type"), r.Header.Get("Content-Range"), r.Header.Get("Content-Disposition")}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("answer (-want +got):\n%s", diff)
			}
			if strings.HasPrefix(tt.file, "video.mp4") && r.Header.Get("ETag") != etag {
				t.Errorf("ETag = %q", r.Header.Get("ETag"))
			}
		})
	}
}

func TestArtifactErrors(t *testing.T) {
	b := setup(t)
	b.publish(map[string]string{"video.mp4": "0123456789"})
	tests := []struct {
		name, path string
		headers    []string
		http       int
		reason     string
	}{
		{"outside", filePath + "video.mp4", []string{"Range", "bytes=20-"}, http.StatusRequestedRangeNotSatisfiable, "VALIDATION_FAILED"},
		{"not published", filePath + "poster.jpg", nil, http.StatusNotFound, "RESOURCE_NOT_FOUND"},
		{"file gone", filePath + "lost.jpg", nil, http.StatusNotFound, "RESOURCE_NOT_FOUND"},
		{"no such video job", strings.Replace(filePath, "a1/", "a2/", 1) + "video.mp4", nil, http.StatusNotFound, "RESOURCE_NOT_FOUND"},
		{"blob key", filePath + "attempt-1%2Fvideo.mp4", nil, http.StatusNotFound, "RESOURCE_NOT_FOUND"},
		{"invalid name", "/v1/projects/demo/bulkJobs/1/videoJobs/2/artifacts/video.mp4", nil, http.StatusBadRequest, "VALIDATION_FAILED"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r := b.do("GET", tt.path, "", tt.headers...)
			body := decoded[apiError](t, r)
			if r.StatusCode != tt.http || body.reason() != tt.reason || r.Header.Get("Cache-Control") != "no-store" {
				t.Errorf("status %d, headers %v, body %+v", r.StatusCode, r.Header, body)
			}
		})
	}
}

func TestDownloadName(t *testing.T) {
	tests := []struct{ title, file, want string }{
		{"Five ways", "video.mp4", "five-ways.mp4"},
		{"Five ways", "captions.srt", "five-ways-captions.srt"},
		{"  ¿Qué?  ", "video.mp4", "qué.mp4"},
		{"日本の朝ごはん", "video.mp4", "日本の朝ごはん.mp4"},
		{"../../etc/passwd", "video.mp4", "etc-passwd.mp4"},
		{"\"\r\n", "poster.jpg", "poster.jpg"},
		{"", "video.mp4", "video.mp4"},
		{strings.Repeat("a", 100), "video.mp4", strings.Repeat("a", 60) + ".mp4"},
	}
	for _, tt := range tests {
		if got := downloadName(tt.title, tt.file); got != tt.want {
			t.Errorf("downloadName(%q, %q) = %q, want %q", tt.title, tt.file, got, tt.want)
		}
	}
}
