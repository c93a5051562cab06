package encode_test

import (
	"bytes"
	"context"
	"encoding/binary"
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/sheetreel/sheetreel/services/render/studio/encode"
)

// job is a small video with a second of silence, in a folder of its own.
func job(t *testing.T) encode.Job {
	t.Helper()
	dir := t.TempDir()
	wav := []byte("RIFF\x00\x00\x00\x00WAVEfmt \x10\x00\x00\x00\x01\x00\x02\x00\x80\xbb\x00\x00\x00\xee\x02\x00\x04\x00\x10\x00data")
	wav = binary.LittleEndian.AppendUint32(wav, 48000*4)
	wav = append(wav, make([]byte, 48000*4)...)
	binary.LittleEndian.PutUint32(wav[4:], uint32(len(wav)-8))
	if err := os.WriteFile(filepath.Join(dir, "track.wav"), wav, 0o600); err != nil {
		t.Fatal(err)
	}
	return encode.Job{Dir: dir, Sound: "track.wav", Video: "video.mp4", Width: 64, Height: 96, Rate: 30}
}

func frame(i int) []byte { return bytes.Repeat([]byte{byte(60 + i)}, 64*96*3/2) }

func run(t *testing.T, j encode.Job) []byte {
	t.Helper()
	e, err := encode.Start(t.Context(), j)
	if err != nil {
		t.Fatal(err)
	}
	defer e.Close()
	for i := range 30 {
		if err := e.Write(frame(i)); err != nil {
			t.Fatal(err)
		}
	}
	if err := e.Finish(); err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile(filepath.Join(j.Dir, j.Video))
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func TestEncode(t *testing.T) {
	j := job(t)
	data := run(t, j)
	if moov, mdat := bytes.Index(data, []byte("moov")), bytes.Index(data, []byte("mdat")); moov < 0 || moov > mdat {
		t.Errorf("moov at %d, mdat at %d: cannot start before all is loaded", moov, mdat)
	}
	out, err := exec.CommandContext(t.Context(), "ffprobe", "-v", "error", "-of", "json", "-show_streams", filepath.Join(j.Dir, j.Video)).Output()
	if err != nil {
		t.Fatal(err)
	}
	var probe struct {
		Streams []struct {
			Codec  string `json:"codec_name"`
			Pixels string `json:"pix_fmt"`
			Space  string `json:"color_space"`
			Range  string `json:"color_range"`
			Frames string `json:"nb_frames"`
			Width  int    `json:"width"`
		} `json:"streams"`
	}
	if err := json.Unmarshal(out, &probe); err != nil {
		t.Fatal(err)
	}
	if len(probe.Streams) != 2 {
		t.Fatalf("%d streams", len(probe.Streams))
	}
	if v := probe.Streams[0]; v.Codec != "h264" || v.Pixels != "yuv420p" || v.Space != "bt709" || v.Range != "tv" || v.Frames != "30" || v.Width != 64 {
		t.Errorf("video stream is %+v", v)
	}
	if a := probe.Streams[1]; a.Codec != "aac" {
		t.Errorf("audio stream is %+v", a)
	}
}

func TestSameFramesSameBytes(t *testing.T) {
	if !bytes.Equal(run(t, job(t)), run(t, job(t))) {
		t.Error("two runs give different files")
	}
}

// TestCancelKillsTheGroup runs a program that starts others. What is written is more than the pipe holds, so when it
// is gone, all of them run.
func TestCancelKillsTheGroup(t *testing.T) {
	j := job(t)
	j.FFmpeg = script(t, "sleep 1000 & exec 3<&0; cat <&3 >/dev/null & wait")
	ctx, cancel := context.WithCancel(t.Context())
	e, err := encode.Start(ctx, j)
	if err != nil {
		t.Fatal(err)
	}
	if err := e.Write(make([]byte, 4<<20)); err != nil {
		t.Fatal(err)
	}
	if !encode.Alive(e) {
		t.Fatal("nothing runs")
	}
	cancel()
	for err == nil {
		err = e.Write(frame(0))
	}
	if !errors.Is(err, context.Canceled) {
		t.Errorf("error is %v", err)
	}
	e.Close()
	for encode.Alive(e) { // a killed process needs a moment to go
		runtime.Gosched()
	}
}

func TestStall(t *testing.T) {
	j := job(t)
	j.FFmpeg, j.Stall = script(t, "exec sleep 1000"), 50*time.Millisecond
	e, err := encode.Start(t.Context(), j)
	if err != nil {
		t.Fatal(err)
	}
	defer e.Close()
	for err == nil {
		err = e.Write(make([]byte, 1<<20))
	}
	if !errors.Is(err, encode.ErrStalled) {
		t.Errorf("error is %v", err)
	}
}

func TestFailureQuotesProgram(t *testing.T) {
	j := job(t)
	j.Sound = "nothing.wav"
	e, err := encode.Start(t.Context(), j)
	if err != nil {
		t.Fatal(err)
	}
	defer e.Close()
	for err == nil {
		err = e.Write(frame(0))
	}
	if !strings.Contains(err.Error(), "nothing.wav") {
		t.Errorf("error is %v", err)
	}
}

func TestMissingProgram(t *testing.T) {
	j := job(t)
	j.FFmpeg = "no-such-ffmpeg"
	_, err := encode.Start(t.Context(), j)
	if !errors.Is(err, encode.ErrMissing) || !strings.Contains(err.Error(), "no-such-ffmpeg") {
		t.Errorf("Start: %v", err)
	}
	if _, err = encode.Version(t.Context(), j.FFmpeg); !errors.Is(err, encode.ErrMissing) {
		t.Errorf("Version: %v", err)
	}
}

func TestVersion(t *testing.T) {
	v, err := encode.Version(t.Context(), "")
	if err != nil || !strings.HasPrefix(v, "ffmpeg version ") || strings.Contains(v, "Copyright") {
		t.Errorf("version is %q, %v", v, err)
	}
}

// script is a program that stands in for ffmpeg.
func script(t *testing.T, body string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "program")
	if err := os.WriteFile(path, []byte("#!/bin/sh\n"+body+"\n"), 0o700); err != nil {
		t.Fatal(err)
	}
	return path
}
