package e2e

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"google.golang.org/protobuf/encoding/protojson"

	renderv1 "github.com/sheetreel/sheetreel/gen/sheetreel/render/v1"
)

// fileNames are the files of a finished video.
var fileNames = []string{"captions.srt", "captions.vtt", "contact-sheet.jpg", "manifest.json", "poster.jpg", "video.mp4"}

// media is what ffprobe sees in a video.
type media struct {
	video, audio  string // codecs
	width, height int
	duration      time.Duration
}

func probe(t *testing.T, file string) media {
	t.Helper()
	output := mustRun(t, "ffprobe", "-v", "error", "-show_entries", "format=duration:stream=codec_type,codec_name,width,height", "-of", "json", file)
	var found struct {
		Streams []struct {
			Type   string `json:"codec_type"`
			Codec  string `json:"codec_name"`
			Width  int    `json:"width"`
			Height int    `json:"height"`
		} `json:"streams"`
		Format struct {
			Duration string `json:"duration"`
		} `json:"format"`
	}
	if err := json.Unmarshal([]byte(output), &found); err != nil {
		t.Fatalf("ffprobe of %s: %v", file, err)
	}
	seconds, err := strconv.ParseFloat(found.Format.Duration, 64)
	if err != nil {
		t.Fatalf("ffprobe of %s: duration: %v", file, err)
	}
	m := media{duration: time.Duration(seconds * float64(time.Second))}
	for _, s := range found.Streams {
		switch s.Type {
		case "video":
			m.video, m.width, m.height = s.Codec, s.Width, s.Height
		case "audio":
			m.audio = s.Codec
		}
	}
	return m
}

// checkVideo checks the files of a finished video in a folder, with ffprobe and against their manifest.
func checkVideo(t *testing.T, folder string) *renderv1.Manifest {
	t.Helper()
	for _, name := range fileNames {
		info, err := os.Stat(filepath.Join(folder, name))
		if err != nil {
			t.Fatal(err)
		}
		if info.Size() == 0 {
			t.Errorf("%s is empty", name)
		}
	}
	text, err := os.ReadFile(filepath.Join(folder, "manifest.json"))
	if err != nil {
		t.Fatal(err)
	}
	manifest := &renderv1.Manifest{}
	if err := protojson.Unmarshal(text, manifest); err != nil {
		t.Fatalf("manifest: %v", err)
	}
	m := probe(t, filepath.Join(folder, "video.mp4"))
	if m.video != "h264" || m.audio != "aac" {
		t.Errorf("codecs are %q and %q; want h264 and aac", m.video, m.audio)
	}
	want := manifest.GetStoryboard().GetDuration().AsDuration()
	if off := (m.duration - want).Abs(); want == 0 || off > time.Second {
		t.Errorf("video lasts %v, its storyboard %v", m.duration, want)
	}
	canvas := manifest.GetStoryboard().GetCanvas()
	if m.width != int(canvas.GetWidth()) || m.height != int(canvas.GetHeight()) {
		t.Errorf("video has %dx%d pixels, its storyboard %dx%d", m.width, m.height, canvas.GetWidth(), canvas.GetHeight())
	}
	poster := probePicture(t, filepath.Join(folder, "poster.jpg"))
	if want := fmt.Sprintf("mjpeg,%d,%d", m.width, m.height); poster != want {
		t.Errorf("poster is %s; want %s", poster, want)
	}
	return manifest
}

func probePicture(t *testing.T, file string) string {
	t.Helper()
	output := mustRun(t, "ffprobe", "-v", "error", "-show_entries", "stream=codec_name,width,height", "-of", "csv=p=0", file)
	return strings.TrimSpace(output)
}
