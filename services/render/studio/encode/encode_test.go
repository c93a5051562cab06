package encode_test

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/sheetreel/sheetreel/services/render/format"
	"github.com/sheetreel/sheetreel/services/render/studio/encode"
)

const width, height, rate = 64, 96, 25

// silence writes a WAV file of some frames' length.
func silence(t *testing.T, path string, frames int) {
	t.Helper()
	n := frames * 48000 / rate * 4
	wav := []byte("RIFF\x00\x00\x00\x00WAVEfmt \x10\x00\x00\x00\x01\x00\x02\x00\x80\xbb\x00\x00\x00\xee\x02\x00\x04\x00\x10\x00data")
	wav = binary.LittleEndian.AppendUint32(wav, uint32(n))
	wav = append(wav, make([]byte, n)...)
	binary.LittleEndian.PutUint32(wav[4:], uint32(len(wav)-8))
	if err := os.WriteFile(path, wav, 0o600); err != nil {
		t.Fatal(err)
	}
}

func frame(i int) []byte { return bytes.Repeat([]byte{byte(60 + i)}, width*height*3/2) }

func picture(f format.Format) encode.Picture {
	return encode.Picture{Format: f, Width: width, Height: height, Rate: rate}
}

func plain() format.Format {
	return format.Format{Container: format.MP4, Video: format.H264, Audio: format.AAC}
}

// chunk encodes frames into a file.
func chunk(t *testing.T, dir, file string, p encode.Picture, frames int) {
	t.Helper()
	e, err := encode.Start(t.Context(), encode.Tool{}, dir, file, p)
	if err != nil {
		t.Fatal(err)
	}
	defer e.Close()
	for i := range frames {
		if err := e.Write(frame(i)); err != nil {
			t.Fatal(err)
		}
	}
	if err := e.Finish(); err != nil {
		t.Fatal(err)
	}
}

// video makes a video of three chunks and returns its path.
func video(t *testing.T, f format.Format) string {
	t.Helper()
	dir := t.TempDir()
	cut := encode.Cut{Sound: "sound.mp4", File: f.FileName(), Picture: picture(f)}
	all := 0
	for i, n := range []int{7, 1, 5} {
		name := fmt.Sprintf("chunk-%03d.mp4", i)
		chunk(t, dir, name, cut.Picture, n)
		cut.Chunks = append(cut.Chunks, encode.Chunk{File: name, Frames: n})
		all += n
	}
	silence(t, filepath.Join(dir, "track.wav"), all)
	if _, err := encode.Sound(t.Context(), encode.Tool{}, dir, "track.wav", cut.Sound, f); err != nil {
		t.Fatal(err)
	}
	if _, err := encode.Join(t.Context(), encode.Tool{}, dir, cut); err != nil {
		t.Fatal(err)
	}
	return filepath.Join(dir, cut.File)
}

func TestSameFramesSameBytes(t *testing.T) {
	var files [2][]byte
	for i := range files {
		data, err := os.ReadFile(video(t, plain()))
		if err != nil {
			t.Fatal(err)
		}
		files[i] = data
	}
	if !bytes.Equal(files[0], files[1]) {
		t.Error("two runs give different files")
	}
	if moov, mdat := bytes.Index(files[0], []byte("moov")), bytes.Index(files[0], []byte("mdat")); moov < 0 || moov > mdat {
		t.Errorf("moov at %d, mdat at %d: cannot start before all is loaded", moov, mdat)
	}
}

// start starts an encoder with a program that stands in for ffmpeg.
func start(t *testing.T, ctx context.Context, tool encode.Tool) (*encode.Encoder, error) {
	t.Helper()
	return encode.Start(ctx, tool, t.TempDir(), "chunk.mp4", picture(plain()))
}

// TestCancelKillsTheGroup runs a program that starts others. What is written is more than the pipe holds, so when it
// is gone, all of them run.
func TestCancelKillsTheGroup(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	e, err := start(t, ctx, encode.Tool{FFmpeg: script(t, "sleep 1000 & exec 3<&0; cat <&3 >/dev/null & wait")})
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
	e, err := start(t, t.Context(), encode.Tool{FFmpeg: script(t, "exec sleep 1000"), Stall: 50 * time.Millisecond})
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
	_, err = encode.Sound(t.Context(), encode.Tool{FFmpeg: script(t, "exec sleep 1000"), Stall: 50 * time.Millisecond}, t.TempDir(), "a.wav", "a.mp4", plain())
	if !errors.Is(err, encode.ErrStalled) {
		t.Errorf("sound: error is %v", err)
	}
}

func TestFailureQuotesProgram(t *testing.T) {
	_, err := encode.Sound(t.Context(), encode.Tool{}, t.TempDir(), "nothing.wav", "sound.mp4", plain())
	if err == nil || !strings.Contains(err.Error(), "nothing.wav") {
		t.Errorf("error is %v", err)
	}
}

// TestJoinTakesOnlyOurFiles gives a playlist instead of a chunk, which names a file of the machine.
func TestJoinTakesOnlyOurFiles(t *testing.T) {
	dir := t.TempDir()
	chunk(t, dir, "good.mp4", picture(plain()), 2)
	for name, content := range map[string]string{
		"hls.mp4": "#EXTM3U\n#EXTINF:1,\ngood.mp4\n#EXT-X-ENDLIST\n",
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		_, err := encode.Join(t.Context(), encode.Tool{}, dir, encode.Cut{
			Chunks: []encode.Chunk{{File: name, Frames: 2}}, File: "video.mp4", Picture: picture(plain()),
		})
		if err == nil {
			t.Errorf("%s was read as a chunk", name)
		}
	}
}

func TestMissingProgram(t *testing.T) {
	const program = "no-such-ffmpeg"
	_, err := start(t, t.Context(), encode.Tool{FFmpeg: program})
	if !errors.Is(err, encode.ErrMissing) || !strings.Contains(err.Error(), program) {
		t.Errorf("Start: %v", err)
	}
	if _, err = encode.Version(t.Context(), program); !errors.Is(err, encode.ErrMissing) {
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
